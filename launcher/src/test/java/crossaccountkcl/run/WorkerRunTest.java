package crossaccountkcl.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import crossaccountkcl.ExitCode;
import crossaccountkcl.FakeScheduler;
import crossaccountkcl.Fakes;
import crossaccountkcl.LauncherException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.kinesis.coordinator.WorkerStateChangeListener.WorkerState;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.LeaseCleanupManager;
import software.amazon.kinesis.leases.LeaseCoordinator;
import software.amazon.kinesis.leases.LeaseRefresher;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.NoOpTaskExecutionListener;
import software.amazon.kinesis.lifecycle.ShardConsumer;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

@Timeout(120)
class WorkerRunTest {
    private static final Runnable NOTHING = () -> {};

    private final Logger logger = (Logger) LoggerFactory.getLogger(WorkerRun.class);
    private final List<ILoggingEvent> logged = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            pause(50); // so that a run that ends before its reason is logged is seen
            logged.add(event);
        }
    };
    private final List<Lease> held = new ArrayList<>();
    private final FakeScheduler scheduler = new FakeScheduler(new MetricsAreDeleted(), held, null);
    private final WorkerRun run = new WorkerRun(FakeScheduler.LONG);

    private static final class MetricsAreDeleted extends Fakes.NoDynamoDb {
        @Override
        public CompletableFuture<DeleteItemResponse> deleteItem(DeleteItemRequest request) {
            return CompletableFuture.completedFuture(DeleteItemResponse.builder().build());
        }
    }

    private Lease hold(String key) {
        Lease lease = new Lease();
        lease.leaseKey(key);
        held.add(lease);
        return lease;
    }

    @BeforeEach
    void collectLog() {
        appender.start();
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(appender);
    }

    @AfterEach
    void end() {
        logger.detachAppender(appender);
        logger.setLevel(null);
        logger.setAdditive(true);
        scheduler.letGo.countDown();
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private CompletableFuture<Integer> start(WorkerRun run) throws InterruptedException {
        CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() -> run.run(scheduler, NOTHING), WorkerRunTest::inThread);
        scheduler.running.await();
        return code;
    }

    private CompletableFuture<Integer> started() throws InterruptedException {
        CompletableFuture<Integer> code = start(run);
        run.onWorkerStateChange(WorkerState.STARTED);
        return code;
    }

    private List<String> messages(Level level) {
        return logged.stream().filter(e -> e.getLevel() == level).map(ILoggingEvent::getFormattedMessage).toList();
    }

    private static void inThread(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }

    /** What Node's readiness is made of (src/worker/launcher-log.ts). */
    @Test
    void tellsTheStateOfTheWorkerAndItsName() throws Exception {
        started();
        run.onWorkerStateChange(WorkerState.SHUT_DOWN_STARTED);
        run.onWorkerStateChange(WorkerState.SHUT_DOWN);
        List<Map<String, Object>> fields = logged.stream()
                .filter(event -> event.getKeyValuePairs() != null)
                .map(event -> event.getKeyValuePairs().stream().collect(Collectors.toMap(it -> it.key, it -> it.value)))
                .toList();
        String worker = scheduler.leaseManagementConfig().workerIdentifier();
        assertEquals(
                List.of(
                        Map.of("workerState", WorkerState.STARTED, "worker", worker),
                        Map.of("workerState", WorkerState.SHUT_DOWN_STARTED)),
                fields);
    }

    @Test
    void endsWithTheCodeOfTheRequestOnceEverythingHasStopped() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.OK, "Node asked for it", null);
        pause(50);
        assertFalse(code.isDone());
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.OK, code.join());
        assertTrue(messages(Level.INFO).contains("Stopping, because Node asked for it"));
    }

    /** Else the lease of a shard whose end was refused could still be deleted. */
    @Test
    void noLeaseIsDeletedFromTheStopOn() throws Exception {
        scheduler.leaseCleanupManager().start();
        CompletableFuture<Integer> code = started();
        assertTrue(scheduler.leaseCleanupManager().isRunning());
        run.request(ExitCode.ACCESS, "the consumer is gone", null);
        assertFalse(scheduler.leaseCleanupManager().isRunning());
        assertFalse(scheduler.cleanedUpWhenShutDown);
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.ACCESS, code.join());
    }

    @Test
    void theFirstRequestCounts() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.HANDLER, "the handler failed", null);
        run.request(ExitCode.OK, "Node asked for it", null);
        run.request(ExitCode.DAEMON, "a connection broke", null);
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.HANDLER, code.join());
        assertEquals(1, scheduler.shutdowns.get());
        assertEquals(List.of("Stopping, because the handler failed"), messages(Level.ERROR));
    }

    @Test
    void aHandlerThatFailsWhileStoppingCounts() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.OK, "Node asked for it", null);
        run.request(ExitCode.HANDLER, "shard 1: the handler failed", null);
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.HANDLER, code.join());
    }

    @Test
    void aFailureWhileStoppingCounts() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.OK, "Node asked for it", null);
        Exception failure = new IllegalStateException("x");
        run.request(ExitCode.DAEMON, "shard 1: the final checkpoint failed", failure);
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.DAEMON, code.join());
        assertEquals(List.of("While stopping: shard 1: the final checkpoint failed"), messages(Level.ERROR));
        ILoggingEvent event = logged.stream().filter(e -> e.getLevel() == Level.ERROR).findFirst().orElseThrow();
        assertSame(failure, ((ThrowableProxy) event.getThrowableProxy()).getThrowable());
    }

    @Test
    void aFailureWhileStoppingCountsNotIfAFailureStoppedIt() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.ACCESS, "the consumer is gone", null);
        run.request(ExitCode.DAEMON, "shard 1: the final checkpoint failed", null);
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.ACCESS, code.join());
        assertEquals(List.of("Stopping, because the consumer is gone"), messages(Level.ERROR));
        assertTrue(messages(Level.INFO).contains("While stopping: shard 1: the final checkpoint failed"));
    }

    @Test
    void aHandlerThatFailsWhileStoppingCountsMoreThanAnyOtherFailure() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.OK, "Node asked for it", null);
        run.request(ExitCode.DAEMON, "shard 1: a connection broke", null);
        run.request(ExitCode.HANDLER, "shard 2: the handler failed", null);
        run.request(ExitCode.DAEMON, "shard 3: a connection broke", null);
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.HANDLER, code.join());
        assertEquals(
                List.of("While stopping: shard 1: a connection broke", "While stopping: shard 2: the handler failed"),
                messages(Level.ERROR));
        assertTrue(messages(Level.INFO).contains("While stopping: shard 3: a connection broke"));
    }

    @Test
    void aSecondRequestToStopIsNoFailure() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.OK, "Node asked for it", null);
        run.request(ExitCode.OK, "the launcher got a signal", null);
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.OK, code.join());
        assertEquals(List.of(), messages(Level.ERROR));
    }

    @Test
    void dropsALeaseThatIsHeld() throws Exception {
        hold("shard-1");
        Lease second = hold("shard-2");
        started();
        run.dropLease("shard-2");
        assertEquals(List.of(second), scheduler.dropped);
    }

    @Test
    void dropsNoLeaseThatIsNotHeld() throws Exception {
        hold("shard-1");
        started();
        run.dropLease("shard-2");
        assertEquals(List.of(), scheduler.dropped);
    }

    @Test
    void tellsOfTheStopWhenItBegins() throws Exception {
        AtomicInteger told = new AtomicInteger();
        run.onStop(told::incrementAndGet);
        CompletableFuture<Integer> code = started();
        assertEquals(0, told.get());
        run.request(ExitCode.OK, "Node asked for it", null);
        run.request(ExitCode.OK, "the launcher got a signal", null);
        assertEquals(1, told.get());
        run.onStop(told::incrementAndGet);
        assertEquals(2, told.get());
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.OK, code.join());
    }

    private static RuntimeException broken() {
        throw new IllegalStateException("a defect");
    }

    /** Whoever asked goes on, and the run ends, with a code that is not 0. */
    private void assertEndsAlthoughItThrows(FakeScheduler broken, boolean gracefully) throws Exception {
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> run.run(broken, NOTHING), WorkerRunTest::inThread);
        broken.running.await();
        run.onWorkerStateChange(WorkerState.STARTED);
        broken.graceful.complete(true);
        run.request(ExitCode.OK, "Node asked for it", null);
        assertEquals(ExitCode.DAEMON, code.join());
        assertEquals(gracefully ? 1 : 0, broken.shutdowns.get());
        broken.letGo.countDown();
    }

    @Test
    void endsAlthoughTheRecordProcessorsCantBeTold() throws Exception {
        run.onStop(WorkerRunTest::broken);
        assertEndsAlthoughItThrows(scheduler, true);
    }

    @Test
    void endsAlthoughTheDeletionOfLeasesCantBeStopped() throws Exception {
        assertEndsAlthoughItThrows(
                new FakeScheduler(new MetricsAreDeleted(), held, null) {
                    @Override
                    public LeaseCleanupManager leaseCleanupManager() {
                        if (running.getCount() > 0) return super.leaseCleanupManager();
                        if (shutdowns.get() > 0) return super.leaseCleanupManager();
                        throw broken();
                    }
                },
                true);
    }

    @Test
    void endsAlthoughTheLeasesCantBeLookedAt() throws Exception {
        assertEndsAlthoughItThrows(
                new FakeScheduler(new MetricsAreDeleted(), held, null) {
                    @Override
                    public LeaseCoordinator leaseCoordinator() {
                        throw new NoSuchMethodError("gone");
                    }
                },
                false);
    }

    @Test
    void endsAlthoughTheGracefulShutdownThrows() throws Exception {
        assertEndsAlthoughItThrows(
                new FakeScheduler(new MetricsAreDeleted(), held, null) {
                    @Override
                    public CompletableFuture<Boolean> startGracefulShutdown() {
                        throw broken();
                    }
                },
                false);
    }

    /** Of two shards, one of which does not end within the grace. */
    @Test
    void givesBackTheLeasesOfTheShardsThatHaveEnded() throws Exception {
        hold("ended");
        hold("hangs");
        List<String> evicted = new CopyOnWriteArrayList<>();
        FakeScheduler hanging = new FakeScheduler(new MetricsAreDeleted(), held, table(evicted, List.of()));
        ShardInfo shard = new ShardInfo("hangs", "token", List.of(), ExtendedSequenceNumber.LATEST);
        hanging.shardInfoShardConsumerMap().put(shard, new ShardConsumer(
                null, null, shard, Optional.empty(), null, null, 0, new NoOpTaskExecutionListener(), 0, null));
        WorkerRun impatient = new WorkerRun(Duration.ofMillis(100));
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> impatient.run(hanging, NOTHING), WorkerRunTest::inThread);
        hanging.running.await();
        impatient.onWorkerStateChange(WorkerState.STARTED);
        impatient.request(ExitCode.OK, "Node asked for it", null);
        assertEquals(ExitCode.DAEMON, code.join());
        assertEquals(List.of("ended"), evicted);
        assertEquals(List.of("not everything stopped within 100 ms: hangs"), messages(Level.ERROR));
        hanging.letGo.countDown();
    }

    /** The leader may assign leases as soon as KCL initializes, and it may be this worker. */
    @Test
    void givesBackTheLeasesThatCameDuringInitialization() throws Exception {
        List<String> evicted = new CopyOnWriteArrayList<>();
        FakeScheduler initializing =
                new FakeScheduler(new MetricsAreDeleted(), held, table(evicted, List.of("shard-1")));
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> run.run(initializing, NOTHING), WorkerRunTest::inThread);
        initializing.running.await();
        run.onWorkerStateChange(WorkerState.INITIALIZING);
        run.request(ExitCode.OK, "Node asked for it", null);
        assertEquals(ExitCode.OK, code.join());
        assertEquals(List.of("shard-1"), evicted);
        assertEquals(0, initializing.shutdowns.get());
        initializing.letGo.countDown();
    }

    /** Else it would read, and handle records that are not checkpointed. */
    @Test
    void beginsNothingWhenItStartsOnlyAfterTheStopHasBegun() throws Exception {
        CountDownLatch releasing = new CountDownLatch(1);
        FakeScheduler initializing = new FakeScheduler(new MetricsAreDeleted(), held, null) {
            @Override
            public LeaseRefresher leaseRefresher() {
                pauseUntil(releasing);
                return table(new ArrayList<>(), List.of());
            }
        };
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> run.run(initializing, NOTHING), WorkerRunTest::inThread);
        initializing.running.await();
        run.onWorkerStateChange(WorkerState.INITIALIZING);
        run.request(ExitCode.OK, "Node asked for it", null);
        CompletableFuture<Void> started = CompletableFuture.runAsync(
                () -> run.onWorkerStateChange(WorkerState.STARTED), WorkerRunTest::inThread);
        pause(50);
        assertFalse(started.isDone());
        assertFalse(code.isDone());
        releasing.countDown();
        assertEquals(ExitCode.OK, code.join());
        assertFalse(messages(Level.INFO).contains("KCL has started"));
        initializing.letGo.countDown();
    }

    private static void pauseUntil(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Every lease in it is this worker's. */
    private static LeaseRefresher table(List<String> evicted, List<String> indexed) {
        return Fakes.as(LeaseRefresher.class, new Object() {
            @SuppressWarnings("unused") // called through the proxy
            Lease getLease(String key) {
                Lease lease = new Lease();
                lease.leaseKey(key);
                lease.leaseOwner("worker-1");
                return lease;
            }

            @SuppressWarnings("unused")
            List<String> listLeaseKeysForWorker(String worker) {
                return indexed;
            }

            @SuppressWarnings("unused")
            boolean evictLease(Lease lease) {
                return evicted.add(lease.leaseKey());
            }
        });
    }

    @Test
    void aStopBeforeTheRunEndsItAtOnceAndStartsNothing() {
        run.request(ExitCode.OK, "Node asked for it", null);
        assertEquals(ExitCode.OK, run.run(scheduler, () -> {
            throw new AssertionError("prepared");
        }));
        assertEquals(1, scheduler.running.getCount());
    }

    @Test
    void aStopDuringInitializationEndsTheRunAtOnce() throws Exception {
        CompletableFuture<Integer> code = start(run);
        run.onWorkerStateChange(WorkerState.INITIALIZING);
        run.request(ExitCode.OK, "Node asked for it", null);
        assertEquals(ExitCode.OK, code.join());
        assertEquals(0, scheduler.shutdowns.get());
    }

    @Test
    void aStopDoesNotWaitForThePreparation() throws Exception {
        CountDownLatch preparing = new CountDownLatch(1);
        CompletableFuture<Integer> code = CompletableFuture.supplyAsync(
                () -> run.run(scheduler, () -> {
                    preparing.countDown();
                    pause(15_000);
                }),
                WorkerRunTest::inThread);
        preparing.await();
        run.request(ExitCode.OK, "Node asked for it", null);
        assertEquals(ExitCode.OK, code.join());
        assertEquals(1, scheduler.running.getCount());
    }

    @Test
    void aFailedPreparationEndsTheRunWithItsOwnCodeAndMessage() {
        assertEquals(ExitCode.ACCESS, run.run(scheduler, () -> {
            throw new LauncherException(ExitCode.ACCESS, "the lease table t can't be used");
        }));
        assertEquals(List.of("the lease table t can't be used"), messages(Level.ERROR));
        assertEquals(1, scheduler.running.getCount());
    }

    @Test
    void endsAsADaemonFailureWhenTheGraceIsExceeded() throws Exception {
        WorkerRun impatient = new WorkerRun(Duration.ofMillis(100));
        CompletableFuture<Integer> code = start(impatient);
        impatient.onWorkerStateChange(WorkerState.STARTED);
        impatient.request(ExitCode.OK, "Node asked for it", null);
        assertEquals(ExitCode.DAEMON, code.join());
        assertEquals(List.of("not everything stopped within 100 ms"), messages(Level.ERROR));
    }

    /** As while DynamoDB throttles: KCL holds a lease's lock for as long as it tries to renew the lease. */
    @Test
    void keepsItsGraceAndHoldsNobodyUpWhenTheLeasesCantBeLookedAt() throws Exception {
        CountDownLatch renewing = new CountDownLatch(1);
        FakeScheduler locked = new FakeScheduler(new MetricsAreDeleted(), held, null) {
            @Override
            public LeaseCoordinator leaseCoordinator() {
                try {
                    renewing.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return super.leaseCoordinator();
            }
        };
        WorkerRun impatient = new WorkerRun(Duration.ofMillis(100));
        CompletableFuture<Integer> code =
                CompletableFuture.supplyAsync(() -> impatient.run(locked, NOTHING), WorkerRunTest::inThread);
        locked.running.await();
        impatient.onWorkerStateChange(WorkerState.STARTED);
        impatient.request(ExitCode.OK, "Node asked for it", null);
        assertEquals(ExitCode.DAEMON, code.join());
        assertEquals(List.of("not everything stopped within 100 ms"), messages(Level.ERROR));
        renewing.countDown();
        locked.letGo.countDown();
    }

    @Test
    void keepsTheCodeOfAFailedHandlerWhenTheGraceIsExceeded() throws Exception {
        WorkerRun impatient = new WorkerRun(Duration.ofMillis(100));
        CompletableFuture<Integer> code = start(impatient);
        impatient.onWorkerStateChange(WorkerState.STARTED);
        impatient.request(ExitCode.HANDLER, "the handler failed", null);
        assertEquals(ExitCode.HANDLER, code.join());
    }

    @Test
    void endsAsADaemonFailureWhenTheShutdownWasNotGraceful() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.OK, "Node asked for it", null);
        scheduler.graceful.complete(false);
        assertEquals(ExitCode.DAEMON, code.join());
    }

    @Test
    void endsAsADaemonFailureWithItsCauseWhenTheShutdownFails() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.OK, "Node asked for it", null);
        scheduler.graceful.completeExceptionally(new IllegalStateException("no"));
        assertEquals(ExitCode.DAEMON, code.join());
        ILoggingEvent event = logged.get(logged.size() - 1);
        assertTrue(String.valueOf(event.getThrowableProxy().getMessage()).contains("no"));
    }

    @Test
    void aSchedulerThatEndsByItselfIsADaemonFailure() throws Exception {
        CompletableFuture<Integer> code = started();
        scheduler.letGo.countDown();
        assertEquals(ExitCode.DAEMON, code.join());
        assertEquals(List.of("KCL's scheduler ended by itself"), messages(Level.ERROR));
    }

    @Test
    void aSchedulerThatEndsDuringTheStopIsNoFailure() throws Exception {
        CompletableFuture<Integer> code = started();
        run.request(ExitCode.OK, "Node asked for it", null);
        scheduler.letGo.countDown();
        pause(50);
        assertFalse(code.isDone());
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.OK, code.join());
    }

    @Test
    void aSchedulerThatThrowsIsADaemonFailureWithItsMessage() throws Exception {
        scheduler.atTheEnd = () -> {
            throw new NoSuchMethodError("gone");
        };
        CompletableFuture<Integer> code = started();
        scheduler.letGo.countDown();
        assertEquals(ExitCode.DAEMON, code.join());
        assertEquals(List.of("KCL's scheduler failed: gone"), messages(Level.ERROR));
    }

    @Test
    void aFailedInitializationIsAnAccessFailureThatSaysTheRootCause() throws Exception {
        CompletableFuture<Integer> code = start(run);
        run.onAllInitializationAttemptsFailed(
                new RuntimeException("outer", new RuntimeException(new RuntimeException("not authorized"))));
        scheduler.letGo.countDown(); // as KCL does, which then ends its run
        assertEquals(ExitCode.ACCESS, code.join());
        assertEquals(List.of("KCL could not be initialized: not authorized"), messages(Level.ERROR));
    }

    @Test
    void aShutdownHookWaitsForTheStopAndGetsItsCode() throws Exception {
        CompletableFuture<Integer> code = started();
        CompletableFuture<Integer> hook = CompletableFuture.supplyAsync(() -> run.stopAndAwait("signal"), WorkerRunTest::inThread);
        pause(50);
        assertFalse(hook.isDone());
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.OK, hook.join());
        assertEquals(ExitCode.OK, code.join());
    }

    /** KCL reports its state under a lock of its own, and so may the request for the stop come from any thread. */
    @Test
    void takesStateChangesWhileAStopIsUnderWay() throws Exception {
        CompletableFuture<Integer> code = started();
        CompletableFuture<Void> stops = CompletableFuture.allOf(IntStream.range(0, 20)
                .mapToObj(i -> CompletableFuture.runAsync(
                        () -> {
                            run.request(ExitCode.HANDLER, "shard " + i, null);
                            run.onWorkerStateChange(WorkerState.SHUT_DOWN_STARTED);
                        },
                        WorkerRunTest::inThread))
                .toArray(CompletableFuture[]::new));
        stops.join();
        scheduler.graceful.complete(true);
        assertEquals(ExitCode.HANDLER, code.join());
        assertEquals(1, scheduler.shutdowns.get());
    }
}
