package crossaccountkcl.aws;

import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;

/**
 * A provider whose failures are noted: the AWS SDK ends a call for which there are no credentials before it asks the
 * interceptors, {@link ServiceCalls} among them.
 */
public final class WatchedCredentials implements AwsCredentialsProvider {
    private static final String OPERATION = "resolveCredentials";

    private final String service;
    private final AwsCredentialsProvider provider;

    /** @param provider or null for the AWS SDK's default chain */
    public WatchedCredentials(String service, AwsCredentialsProvider provider) {
        this.service = service;
        this.provider = provider == null ? DefaultCredentialsProvider.builder().build() : provider;
    }

    @Override
    public AwsCredentials resolveCredentials() {
        try {
            AwsCredentials credentials = provider.resolveCredentials();
            ServiceCalls.ended(new ServiceCalls.Call(service, OPERATION));
            return credentials;
        } catch (RuntimeException e) {
            note(e);
            throw e;
        }
    }

    @Override
    public CompletableFuture<AwsCredentialsIdentity> resolveIdentity(ResolveIdentityRequest request) {
        CompletableFuture<? extends AwsCredentialsIdentity> identity;
        try {
            identity = provider.resolveIdentity(request);
        } catch (RuntimeException e) {
            note(e);
            throw e;
        }
        return identity.handle((credentials, failure) -> {
            if (failure == null) ServiceCalls.ended(new ServiceCalls.Call(service, OPERATION));
            else note(failure);
            return null;
        }).thenCompose(noted -> identity.thenApply(AwsCredentialsIdentity.class::cast));
    }

    private void note(Throwable failure) {
        ServiceCalls.failed(new ServiceCalls.Call(service, OPERATION), failure, null);
    }
}
