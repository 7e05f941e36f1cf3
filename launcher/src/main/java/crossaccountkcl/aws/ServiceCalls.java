package crossaccountkcl.aws;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkExecutionAttribute;

/**
 * Which calls of Kinesis and DynamoDB fail at present. KCL only logs a failure and calls again.
 *
 * <p>The AWS SDK loads it for every client of both through the class path files
 * {@code software/amazon/awssdk/services/…/execution.interceptors}.
 */
public final class ServiceCalls implements ExecutionInterceptor {
    /** KCL repeats what fails within seconds. A call that it no longer makes, as without a lease, shows nothing. */
    private static final Duration STALE = Duration.ofSeconds(30);
    /** In which an expired session is replaced, see {@link RefusedKeys}. */
    private static final Duration RENEWAL = Duration.ofSeconds(5);
    private static final Set<String> EXPIRED = Set.of("ExpiredToken", "ExpiredTokenException");
    /** Of each service and operation that last failed. */
    private static final Map<Call, Failing> FAILING = new ConcurrentHashMap<>();

    public record Call(String service, String operation) {}

    /**
     * @param accessKey the last 4 characters of the access key id that signed the call, or null if there was none
     * @param since when it began to fail; no call of this operation has succeeded after that
     */
    public record Failing(
            AwsFailure failure, boolean isOfCredentials, String accessKey, Instant since, Instant last, long count) {
        private boolean isStale(Instant now) {
            return now.isAfter(last.plus(STALE));
        }
    }

    public static Map<Call, Failing> failing() {
        Instant now = Instant.now();
        FAILING.values().removeIf(failing -> failing.isStale(now));
        return Map.copyOf(FAILING);
    }

    public static Map<Call, Failing> reported() {
        return reported(Instant.now());
    }

    /** What fails at present, without a session that has just expired: the next call is made with another one. */
    static Map<Call, Failing> reported(Instant now) {
        Map<Call, Failing> failing = new HashMap<>(failing());
        failing.values().removeIf(
                it -> EXPIRED.contains(it.failure().code()) && now.isBefore(it.since().plus(RENEWAL)));
        return failing;
    }

    @Override
    public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
        succeeded(callOf(attributes));
    }

    @Override
    public void onExecutionFailure(Context.FailedExecution context, ExecutionAttributes attributes) {
        failed(callOf(attributes), context.exception(), accessKeyOf(attributes));
    }

    /** It does not fail any more; which says nothing of the credentials. */
    public static void ended(Call call) {
        FAILING.remove(call);
    }

    public static void succeeded(Call call) {
        if (FAILING.isEmpty()) return;
        FAILING.remove(call);
        acceptedCredentials(call.service());
    }

    public static void failed(Call call, Throwable exception, String accessKey) {
        ConnectionFailure.report(call.service(), exception);
        AwsFailure failure = AwsFailure.of(call.operation(), exception);
        boolean isOfCredentials = failure.isOfCredentials(call.service());
        // An answer for another reason shows that the credentials are valid.
        if (!isOfCredentials && failure.service() != null) acceptedCredentials(call.service());
        Instant now = Instant.now();
        FAILING.compute(call, (key, before) -> {
            boolean continues =
                    before != null && before.isOfCredentials() == isOfCredentials && !before.isStale(now);
            return new Failing(
                    failure,
                    isOfCredentials,
                    accessKey,
                    continues ? before.since() : now,
                    now,
                    continues ? before.count() + 1 : 1);
        });
    }

    private static void acceptedCredentials(String service) {
        FAILING.entrySet().removeIf(
                entry -> entry.getKey().service().equals(service) && entry.getValue().isOfCredentials());
    }

    private static Call callOf(ExecutionAttributes attributes) {
        String service = attributes.getAttribute(SdkExecutionAttribute.SERVICE_NAME);
        return new Call(
                "DynamoDb".equals(service) ? "DynamoDB" : service, // as people write it
                attributes.getAttribute(SdkExecutionAttribute.OPERATION_NAME));
    }

    private static String accessKeyOf(ExecutionAttributes attributes) {
        String key = RefusedKeys.accessKeyIdOf(attributes);
        return key == null || key.length() <= 4 ? key : key.substring(key.length() - 4);
    }
}
