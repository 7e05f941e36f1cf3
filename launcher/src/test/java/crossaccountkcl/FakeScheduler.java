package crossaccountkcl;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.LeaseCoordinator;
import software.amazon.kinesis.leases.LeaseRefresher;

/** A scheduler that runs until it is let go, and whose graceful shutdown ends when the test says so. */
public class FakeScheduler extends Scheduler {
    public final CountDownLatch running = new CountDownLatch(1);
    public final CountDownLatch letGo = new CountDownLatch(1);
    public final CompletableFuture<Boolean> graceful = new CompletableFuture<>();
    public final AtomicInteger shutdowns = new AtomicInteger();
    /** Whether leases could still be deleted when the graceful shutdown began. */
    public volatile boolean cleanedUpWhenShutDown;
    public final List<Lease> dropped = new CopyOnWriteArrayList<>();
    /** What run() does once it is let go. */
    public Runnable atTheEnd = () -> {};

    private final List<Lease> assignments;
    private final LeaseRefresher leases;

    public FakeScheduler() {
        this(new Fakes.NoDynamoDb(), List.of(), null);
    }

    public FakeScheduler(DynamoDbAsyncClient dynamoDb, List<Lease> assignments, LeaseRefresher leases) {
        this(Fakes.configs(dynamoDb), assignments, leases);
    }

    private FakeScheduler(ConfigsBuilder configs, List<Lease> assignments, LeaseRefresher leases) {
        super(
                configs.checkpointConfig(),
                configs.coordinatorConfig(),
                Fakes.leaseManagement(configs),
                configs.lifecycleConfig(),
                configs.metricsConfig(),
                configs.processorConfig(),
                configs.retrievalConfig());
        this.assignments = assignments;
        this.leases = leases;
    }

    @Override
    public void run() {
        running.countDown();
        try {
            letGo.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        atTheEnd.run();
    }

    @Override
    public CompletableFuture<Boolean> startGracefulShutdown() {
        shutdowns.incrementAndGet();
        cleanedUpWhenShutDown = leaseCleanupManager().isRunning();
        return graceful;
    }

    @Override
    public LeaseRefresher leaseRefresher() {
        return leases;
    }

    @Override
    public LeaseCoordinator leaseCoordinator() {
        return Fakes.as(LeaseCoordinator.class, new Object() {
            Collection<Lease> getAssignments() {
                return assignments;
            }

            @SuppressWarnings("unused") // called through the proxy
            Lease getCurrentlyHeldLease(String leaseKey) {
                return assignments.stream()
                        .filter(lease -> lease.leaseKey().equals(leaseKey))
                        .findAny()
                        .orElse(null);
            }

            @SuppressWarnings("unused")
            void dropLease(Lease lease) {
                dropped.add(lease);
            }
        });
    }

    /** As long as no test should take. */
    public static final Duration LONG = Duration.ofSeconds(30);
}
