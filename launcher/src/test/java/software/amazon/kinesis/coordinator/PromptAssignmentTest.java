package software.amazon.kinesis.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.kinesis.coordinator.assignment.LAMDataManager;
import software.amazon.kinesis.coordinator.assignment.LAMDataSnapshot;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.metrics.MetricsScope;
import software.amazon.kinesis.worker.metricstats.WorkerMetricStats;

@Timeout(120)
class PromptAssignmentTest {
    private static final long INTERVAL = 2_000;
    private static final long FIRST_REPORT = 1_500;
    private static final long FAILOVER = 10_000;

    private final PromptAssignment assignment = new PromptAssignment("me", FIRST_REPORT, FAILOVER);
    private LAMDataSnapshot table = table(List.of("me"), lease("a", "me"), lease("b", "me"));
    private final LAMDataManager data = assignment.keeping(new LAMDataManager() {
        @Override
        public LAMDataSnapshot loadData(MetricsScope metricsScope) {
            return table;
        }

        @Override
        public void shutdown() {}
    });
    /** What KCL's assignment of leases does in the leader. */
    private final Runnable asLeader = () -> data.loadData(null);

    @BeforeEach
    void holdAll() {
        assignment.heldBy(() -> Set.of("a", "b"));
    }

    @AfterEach
    void close() {
        assignment.shutdownNow();
    }

    private static LAMDataSnapshot table(List<String> reporting, Lease... leases) {
        return LAMDataSnapshot.builder()
                .leases(List.of(leases))
                .workerMetricStats(reporting.stream().map(PromptAssignmentTest::stats).toList())
                .build();
    }

    private static WorkerMetricStats stats(String worker) {
        return WorkerMetricStats.LegacyWorkerMetricStats.builder().workerId(worker).build();
    }

    private static Lease lease(String key, String owner) {
        Lease lease = new Lease();
        lease.leaseKey(key);
        lease.leaseOwner(owner);
        return lease;
    }

    private long pauseAfterLookingAt(LAMDataSnapshot found) {
        table = found;
        assignment.assignOnce(asLeader);
        return assignment.pauseMillis(INTERVAL);
    }

    @Test
    void theOnlyWorkerThatHoldsEveryLeaseLooksRarely() {
        assertEquals(FAILOVER, pauseAfterLookingAt(table));
    }

    @Test
    void thereIsSomethingToAssignSoItLooksAtTheInterval() {
        Lease handedOver = lease("b", "me");
        handedOver.checkpointOwner("other");
        Stream.of(
                        table(List.of("me", "other"), lease("a", "me")),
                        table(List.of("me"), lease("a", "me"), lease("b", null)),
                        table(List.of("me"), lease("a", "me"), lease("b", "other")),
                        table(List.of("me"), lease("a", "me"), handedOver),
                        table(List.of("me"), lease("a", "me"), lease("not held", "me")))
                .forEach(found -> assertEquals(INTERVAL, pauseAfterLookingAt(found), found.toString()));
    }

    @Test
    void itLooksWhenItHasReportedAndSoonAfterThatButNotForEver() {
        LAMDataSnapshot unreported = table(List.of(), lease("a", null));
        assertEquals(FIRST_REPORT, pauseAfterLookingAt(unreported));
        for (int look = 1; look < 10; look++) assertEquals(200, pauseAfterLookingAt(unreported));
        assertEquals(INTERVAL, pauseAfterLookingAt(unreported));
    }

    /** Others that start with it have reported by then too, so that it does not get every lease. */
    @Test
    void itDoesNotLookBeforeItsReportIsDue() throws Exception {
        table = table(List.of(), lease("a", null));
        CountDownLatch looks = new CountDownLatch(2);
        long begin = System.nanoTime();
        assignment.scheduleWithFixedDelay(
                () -> {
                    asLeader.run();
                    looks.countDown();
                },
                0,
                INTERVAL,
                TimeUnit.MILLISECONDS);
        looks.await();
        assertTrue(System.nanoTime() - begin >= TimeUnit.MILLISECONDS.toNanos(FIRST_REPORT));
    }

