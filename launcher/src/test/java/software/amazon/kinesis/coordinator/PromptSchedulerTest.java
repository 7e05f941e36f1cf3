package software.amazon.kinesis.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.Fakes;
import crossaccountkcl.aws.CredentialsWatch;
import crossaccountkcl.kcl.ShardReads;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.coordinator.migration.ClientVersion;
import software.amazon.kinesis.coordinator.migration.MigrationStateMachineImpl;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.LeaseRenewer;
import software.amazon.kinesis.leases.MultiStreamLease;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseCoordinator;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseSerializer;
import software.amazon.kinesis.leases.dynamodb.DynamoDBMultiStreamLeaseSerializer;
import software.amazon.kinesis.lifecycle.NoOpTaskExecutionListener;
import software.amazon.kinesis.lifecycle.ShardConsumer;
import software.amazon.kinesis.processor.StreamTracker;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

@Timeout(120)
class PromptSchedulerTest {
    private static final String FIRST = "111111111111:orders:1700000000";
    private static final String SECOND = "222222222222:orders:1700000000";

    private final AtomicInteger looks = new AtomicInteger();
    private int emptyForLooks = Integer.MAX_VALUE;
    private List<Map<String, AttributeValue>> leases = List.of(lease());

    private final Fakes.NoDynamoDb dynamoDb = new Fakes.NoDynamoDb() {
        @Override
        public CompletableFuture<ScanResponse> scan(ScanRequest request) {
            boolean empty = looks.incrementAndGet() <= emptyForLooks;
            return CompletableFuture.completedFuture(
                    ScanResponse.builder().items(empty ? List.of() : leases).build());
        }
    };

    private static Map<String, AttributeValue> lease() {
        Lease lease = new Lease();
        lease.leaseKey("shard-1");
        lease.checkpoint(ExtendedSequenceNumber.LATEST);
        return new DynamoDBLeaseSerializer().toDynamoRecord(lease);
    }

    private static Map<String, AttributeValue> lease(String stream) {
        MultiStreamLease lease = new MultiStreamLease();
        lease.leaseKey(MultiStreamLease.getLeaseKey(stream, "shard-1"));
        lease.streamIdentifier(stream);
        lease.shardId("shard-1");
        lease.checkpoint(ExtendedSequenceNumber.LATEST);
        return new DynamoDBMultiStreamLeaseSerializer().toDynamoRecord(lease);
    }

    private PromptScheduler scheduler(Duration maxWait) {
        return scheduler(Fakes.configs(dynamoDb), maxWait);
    }

