package crossaccountkcl;

import java.util.Locale;
import java.util.Set;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Why a call of AWS failed.
 *
 * @param operation as AWS names it, such as GetRecords
 * @param code AWS's error code, or the exception's class if AWS did not answer
 * @param message AWS's text, or the exception's
 * @param service what answered, as the SDK names it, such as Kinesis or Sts; or null if nothing did
 */
record AwsFailure(String operation, String code, String message, String service) {
    private static final int MAX_CAUSES = 10;
    private static final int MAX_MESSAGE = 1_000;
    /** AWS's codes for a signature, a key or a session token that is not valid (any more). */
    private static final Set<String> CREDENTIALS = Set.of(
            "ExpiredToken",
            "ExpiredTokenException",
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "InvalidAccessKeyId",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired");

    static AwsFailure of(String operation, Throwable failure) {
        Throwable root = failure;
        for (int depth = 0; depth < MAX_CAUSES; depth++) {
            if (root instanceof AwsServiceException e && e.awsErrorDetails() != null) {
                String code = e.awsErrorDetails().errorCode();
                return new AwsFailure(
                        operation,
                        code == null ? nameOf(e) : code,
                        trim(e.awsErrorDetails().errorMessage()),
                        e.awsErrorDetails().serviceName());
            }
            if (root.getCause() == null || namesCredentials(root)) break;
            root = root.getCause();
        }
        return new AwsFailure(operation, nameOf(root), trim(root.getMessage()), null);
    }

    /** Whether the credentials that the call was to be made with are not valid, or there are none. */
    boolean isOfCredentials(String calledService) {
        if (CREDENTIALS.contains(code)) return true;
        // STS or SSO refused to give the credentials of the role.
        if (service != null) return !service.equalsIgnoreCase(calledService) && !isTransient();
        return mentionsCredentials(message);
    }

    private boolean isTransient() {
        return code.contains("Throttl") || code.contains("LimitExceeded") || code.startsWith("TooManyRequests")
                || code.startsWith("Internal") || code.startsWith("ServiceUnavailable")
                || code.equals("IDPCommunicationError");
    }

    private static boolean namesCredentials(Throwable failure) {
        return failure instanceof SdkClientException && mentionsCredentials(trim(failure.getMessage()));
    }

    private static boolean mentionsCredentials(String message) {
        return message.toLowerCase(Locale.ROOT).contains("credentials");
    }

    private static String nameOf(Throwable failure) {
        return failure.getClass().getSimpleName();
    }

    private static String trim(String message) {
        if (message == null) return "";
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "…";
    }

    @Override
    public String toString() {
        return operation + ": " + code + (message.isEmpty() ? "" : ": " + message);
    }
}
