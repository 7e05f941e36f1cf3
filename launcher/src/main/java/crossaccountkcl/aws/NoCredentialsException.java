package crossaccountkcl.aws;

import software.amazon.awssdk.core.exception.SdkClientException;

/** There are no valid AWS credentials, for a reason that waiting does not change. */
final class NoCredentialsException extends SdkClientException {
    private static final long serialVersionUID = 1L;

    NoCredentialsException(String message) {
        super(SdkClientException.builder().message(message));
    }
}
