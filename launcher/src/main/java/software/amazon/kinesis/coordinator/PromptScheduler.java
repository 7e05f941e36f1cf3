package software.amazon.kinesis.coordinator;

import crossaccountkcl.aws.CredentialsWatch;
import crossaccountkcl.kcl.LeaseReport;
import crossaccountkcl.kcl.LeaseWatch;
import crossaccountkcl.kcl.LeavableProcessor;
import crossaccountkcl.kcl.LeavableTasks;
import crossaccountkcl.kcl.ShardReads;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.checkpoint.CheckpointConfig;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.LeaseCleanupManager;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.leases.MultiStreamLease;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.leases.exceptions.DependencyException;
import software.amazon.kinesis.leases.exceptions.InvalidStateException;
import software.amazon.kinesis.leases.exceptions.ProvisionedThroughputException;
import software.amazon.kinesis.lifecycle.LifecycleConfig;
import software.amazon.kinesis.lifecycle.PromptConsumer;
import software.amazon.kinesis.lifecycle.ShardConsumer;
import software.amazon.kinesis.metrics.MetricsConfig;
import software.amazon.kinesis.processor.ProcessorConfig;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.retrieval.RetrievalConfig;

/**
 * KCL's scheduler with less waiting where nothing is waited for.
 *
 * <ul>
 *   <li>While the lease table is empty, stock KCL waits a random 1 to 30 s, so that of many workers that start at once
 *       the first has filled it when the others look. One or a few workers need no such wait: only the leader syncs,
 *       and its writes are conditional.
 *   <li>A stream that was added to an application with leases is found by stock KCL's audit after a minute or more; here
 *       the leader looks when it starts.
 *   <li>Stock KCL assigns leases at an interval; here leases that are free are assigned once this worker has reported its load,
 *       and at once when they are created ({@link PromptLeases}).
 *   <li>Stock KCL initializes again with what a failed attempt has left half made; here it begins anew
 *       ({@link HalfMadeState}).
 *   <li>Stock KCL sets the move to one table back whenever its leader changes; here it waits ({@link CountedMigration}).
 *   <li>Stock KCL takes one step a second with every shard; here steps are shorter when they are waited for ({@link StepPace}).
 *   <li>The first batch of a shard may hold up stock KCL's steps with all others ({@link PromptConsumer}).
 *   <li>A graceful shutdown ends once every shard consumer has: see {@link #startGracefulShutdown}.
 * </ul>
 *
 * <p>It stands in KCL's package because {@code shouldInitiateLeaseSync} is package-private there.
 */
public final class PromptScheduler extends Scheduler {
    private static final Logger LOG = LoggerFactory.getLogger(PromptScheduler.class);
    private static final long EMPTY_TABLE_POLL_MILLIS = 250;
    /** For the assignment of leases to end, from the beginning of a stop on. */
    private static final long ASSIGNMENT_MILLIS = 3_000;

    private final int initializationAttempts;
    private final Duration maxWait;
    private final PromptLeases leases;
    private final LeaseWatch leaseWatch;
    private final LeaseReport leaseReport;
    private final StepPace pace = new StepPace();
    private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
    private volatile boolean shuttingDown;
    private volatile boolean stopping;

    public PromptScheduler(
            CheckpointConfig checkpoint,
            CoordinatorConfig coordinator,
            LeaseManagementConfig leaseManagement,
            LifecycleConfig lifecycle,
            MetricsConfig metrics,
            ProcessorConfig processor,
            RetrievalConfig retrieval,
            Duration maxWait,
            ShardReads reads,
            CredentialsWatch credentials) {
        this(
                checkpoint,
                coordinator,
                leaseManagement,
                lifecycle,
                metrics,
                processor,
                retrieval,
                maxWait,
                reads,
                credentials,
                coordinator.maxInitializationAttempts(),
                new LeavableTasks(),
                PromptLeases.of(leaseManagement, retrieval.streamTracker().isMultiStream()));
    }

    private PromptScheduler(
            CheckpointConfig checkpoint,
            CoordinatorConfig coordinator,
            LeaseManagementConfig leaseManagement,
            LifecycleConfig lifecycle,
            MetricsConfig metrics,
            ProcessorConfig processor,
            RetrievalConfig retrieval,
            Duration maxWait,
            ShardReads reads,
            CredentialsWatch credentials,
            int initializationAttempts,
            LeavableTasks tasks,
            PromptLeases leases) {
        super(
                checkpoint,
                coordinator
                        .shardConsumerDispatchPollIntervalMillis(StepPace.STEP_MILLIS)
                        .maxInitializationAttempts(1),
                leaseManagement.consumerTaskFactory(tasks),
                lifecycle,
                metrics,
                processor,
                retrieval);
        CountedMigration.install(this);
        leases.install(this);
        this.leases = leases;
        this.initializationAttempts = initializationAttempts;
        tasks.of(shardInfoShardConsumerMap());
        this.maxWait = maxWait;
        this.leaseWatch = new LeaseWatch(leaseCoordinator());
        this.leaseReport = new LeaseReport(leaseCoordinator(), reads, credentials);
    }

