package software.amazon.kinesis.coordinator;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import software.amazon.kinesis.checkpoint.CheckpointConfig;
import software.amazon.kinesis.leases.LeaseManagementConfig;
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
 *       a stop to the end five. A step is local work; it calls neither Kinesis nor DynamoDB by itself.
 * </ul>
 *
 * <p>It stands in KCL's package because {@code shouldInitiateLeaseSync} is package-private there.
 */
public final class PromptScheduler extends Scheduler {
    private static final long EMPTY_TABLE_POLL_MILLIS = 250;
    private static final long STEP_MILLIS = 200;

    private final Duration maxWait;

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
                coordinator.shardConsumerDispatchPollIntervalMillis(STEP_MILLIS),
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
}
