package software.amazon.kinesis.coordinator;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import software.amazon.kinesis.common.DdbTableConfig;
import software.amazon.kinesis.coordinator.assignment.LAMDataManager;
import software.amazon.kinesis.coordinator.assignment.LeaseAssignmentManager;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.leases.LeaseSerializer;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseManagementFactory;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseRefresher;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseSerializer;
import software.amazon.kinesis.leases.dynamodb.DynamoDBMultiStreamLeaseSerializer;
import software.amazon.kinesis.leases.exceptions.DependencyException;
import software.amazon.kinesis.leases.exceptions.InvalidStateException;
import software.amazon.kinesis.leases.exceptions.ProvisionedThroughputException;

/** KCL's handling of leases with {@link PromptAssignment}, and with the worker's first report before the first of them. */
final class PromptLeases extends DynamoDBLeaseManagementFactory {
    private final LeaseManagementConfig config;
    private final LeaseSerializer serializer;
    /** Of its load, which KCL waits for before a worker's first report. */
    private static final int CAPTURES = 2;

    private final PromptAssignment assignment;

    private PromptLeases(LeaseManagementConfig config, LeaseSerializer serializer, boolean isMultiStream) {
        super(config, serializer, isMultiStream);
        this.config = config;
        this.serializer = serializer;
        long captureMillis =
                config.workerUtilizationAwareAssignmentConfig().inMemoryWorkerMetricsCaptureFrequencyMillis();
        this.assignment =
                new PromptAssignment(config.workerIdentifier(), CAPTURES * captureMillis, config.failoverTimeMillis());
    }

    /** For a scheduler that is made with the configuration, on which {@link #install} is called afterwards. */
    static PromptLeases of(LeaseManagementConfig config, boolean isMultiStream) {
        LeaseSerializer serializer =
                isMultiStream ? new DynamoDBMultiStreamLeaseSerializer() : new DynamoDBLeaseSerializer();
        PromptLeases leases = new PromptLeases(config, serializer, isMultiStream);
        config.leaseManagementFactory(leases);
        return leases;
    }

    /** Before the scheduler runs: it makes its assignment of leases when it starts. */
    @SuppressWarnings("unchecked")
    void install(Scheduler scheduler) {
        assignment.heldBy(() -> scheduler.leaseCoordinator().getAssignments().stream()
                .map(Lease::leaseKey)
                .collect(Collectors.toSet()));
        try {
            Object components = PrivateField.of(Scheduler.class, "migrationComponentsInitializer").get(scheduler);
            Field pool = PrivateField.of(components.getClass(), "lamThreadPool");
            ((ScheduledExecutorService) pool.get(components)).shutdown();
            pool.set(components, assignment);
            Field creator = PrivateField.of(components.getClass(), "lamCreator");
            var stock = (BiFunction<ScheduledExecutorService, LeaderDecider, LeaseAssignmentManager>)
                    creator.get(components);
            creator.set(components, stock.andThen(this::keeping));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this KCL's assignment of leases can't be paced", e); // KclMembers has looked
        }
    }

    private LeaseAssignmentManager keeping(LeaseAssignmentManager manager) {
        try {
            Field data = PrivateField.of(LeaseAssignmentManager.class, "lamDataManager");
            data.set(manager, assignment.keeping((LAMDataManager) data.get(manager)));
            return manager;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this KCL's view of the lease table can't be shared", e);
        }
    }

    /**
     * What KCL's first look for leases has to hold before it goes on. Stock KCL begins to look a moment before it notes that
     * it runs, so that the first look, which finds what was just assigned, most often does nothing.
     */
    Object beforeDiscovery(Scheduler scheduler) {
        try {
            return PrivateField.of(Scheduler.class, "leaseAssignmentModeProvider").get(scheduler);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this KCL's look for leases can't be held up", e); // KclMembers has looked
        }
    }

    @Override
    public DynamoDBLeaseRefresher createLeaseRefresher() {
        return new Refresher(
                config,
                serializer,
                new DdbTableConfig()
                        .billingMode(config.billingMode())
                        .readCapacity(config.initialLeaseTableReadCapacity())
                        .writeCapacity(config.initialLeaseTableWriteCapacity()));
    }

    private final class Refresher extends DynamoDBLeaseRefresher {
        /** That the index can be asked is known before it is needed: by a worker that is no longer the leader. */
        private final Duration indexInterval;

        private volatile boolean isFailing;
        private volatile long askedAt;

        Refresher(LeaseManagementConfig config, LeaseSerializer serializer, DdbTableConfig table) {
            super(
                    config.tableName(),
                    config.dynamoDBClient(),
                    serializer,
                    config.consistentReads(),
                    config.tableCreatorCallback(),
                    config.dynamoDbRequestTimeout(),
                    table,
                    config.leaseTableDeletionProtectionEnabled(),
                    config.leaseTablePitrEnabled(),
                    config.tags());
            indexInterval = Duration.ofMillis(config.failoverTimeMillis());
            askedAt = System.nanoTime() - indexInterval.toNanos();
        }

        /** From the leader's scan where it says enough; an index that does not answer is asked until it does. */
        @Override
        public List<String> listLeaseKeysForWorker(String worker) throws DependencyException, InvalidStateException {
            Optional<List<String>> known = assignment.leasesOf(worker);
            boolean isDue = System.nanoTime() - askedAt >= indexInterval.toNanos();
            boolean isNews = known.isPresent() && !assignment.held().containsAll(known.get());
            if (known.isPresent() && !isFailing && (isNews || !isDue)) return known.get();
            isFailing = true;
            List<String> keys = super.listLeaseKeysForWorker(worker);
            isFailing = false;
            askedAt = System.nanoTime();
            return keys;
        }

        @Override
        public boolean createLeaseIfNotExists(Lease lease)
                throws DependencyException, InvalidStateException, ProvisionedThroughputException {
            boolean created = super.createLeaseIfNotExists(lease);
            if (created) assignment.wake();
            return created;
        }
    }
}
