package crossaccountkcl;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.arns.Arn;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisServiceClientConfiguration;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.processor.SingleStreamTracker;

/** Stand-ins by hand: a call that a test does not expect fails it. */
public final class Fakes {
    public static final String STREAM_ARN = "arn:aws:kinesis:eu-west-1:111111111111:stream/orders";

    private Fakes() {}

    /** An {@code api} whose methods are those of the same name and arguments of {@code implementation}. */
    public static <T> T as(Class<T> api, Object implementation) {
        return api.cast(Proxy.newProxyInstance(api.getClassLoader(), new Class<?>[] {api}, (proxy, method, args) -> {
            if (method.getDeclaringClass() == Object.class) return method.invoke(implementation, args);
            try {
                var found = implementation.getClass().getDeclaredMethod(method.getName(), method.getParameterTypes());
                found.setAccessible(true);
                return found.invoke(implementation, args);
            } catch (NoSuchMethodException e) {
                throw new AssertionError("unexpected call of " + method);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    /** KCL's configurations with clients that answer nothing. */
    public static ConfigsBuilder configs(DynamoDbAsyncClient dynamoDb) {
        StreamIdentifier stream = StreamIdentifier.singleStreamInstance(Arn.fromString(STREAM_ARN));
        return new ConfigsBuilder(
                new SingleStreamTracker(stream),
                "app",
                new NoKinesis(),
                dynamoDb,
                new NoCloudWatch(),
                "worker-1",
                () -> {
                    throw new AssertionError("no record processor is expected");
                });
    }

    /** Without worker metrics, for which KCL would ask the machine. */
    public static LeaseManagementConfig leaseManagement(ConfigsBuilder configs) {
        LeaseManagementConfig config = configs.leaseManagementConfig();
        config.workerUtilizationAwareAssignmentConfig().disableWorkerMetrics(true);
        return config;
    }

    public static <T> CompletableFuture<T> failed(Throwable cause) {
        return CompletableFuture.failedFuture(cause);
    }

    /** Every operation of such a client is a default method that fails. */
    public static class NoDynamoDb implements DynamoDbAsyncClient {
        @Override
        public String serviceName() {
            return "dynamodb";
        }

        @Override
        public void close() {}
    }

    private static final class NoKinesis implements KinesisAsyncClient {
        @Override
        public String serviceName() {
            return "kinesis";
        }

        /** KCL compares the region with the ARN's. */
        @Override
        public KinesisServiceClientConfiguration serviceClientConfiguration() {
            return KinesisServiceClientConfiguration.builder().region(Region.EU_WEST_1).build();
        }

        @Override
        public void close() {}
    }

    private static final class NoCloudWatch implements CloudWatchAsyncClient {
        @Override
        public String serviceName() {
            return "cloudwatch";
        }

        @Override
        public void close() {}
    }
}