    /** Of two streams with one name. */
    private boolean twoStreamsSyncWithLeasesOf(String... streams) throws Exception {
        emptyForLooks = 0;
        leases = Stream.of(streams).map(PromptSchedulerTest::lease).toList();
        StreamTracker tracker = Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "','creationEpoch':1700000000},"
                        + "{'streamArn':'" + Fakes.STREAM_ARN.replace("111111111111", "222222222222")
                        + "','creationEpoch':1700000000}]")
                .tracker(
                        InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.LATEST),
                        Duration.ZERO);
        return scheduler(Fakes.configs(tracker, dynamoDb), Duration.ofHours(1)).shouldInitiateLeaseSync();
    }

    private static PromptScheduler scheduler(ConfigsBuilder configs, Duration maxWait) {
        return scheduler(configs, maxWait, 20);
    }

    private static PromptScheduler scheduler(ConfigsBuilder configs, Duration maxWait, int attempts) {
        return new PromptScheduler(
                configs.checkpointConfig(),
                configs.coordinatorConfig()
                        .maxInitializationAttempts(attempts)
                        .schedulerInitializationBackoffTimeMillis(1)
                        .shardPrioritization(shards -> List.of()), // no shard is read
                Fakes.leaseManagement(configs),
                configs.lifecycleConfig(),
                configs.metricsConfig(),
                configs.processorConfig(),
                configs.retrievalConfig(),
                maxWait,
                new ShardReads(Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "'}]")),
                new CredentialsWatch(10_000, (code, reason, cause) -> {}));
    }

    /** What KCL's migration state machine has noted, and what it does when it is asked to initialize. */
    private static Object noted(PromptScheduler scheduler) throws ReflectiveOperationException {
        Field machine = Scheduler.class.getDeclaredField("migrationStateMachine");
        machine.setAccessible(true);
        return ((MigrationStateMachineImpl) machine.get(scheduler)).getStartingClientVersion();
    }

    /** Another worker of a new application writes the migration state between this one's look and its write. */
    @Test
    void beginsAnewAfterAnAttemptThatFailedHalfway() throws Exception {
        Fakes.NoDynamoDb lost = new Fakes.NoDynamoDb() {
            @Override
            public CompletableFuture<DescribeTableResponse> describeTable(DescribeTableRequest request) {
                return CompletableFuture.completedFuture(DescribeTableResponse.builder()
                        .table(table -> table.tableStatus(TableStatus.ACTIVE))
                        .build());
            }

            @Override
            public CompletableFuture<GetItemResponse> getItem(GetItemRequest request) {
                return CompletableFuture.completedFuture(GetItemResponse.builder().build());
            }

            @Override
            public CompletableFuture<PutItemResponse> putItem(PutItemRequest request) {
                looks.incrementAndGet();
                return Fakes.failed(ConditionalCheckFailedException.builder().message("there").build());
            }
        };
        ConfigsBuilder configs = Fakes.configs(lost);
        PromptScheduler scheduler = scheduler(configs, Duration.ZERO, 3);
        assertThrows(RuntimeException.class, scheduler::initialize);
        assertEquals(3, looks.get(), "each attempt writes the state");
        assertEquals(ClientVersion.CLIENT_VERSION_3X, noted(scheduler));
        HalfMadeState.discard(scheduler);
        assertNull(noted(scheduler));
    }

    @Test
    void syncsAnEmptyTableAtOnceIfItMayNotWait() throws Exception {
        assertTrue(scheduler(Duration.ZERO).shouldInitiateLeaseSync());
        assertEquals(1, looks.get());
    }

    @Test
    void syncsNotIfTheTableHasLeases() throws Exception {
        emptyForLooks = 0;
        assertFalse(scheduler(Duration.ZERO).shouldInitiateLeaseSync());
        assertFalse(scheduler(Duration.ofHours(1)).shouldInitiateLeaseSync());
        assertEquals(2, looks.get());
    }

    @Test
    void syncsAtOnceIfOneOfSeveralStreamsHasNoLeases() throws Exception {
        assertTrue(twoStreamsSyncWithLeasesOf(FIRST));
        assertTrue(twoStreamsSyncWithLeasesOf(SECOND, SECOND));
    }

    @Test
    void syncsNotIfEachOfSeveralStreamsHasLeases() throws Exception {
        assertFalse(twoStreamsSyncWithLeasesOf(FIRST, SECOND));
        assertFalse(twoStreamsSyncWithLeasesOf("333333333333:former:1", SECOND, SECOND, FIRST));
    }

    @Test
    void syncsAStreamOfWhichOnlyAFormerOneOfItsNameHasLeases() throws Exception {
        assertTrue(twoStreamsSyncWithLeasesOf(FIRST, "222222222222:orders:1600000000"));
    }

    @Test
    void stopsWaitingAsSoonAsAnotherWorkerHasFilledTheTable() throws Exception {
        emptyForLooks = 2;
        assertFalse(scheduler(Duration.ofHours(100_000)).shouldInitiateLeaseSync());
        assertEquals(3, looks.get());
    }

    @Test
    void syncsWhenTheWaitIsOverAndTheTableStillEmpty() throws Exception {
        assertTrue(scheduler(Duration.ofMillis(300)).shouldInitiateLeaseSync());
    }

    /** Gives it a lease, as KCL does which has taken one. */
    private static Lease hold(PromptScheduler scheduler, String shard) throws ReflectiveOperationException {
        Lease lease = new Lease();
        lease.leaseKey(shard);
        lease.checkpoint(ExtendedSequenceNumber.LATEST);
        lease.lastCounterIncrementNanos(System.nanoTime());
        Field renewer = DynamoDBLeaseCoordinator.class.getDeclaredField("leaseRenewer");
        renewer.setAccessible(true);
        ((LeaseRenewer) renewer.get(scheduler.leaseCoordinator())).addLeasesToRenew(List.of(lease));
        assertTrue(scheduler.leaseCoordinator().getCurrentAssignments().stream()
                .anyMatch(assigned -> assigned.shardId().equals(shard)));
        return lease;
    }

    /** One step. Without initialization it fails for want of a leader, which is logged, and sleeps as any other. */
    private static long millisOfAStep(PromptScheduler scheduler) {
        long begin = System.nanoTime();
        scheduler.runProcessLoop();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    }

    /** Short of stock KCL's 1 s a step; a busy machine may hold up one step, hardly three. */
    private static void assertHurries(PromptScheduler scheduler) {
        long least = Long.MAX_VALUE;
        for (int step = 0; step < 3 && least >= 900; step++) least = Math.min(least, millisOfAStep(scheduler));
        assertTrue(least < 900, least + " ms");
    }

    private static void assertIsCalm(PromptScheduler scheduler) {
        long millis = millisOfAStep(scheduler);
        assertTrue(millis >= 950, millis + " ms");
    }

    @Test
    void hurriesWithoutLeasesAndForSomeTimeAfterTheyHaveCome() throws Exception {
        PromptScheduler scheduler = scheduler(Duration.ZERO);
        assertHurries(scheduler);
        assertHurries(scheduler);
        hold(scheduler, "shard-1");
        assertHurries(scheduler);
        assertHurries(scheduler);
    }

    @Test
    void isCalmWhenItsLeasesHaveStayedUntilOneComesOrGoesOrItStops() throws Exception {
        PromptScheduler changing = scheduler(Duration.ZERO);
        PromptScheduler stopping = scheduler(Duration.ZERO);
        Lease first = hold(changing, "shard-1");
        hold(stopping, "shard-1");
        assertHurries(changing);
        assertHurries(stopping);
        Thread.sleep(5_000);

        assertIsCalm(changing);
        hold(changing, "shard-2");
        assertHurries(changing);
        changing.leaseCoordinator().dropLease(first);
        assertHurries(changing);

        CompletableFuture<Long> step = CompletableFuture.supplyAsync(() -> millisOfAStep(stopping));
        Thread.sleep(400); // in its wait
        assertFalse(stopping.startGracefulShutdown().isDone()); // until its run has ended
        assertTrue(step.join() < 900, step.join() + " ms");
        assertHurries(stopping);
    }

    /** Stock KCL waits for a report, which a consumer whose shard has just ended does not make. */
    @Test
    void shutsDownOnceEveryConsumerHasEndedWhetherOrNotItHasReportedThat() throws Exception {
        PromptScheduler scheduler = scheduler(Duration.ZERO);
        hold(scheduler, "shard-1");
        ShardInfo shard = scheduler.leaseCoordinator().getCurrentAssignments().get(0);
        AtomicBoolean hasEnded = new AtomicBoolean();
        ShardConsumer consumer = new ShardConsumer(
                null, null, shard, Optional.empty(), null, null, 0, new NoOpTaskExecutionListener(), 0, null) {
            @Override
            public boolean isShutdown() {
                return hasEnded.get();
            }

            @Override
            public void executeLifecycle() {}
        };
        scheduler.shardInfoShardConsumerMap().put(shard, consumer);

        assertFalse(scheduler.startGracefulShutdown().isDone());
        scheduler.runProcessLoop();
        assertTrue(consumer.isShutdownRequested());
        assertFalse(scheduler.shouldShutdown());
        hasEnded.set(true);
        while (!scheduler.shouldShutdown()) scheduler.runProcessLoop();
    }
}
