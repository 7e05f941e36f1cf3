package crossaccountkcl.aws;

import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.kinesis.model.KinesisException;

/** Exceptions as the AWS SDK makes them of an answer. */
public final class AwsFailures {
    private AwsFailures() {}

    public static RuntimeException of(String service, String code, String message) {
        return of(KinesisException.builder(), service, code, message);
    }

    public static RuntimeException of(
            AwsServiceException.Builder builder,
            String service,
            String code,
            String message) {
        return builder.awsErrorDetails(AwsErrorDetails.builder()
                        .serviceName(service)
                        .errorCode(code)
                        .errorMessage(message)
                        .build())
                .build();
    }
}