    @Test
    void leasesThatAreCreatedOneAfterTheOtherAreAssignedTogether() throws Exception {
        CountDownLatch looks = new CountDownLatch(3);
        long begin = System.nanoTime();
        assignment.scheduleWithFixedDelay(
                () -> {
                    asLeader.run();
                    looks.countDown();
                    assignment.wake();
                },
                0,
                INTERVAL,
                TimeUnit.MILLISECONDS);
        looks.await();
        assertTrue(System.nanoTime() - begin >= TimeUnit.MILLISECONDS.toNanos(2 * 200));
    }

    @Test
    void endsWhenKclHasCancelledItAlthoughTheInterruptWasSwallowed() throws Exception {
        CountDownLatch assigning = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        Future<?> assignments = assignment.scheduleWithFixedDelay(
                () -> {
                    assigning.countDown();
                    while (true) {
                        try {
                            cancelled.await();
                            return;
                        } catch (InterruptedException e) {
                            // as KCL's leader decider does
                        }
                    }
                },
                0,
                INTERVAL,
                TimeUnit.MILLISECONDS);
        assigning.await();
        assignments.cancel(true);
        cancelled.countDown();
        assignment.submit(() -> {}).get(); // its one thread is free again
    }

    @Test
    void aWorkerThatIsNotTheLeaderKnowsNothingAndLooksAtTheInterval() {
        assignment.assignOnce(asLeader);
        assignment.assignOnce(() -> {});

        assertEquals(INTERVAL, assignment.pauseMillis(INTERVAL));
        assertEquals(Optional.empty(), assignment.leasesOf("me"));
    }

    @Test
    void whatIsAssignedIsKnownWithoutAnotherLook() {
        table = table(List.of("me"), lease("a", null), lease("b", "other"));
        assignment.assignOnce(() -> data.loadData(null).getLeases().get(0).leaseOwner("me"));

        assertEquals(Optional.of(List.of("a")), assignment.leasesOf("me"));
    }

    @Test
    void aLookForLeasesWaitsForTheAssignmentThatIsUnderWay() throws Exception {
        CountDownLatch assigned = new CountDownLatch(1);
        assignment.scheduleWithFixedDelay(() -> {
            await(assigned);
            data.loadData(null);
        }, 0, 1, TimeUnit.HOURS);
        Future<Optional<List<String>>> look = CompletableFuture.supplyAsync(() -> assignment.leasesOf("me"));
        assigned.countDown();

        assertEquals(Optional.of(List.of("a", "b")), look.get());
    }

    @Test
    void anAssignmentThatHangsIsNotWaitedFor() {
        CountDownLatch never = new CountDownLatch(1);
        assignment.assignOnce(asLeader);
        assignment.scheduleWithFixedDelay(() -> await(never), 0, 1, TimeUnit.HOURS);

        assertEquals(Optional.empty(), assignment.leasesOf("me"));
    }

    @Test
    void createdLeasesAreAssignedAtOnce() throws Exception {
        LinkedBlockingQueue<String> runs = new LinkedBlockingQueue<>();
        assignment.scheduleWithFixedDelay(() -> {
            data.loadData(null);
            runs.add("run");
        }, 0, 1, TimeUnit.HOURS);
        runs.take();
        assignment.wake();

        assertEquals("run", runs.take());
    }

    @Test
    void onceKclHasCancelledItNothingIsKnown() {
        var schedule = assignment.scheduleWithFixedDelay(asLeader, 0, 1, TimeUnit.HOURS);
        assertTrue(assignment.leasesOf("me").isPresent());
        schedule.cancel(true);
        while (assignment.leasesOf("me").isPresent()) Thread.onSpinWait();

        assertEquals(Optional.empty(), assignment.leasesOf("me"));
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
