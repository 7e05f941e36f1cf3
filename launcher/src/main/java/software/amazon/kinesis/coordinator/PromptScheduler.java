package software.amazon.kinesis.coordinator;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import software.amazon.kinesis.checkpoint.CheckpointConfig;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.leases.exceptions.DependencyException;
import software.amazon.kinesis.leases.exceptions.InvalidStateException;
import software.amazon.kinesis.leases.exceptions.ProvisionedThroughputException;
import software.amazon.kinesis.lifecycle.LifecycleConfig;
import software.amazon.kinesis.metrics.MetricsConfig;
import software.amazon.kinesis.processor.ProcessorConfig;
import software.amazon.kinesis.retrieval.RetrievalConfig;

/**
 * KCL's scheduler with less waiting where nothing is waited for.
 *
 * <ul>
 *   <li>While the lease table is empty, stock KCL waits a random 1 to 30 s, so that of many workers that start at once
 *       the first has filled it when the others look. One or a few workers need no such wait: only the leader syncs,
 *       and its writes are conditional.
 *   <li>Stock KCL takes one step a second with every shard: from a new lease to its first records are four steps, from
 *       a stop to the end five. Here the steps follow each other at once while leases come or the worker stops, and
 *       once a second otherwise, since every step asks DynamoDB who the leader is.
 * </ul>
 *
 * <p>It stands in KCL's package because the methods are package-private there.
 */
public final class PromptScheduler extends Scheduler {
    private static final long EMPTY_TABLE_POLL_MILLIS = 250;
    /** At the end of every step: {@code CoordinatorConfig.shardConsumerDispatchPollIntervalMillis}. */
    private static final long QUICK_STEP_MILLIS = 100;
    /** With a quick step, as long as stock KCL's. */
    private static final int MORE_WAITS_OF_A_SLOW_STEP = 9;
    /** Enough for a shard from its lease to its first records. */
    private static final int QUICK_STEPS_AFTER_A_CHANGE = 5;

    private final Duration maxWait;
    private Set<ShardInfo> knownAssignments = Set.of();
    private int quickSteps;

    public PromptScheduler(
            CheckpointConfig checkpoint,
            CoordinatorConfig coordinator,
            LeaseManagementConfig leaseManagement,
            LifecycleConfig lifecycle,
            MetricsConfig metrics,
            ProcessorConfig processor,
            RetrievalConfig retrieval,
            Duration maxWait) {
        super(
                checkpoint,
                coordinator.shardConsumerDispatchPollIntervalMillis(QUICK_STEP_MILLIS),
                leaseManagement,
                lifecycle,
                metrics,
                processor,
                retrieval);
        this.maxWait = maxWait;
    }

    @Override
    boolean shouldInitiateLeaseSync()
            throws InterruptedException, DependencyException, ProvisionedThroughputException, InvalidStateException {
        long nanos = TimeUnit.MILLISECONDS.toNanos(ThreadLocalRandom.current().nextLong(maxWait.toMillis() + 1));
        long until = System.nanoTime() + nanos;
        while (leaseRefresher().isLeaseTableEmpty()) {
            if (System.nanoTime() - until >= 0) return true;
            Thread.sleep(EMPTY_TABLE_POLL_MILLIS);
        }
        return false;
    }

    @Override
    void runProcessLoop() {
        super.runProcessLoop();
        if (quickSteps > 0) quickSteps--;
        try {
            for (int i = 0; i < MORE_WAITS_OF_A_SLOW_STEP && !isQuick(); i++) Thread.sleep(QUICK_STEP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isQuick() {
        Set<ShardInfo> assignments = new HashSet<>(leaseCoordinator().getCurrentAssignments());
        if (!assignments.equals(knownAssignments)) {
            knownAssignments = assignments;
            quickSteps = QUICK_STEPS_AFTER_A_CHANGE;
        }
        return quickSteps > 0 || hasGracefulShutdownStarted();
    }
}
