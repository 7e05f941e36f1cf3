package crossaccountkcl.aws;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SelectedAuthScheme;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.interceptor.SdkInternalExecutionAttribute;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/**
 * Tells the providers of credentials which access keys AWS has refused. Their caches only know when credentials are to
 * expire, by this machine's clock; KCL makes the call again, with what they give then.
 *
 * <p>The AWS SDK loads it for every client through the class path file
 * {@code software/amazon/awssdk/global/handlers/execution.interceptors}.
 */
public final class RefusedKeys implements ExecutionInterceptor {
    /** That a session has expired, or that AWS does not know the key (any more). */
    private static final Set<String> REFUSALS = Set.of(
            "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId");

    private static final Set<Listener> LISTENERS = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    /** A provider of credentials. */
    public interface Listener {
        /** @param accessKeyId which may be another provider's */
        void refused(String accessKeyId);
    }

    static void tell(Listener listener) {
        LISTENERS.add(listener);
    }

    @Override
    public void onExecutionFailure(Context.FailedExecution context, ExecutionAttributes attributes) {
        if (!(context.exception() instanceof AwsServiceException e) || e.awsErrorDetails() == null) return;
        String code = e.awsErrorDetails().errorCode();
        if (code == null || !REFUSALS.contains(code)) return;
        String accessKeyId = accessKeyIdOf(attributes);
        if (accessKeyId != null) refused(accessKeyId);
    }

    /** @return what the call was signed with; null if it was not signed, or its credentials are not there */
    static String accessKeyIdOf(ExecutionAttributes attributes) {
        SelectedAuthScheme<?> scheme = attributes.getAttribute(SdkInternalExecutionAttribute.SELECTED_AUTH_SCHEME);
        if (scheme == null || !scheme.identity().isDone() || scheme.identity().isCompletedExceptionally()) return null;
        return scheme.identity().join() instanceof AwsCredentialsIdentity identity ? identity.accessKeyId() : null;
    }

    static void refused(String accessKeyId) {
        Listener[] listeners = LISTENERS.toArray(new Listener[0]);
        for (Listener listener : listeners) listener.refused(accessKeyId);
    }
}
