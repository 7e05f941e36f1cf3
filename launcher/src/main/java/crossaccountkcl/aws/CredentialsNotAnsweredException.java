package crossaccountkcl.aws;

import software.amazon.awssdk.core.exception.SdkClientException;

/** Whether there are AWS credentials is unknown: what gives them could not be asked. */
final class CredentialsNotAnsweredException extends SdkClientException {
    private static final long serialVersionUID = 1L;

    CredentialsNotAnsweredException(String message) {
        super(SdkClientException.builder().message(message));
    }
}
