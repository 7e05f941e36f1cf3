package crossaccountkcl.aws;

import crossaccountkcl.aws.CredentialsAnswer.CredentialsNotAnsweredException;
import crossaccountkcl.aws.CredentialsAnswer.NoCredentialsException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
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
public record AwsFailure(String operation, String code, String message, String service) {
    private static final int MAX_CAUSES = 10;
    private static final int MAX_MESSAGE = 1_000;
    private static final Pattern PROVIDER = Pattern.compile("Credentials(Provider|ProviderChain)$");
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

    public static AwsFailure of(String operation, Throwable failure) {
        String connection = ConnectionFailure.of(failure);
        if (connection != null) return new AwsFailure(operation, nameOf(failure), connection, null);
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
    public boolean isOfCredentials(String calledService) {
        if (CREDENTIALS.contains(code) || code.equals(NoCredentialsException.class.getSimpleName())) return true;
        if (code.equals(CredentialsNotAnsweredException.class.getSimpleName())) return false;
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

    private static String trim(String text) {
        if (text == null) return "";
        String message = withoutSettings(text);
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "…";
    }

    /** A chain of credentials providers shows each with its settings, which for a file are all profiles in it. */
    private static String withoutSettings(String text) {
        StringBuilder kept = new StringBuilder();
        int depth = 0;
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            boolean opens = character == '(' && (depth > 0 || PROVIDER.matcher(kept).find());
            if (opens) depth++;
            if (depth == 0) kept.append(character);
            if (character == ')' && depth > 0) depth--;
        }
        return kept.toString();
    }

    @Override
    public String toString() {
        return operation + ": " + code + (message.isEmpty() ? "" : ": " + message);
    }
}
