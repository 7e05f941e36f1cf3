package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import crossaccountkcl.Fakes;
import crossaccountkcl.TrackedStreams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.coordinator.streamInfo.StreamIdCache;
import software.amazon.kinesis.coordinator.streamInfo.StreamIdOnboardingState;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.metrics.MetricsFactory;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RetrievalFactory;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

class RetrievalByConsumerTest {
    private static final InitialPositionInStreamExtended LATEST =
            InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.LATEST);
    private static final MetricsFactory METRICS = new NullMetricsFactory();
    private static final String OTHER = Fakes.STREAM_ARN.replace("111111111111", "222222222222");

    private final List<SubscribeToShardRequest> subscribed = new ArrayList<>();
    private final List<SubscribeToShardResponseHandler> handlers = new ArrayList<>();
    private final List<List<Object>> polled = new ArrayList<>();
    private TrackedStreams streams;
    private ShardReads reads;

    /** Answers nothing else, so that no consumer can be registered or described. */
    private final Fakes.NoKinesis kinesis = new Fakes.NoKinesis() {
        @Override
        public CompletableFuture<Void> subscribeToShard(
                SubscribeToShardRequest request, SubscribeToShardResponseHandler handler) {
            subscribed.add(request);
            handlers.add(handler);
            return new CompletableFuture<>();
        }
    };
    private final RecordsPublisher poller = Fakes.as(RecordsPublisher.class, new Object());
    private final RetrievalFactory polling = new RetrievalFactory() {
        @Override
        public RecordsPublisher createGetRecordsCache(
                ShardInfo shard, StreamConfig stream, MetricsFactory metrics, String consumerId) {
            polled.add(List.of(shard, stream, metrics, consumerId));
            return poller;
        }
    };

    /** As the first scheduler of a JVM does: FanOutRecordsPublisher subscribes not without. */
    @BeforeAll
    static void initializeKcl() {
        StreamIdCache.initialize(null, StreamIdOnboardingState.NOT_ONBOARDED);
    }

    private List<StreamConfig> configs(String json) {
        streams = Fakes.streams(json);
        return streams.tracker(LATEST, Duration.ZERO).streamConfigList();
    }

    private static ShardInfo shard(String stream) {
        return new ShardInfo("shard-1", "token", List.of(), ExtendedSequenceNumber.LATEST, stream);
    }

    private RecordsPublisher publisher(ShardInfo shard, StreamConfig stream) {
        reads = new ShardReads(streams);
        ReadWatch watch = new ReadWatch(reads, new ShardStates(streams, kinesis), (code, reason, cause) -> {});
        return new RetrievalByConsumer(polling, kinesis, new SubscriptionWatch(watch))
                .createGetRecordsCache(shard, stream, METRICS, "consumer-id");
    }

    private void subscribe(ShardInfo shard, StreamConfig stream) {
        RecordsPublisher publisher = publisher(shard, stream);
        publisher.start(ExtendedSequenceNumber.LATEST, LATEST);
        publisher.subscribe(new EndReport.Ignoring());
    }

    private void assertSubscribedWith(String... consumers) {
        assertEquals(List.of(consumers), subscribed.stream().map(SubscribeToShardRequest::consumerARN).toList());
        assertEquals(List.of(), polled);
    }

    @Test
    void subscribesWithTheConsumerOfTheOnlyStream() {
        String consumer = Fakes.STREAM_ARN + "/consumer/c:1";
        subscribe(
                shard(null),
                configs("[{'streamArn':'" + Fakes.STREAM_ARN + "','consumerArn':'" + consumer + "'}]").get(0));
        assertSubscribedWith(consumer);
        assertEquals("shard-1", subscribed.get(0).shardId());
    }

    @Test
    void subscribesWithEachStreamsOwnConsumer() {
        List<StreamConfig> streams = configs("["
                + "{'streamArn':'" + Fakes.STREAM_ARN + "','creationEpoch':1,'consumerArn':'c-1'},"
                + "{'streamArn':'" + OTHER + "','creationEpoch':2,'consumerArn':'c-2'}]");
        subscribe(shard("222222222222:orders:2"), streams.get(1));
        subscribe(shard("111111111111:orders:1"), streams.get(0));
        assertSubscribedWith("c-2", "c-1");
    }

    /** In an event of the subscription; KCL takes one in the answer for the shard's end. */
    @Test
    void watchesTheSubscriptionOfEachStream() {
        List<StreamConfig> streams = configs("["
                + "{'streamArn':'" + Fakes.STREAM_ARN + "','creationEpoch':1,'consumerArn':'c-1'},"
                + "{'streamArn':'" + OTHER + "','creationEpoch':2,'consumerArn':'c-2'}]");
        subscribe(shard("222222222222:orders:2"), streams.get(1));
        handlers.get(0).exceptionOccurred(new CompletionException(new RuntimeException(
                ResourceNotFoundException.builder().message("not found").build())));
        assertEquals(
                "SubscribeToShard",
                reads.of(new ShardReads.Shard(OTHER, "shard-1")).failure().operation());
    }

    @Test
    void pollsTheOnlyStreamIfItHasNoConsumer() {
        StreamConfig stream = configs("[{'streamArn':'" + Fakes.STREAM_ARN + "'}]").get(0);
        assertSame(poller, publisher(shard(null), stream));
        assertEquals(List.of(List.of(shard(null), stream, METRICS, "consumer-id")), polled);
    }

    @Test
    void pollsTheStreamWithoutAConsumerBesideOneThatHasOne() {
        List<StreamConfig> streams = configs("["
                + "{'streamArn':'" + Fakes.STREAM_ARN + "','creationEpoch':1,'consumerArn':'c-1'},"
                + "{'streamArn':'" + OTHER + "','creationEpoch':2}]");
        ShardInfo shard = shard("222222222222:orders:2");
        assertSame(poller, publisher(shard, streams.get(1)));
        assertEquals(List.of(List.of(shard, streams.get(1), METRICS, "consumer-id")), polled);
        assertEquals(List.of(), subscribed);
    }
}
