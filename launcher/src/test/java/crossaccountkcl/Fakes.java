package crossaccountkcl;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import software.amazon.awssdk.arns.Arn;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisServiceClientConfiguration;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.HashKeyRange;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.SequenceNumberRange;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.processor.StreamTracker;

/** Stand-ins by hand: a call that a test does not expect fails it. */
public final class Fakes {
    public static final String STREAM_ARN = "arn:aws:kinesis:eu-west-1:111111111111:stream/orders";

    private static final RuntimeException NOT_FOUND =
            ResourceNotFoundException.builder().message("not found").build();
    private static final RuntimeException DENIED =
            AccessDeniedException.builder().message("not authorized").build();

    private Fakes() {}

    /** A record processor that does nothing, but for what a test gives it to do. */
    public interface IdleProcessor extends ShardRecordProcessor {
        @Override
        default void initialize(InitializationInput input) {}

        @Override
        default void processRecords(ProcessRecordsInput input) {}

        @Override
        default void leaseLost(LeaseLostInput input) {}

        @Override
        default void shardEnded(ShardEndedInput input) {}

        @Override
        default void shutdownRequested(ShutdownRequestedInput input) {}
    }

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

    /** What Node writes for every worker (src/worker/launcher-properties.ts), besides the streams and the transport. */
    public static final Map<String, String> REQUIRED_KEYS = Map.of(
            "initialPositionInStream", "LATEST",
            "launcher.leaseTableRegion", "eu-west-1",
            "launcher.allowEpochChange", "false",
            "launcher.formerStreamsLeaseRetentionMs", "86400000",
            "launcher.initialLeaseSyncMaxWaitMs", "1000");

    /** @param json the value of launcher.streams, with single quotes */
    public static TrackedStreams streams(String json) {
        return TrackedStreams.parse(json.replace('\'', '"'));
    }

    /** KCL's configurations with clients that answer nothing. */
    public static ConfigsBuilder configs(DynamoDbAsyncClient dynamoDb) {
        StreamIdentifier stream = StreamIdentifier.singleStreamInstance(Arn.fromString(STREAM_ARN));
        return configs(new SingleStreamTracker(stream), dynamoDb);
    }

    public static ConfigsBuilder configs(StreamTracker tracker, DynamoDbAsyncClient dynamoDb) {
        return new ConfigsBuilder(
                tracker,
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

    public static class NoKinesis implements KinesisAsyncClient {
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

    /** A Kinesis that answers ListShards with what is given to it, in turn, and denies to describe what is there. */
    public static class ListedShards extends NoKinesis {
        public volatile boolean streamIsGone;
        public volatile boolean consumerIsGone;
        public final List<ListShardsRequest> asked = new CopyOnWriteArrayList<>();
        private final Queue<CompletableFuture<ListShardsResponse>> answers = new ConcurrentLinkedQueue<>();

        @Override
        public CompletableFuture<ListShardsResponse> listShards(ListShardsRequest request) {
            asked.add(request);
            return answers.remove();
        }

        @Override
        public CompletableFuture<DescribeStreamSummaryResponse> describeStreamSummary(
                DescribeStreamSummaryRequest request) {
            return failed(streamIsGone ? NOT_FOUND : DENIED);
        }

        @Override
        public CompletableFuture<DescribeStreamConsumerResponse> describeStreamConsumer(
                DescribeStreamConsumerRequest request) {
            return failed(consumerIsGone ? NOT_FOUND : DENIED);
        }

        @Override
        public CompletableFuture<GetShardIteratorResponse> getShardIterator(GetShardIteratorRequest request) {
            return failed(NOT_FOUND);
        }

        public void page(String nextToken, Shard... shards) {
            answers.add(CompletableFuture.completedFuture(
                    ListShardsResponse.builder().shards(shards).nextToken(nextToken).build()));
        }

        public void fail(Throwable failure) {
            answers.add(failed(failure));
        }

        /** @return an answer that the test gives later */
        public CompletableFuture<ListShardsResponse> pending() {
            CompletableFuture<ListShardsResponse> answer = new CompletableFuture<>();
            answers.add(answer);
            return answer;
        }

        public static Shard open(String id) {
            return shard(id, null);
        }

        public static Shard closed(String id) {
            return shard(id, "2");
        }

        private static Shard shard(String id, String end) {
            return Shard.builder()
                    .shardId(id)
                    .hashKeyRange(HashKeyRange.builder()
                            .startingHashKey("0")
                            .endingHashKey(BigInteger.TWO.pow(128).subtract(BigInteger.ONE).toString())
                            .build())
                    .sequenceNumberRange(SequenceNumberRange.builder()
                            .startingSequenceNumber("1")
                            .endingSequenceNumber(end)
                            .build())
                    .build();
        }
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
