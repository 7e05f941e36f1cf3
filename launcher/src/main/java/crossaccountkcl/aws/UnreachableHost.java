package crossaccountkcl.aws;

import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Locale;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/**
 * Names the host that a call did not reach, and what its name comes from: the AWS SDK's own text names none.
 *
 * <p>The AWS SDK loads it for Kinesis and DynamoDB through the class path files
 * {@code software/amazon/awssdk/services/…/execution.interceptors}.
 */
public final class UnreachableHost implements ExecutionInterceptor {
    private static final int MAX_CAUSES = 10;

    @Override
    public Throwable modifyException(Context.FailedExecution context, ExecutionAttributes attributes) {
        Throwable failure = context.exception();
        // Not its subclasses: KCL tells a time limit from other failures by its class.
        if (failure.getClass() != SdkClientException.class || context.httpRequest().isEmpty()) return failure;
        IOException network = networkFailure(failure);
        // What is of a proxy or a certificate has a text and a cure of its own.
        if (network == null || ConnectionFailure.of(failure) != null) return failure;
        String service = attributes.getAttribute(SdkExecutionAttribute.SERVICE_NAME);
        String host = context.httpRequest().get().host();
        if (!(network instanceof UnknownHostException)) {
            return SdkClientException.create(describe(service, host, network), failure);
        }
        // It may be that of a proxy.
        if (!String.valueOf(network.getMessage()).contains(host)) return failure;
        // Not as the cause, of which the SDK's HelpfulUnknownHostExceptionInterceptor would make its own text again.
        SdkClientException named = SdkClientException.create(describe(service, host, network));
        named.addSuppressed(failure);
        return named;
    }

    private static IOException networkFailure(Throwable failure) {
        Throwable cause = failure.getCause();
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++, cause = cause.getCause()) {
            if (cause instanceof IOException e) return e;
        }
        return null;
    }

    static String describe(String service, String host, IOException failure) {
        String what = failure instanceof UnknownHostException
                ? "the name " + host + " can't be resolved"
                : host + " can't be reached: " + failure.getClass().getSimpleName() + ": " + failure.getMessage();
        String origin = origin(service.toLowerCase(Locale.ROOT), host);
        return what + (origin == null ? "" : ". " + origin) + ". docs/network.md has the names that are called";
    }

    /** By what is in the name: the account, FIPS and dual-stack are there by choice. */
    private static String origin(String service, String host) {
        if (host.matches("\\d{12}\\..+")) {
            String account = host.substring(0, 12);
            return service.equals("kinesis")
                    ? "The name has the stream owner's account " + account + ", of the stream's ARN; with"
                            + " KINESIS_ENDPOINT=https://" + host.replaceFirst("^\\d+\\.(data|control)-", "")
                            + " the general one is called"
                    : "The name has the account of the caller, " + account + "; with"
                            + " AWS_ACCOUNT_ID_ENDPOINT_MODE=disabled the general one is called";
        }
        if (host.contains("-fips.")) {
            return "The name is that of FIPS 140, by AWS_USE_FIPS_ENDPOINT or the profile's use_fips_endpoint; not every"
                    + " region has one";
        }
        if (host.contains(".api.a")) {
            return "The name is that of dual-stack, by AWS_USE_DUALSTACK_ENDPOINT or the profile's"
                    + " use_dualstack_endpoint; not every region has one";
        }
        return null;
    }
}