    @Override
    public void run() {
        leaseWatch.start();
        leaseReport.start();
        try {
            super.run();
            ended.complete(haveConsumersEnded());
        } finally {
            leaseReport.close();
            leaseWatch.close();
            ended.complete(false);
        }
    }

    @Override
    void initialize() {
        for (int attempt = 1; ; attempt++) {
            try {
                synchronized (leases.beforeDiscovery(this)) {
                    super.initialize(); // one attempt, and a wait if it fails
                }
                return;
            } catch (RuntimeException e) {
                if (attempt >= initializationAttempts) throw e;
                LOG.warn("KCL could not be initialized, attempt {} of {}: trying again", attempt, initializationAttempts);
                HalfMadeState.discard(this);
            }
        }
    }

    @Override
    protected ShardConsumer buildConsumer(
            ShardInfo shard, ShardRecordProcessorFactory processors, LeaseCleanupManager leaseCleanup) {
        NotedProcessors noted = new NotedProcessors(processors);
        ShardConsumer made = super.buildConsumer(shard, noted, leaseCleanup);
        ShardConsumer consumer = PromptConsumer.of(made, lifecycleConfig().readTimeoutsToIgnoreBeforeWarning());
        if (noted.made() instanceof LeavableProcessor leavable) leaseWatch.add(shard, consumer, leavable);
        return consumer;
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
        return hasStreamWithoutLeases();
    }

    @Override
    void runProcessLoop() {
        if (stopping) leaveShards();
        super.runProcessLoop();
        if (stopping && !shuttingDown && haveConsumersEnded()) endRun();
        pace.await(leaseCoordinator().getCurrentAssignments().stream()
                .map(ShardInfo::getLeaseKey)
                .collect(Collectors.toSet()));
    }

    /**
     * Asks every shard consumer for its end, and ends the run once all have ended. Stock KCL may wait for ever: it counts
     * the ends that consumers report, and misses that of one whose shard ended just before; and it first waits, up to a
     * minute, for the leader's assignment of leases, which never ends if the stop comes while it reads the table
     * (MigrationAwareLAMDataManager waits for a task that its shutdown has thrown away).
     *
     * @return when the run has ended; false if a consumer has not
     */
    @Override
    public CompletableFuture<Boolean> startGracefulShutdown() {
        leaseCoordinator().stopLeaseTaker();
        stopping = true;
        pace.hurry();
        return CompletableFuture.runAsync(this::stopAssigning, PromptScheduler::inThread)
                .completeOnTimeout(null, ASSIGNMENT_MILLIS, TimeUnit.MILLISECONDS)
                .thenCombine(ended, (assigned, all) -> all);
    }

    /** KCL's own beginning of the shutdown; the consumers that it asks are asked already. */
    private void stopAssigning() {
        try {
            createWorkerShutdownCallable().call();
        } catch (Exception e) {
            LOG.warn("The assignment of leases could not be stopped", e);
        }
    }

    /** The consumers have ended, so nothing depends on the rest, which may hang with the assignment of leases. */
    private void endRun() {
        shuttingDown = true;
        inThread(super::shutdown);
        leaseCoordinator().stop();
    }

    private static void inThread(Runnable work) {
        Thread thread = new Thread(work, "shutdown");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void shutdown() {
        shuttingDown = true;
        super.shutdown();
    }

    /** Those too whose lease comes late. */
    private void leaveShards() {
        for (ShardConsumer consumer : shardInfoShardConsumerMap().values()) {
            if (!consumer.isShutdownRequested()) consumer.gracefulShutdown(null);
        }
    }

    private boolean haveConsumersEnded() {
        return shardInfoShardConsumerMap().values().stream().allMatch(ShardConsumer::isShutdown);
    }

    private boolean hasStreamWithoutLeases()
            throws DependencyException, ProvisionedThroughputException, InvalidStateException {
        if (!isMultiStreamMode()) return false;
        Set<String> withLeases = leaseRefresher().listLeases().stream()
                .map(lease -> ((MultiStreamLease) lease).streamIdentifier())
                .collect(Collectors.toSet());
        return currentStreamConfigMap().keySet().stream()
                .anyMatch(stream -> !withLeases.contains(stream.serialize()));
    }
}
