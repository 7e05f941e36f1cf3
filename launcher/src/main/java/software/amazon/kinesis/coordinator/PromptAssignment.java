package software.amazon.kinesis.coordinator;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import software.amazon.kinesis.coordinator.assignment.LAMDataManager;
import software.amazon.kinesis.coordinator.assignment.LAMDataSnapshot;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.metrics.MetricsScope;

/**
 * When the leader assigns leases. Stock KCL (3.5.1) does so at a fixed interval; here
 *
 * <ul>
 *   <li>at once when this worker has created a lease, for a shard that began;
 *   <li>soon again while this worker has not reported its load: until then nothing can be assigned to it;
 *   <li>once in {@code failoverTimeMillis} while there is nobody else: every lease is this worker's, which holds it, and
 *       no other worker reports. Another worker that comes is noticed by then;
 *   <li>else at the interval.
 * </ul>
 *
 * <p>What the leader has scanned and assigned is all that the index of leases by their owner could tell it
 * ({@link #leasesOf}). Stock KCL asks the index twice an interval.
 */
final class PromptAssignment extends ScheduledThreadPoolExecutor {
    private static final long UNREPORTED_MILLIS = 200;
    /** For the first report; then at the interval. */
    private static final int UNREPORTED_LOOKS = 15;
    /** An assignment that takes longer, as when DynamoDB does not answer, is not waited for. */
    private static final long ASSIGNMENT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String worker;
    private final long aloneMillis;
    private Supplier<Set<String>> held = Set::of;
    private boolean atWork;
    private boolean woken;
    private int looks;
    /** What the assignment at hand has loaded; null if this worker is not the leader. */
    private LAMDataSnapshot loaded;
    /** Of the last assignment that has ended. KCL notes in its leases what it assigns. */
    private LAMDataSnapshot last;

    PromptAssignment(String worker, long failoverTimeMillis) {
        super(1, work -> {
            Thread thread = new Thread(work, "lam-thread");
            thread.setDaemon(true);
            return thread;
        });
        this.worker = worker;
        this.aloneMillis = failoverTimeMillis;
    }

    /** @param held the keys of the leases that this worker renews */
    void heldBy(Supplier<Set<String>> held) {
        this.held = held;
    }

    /** The keys of the leases that this worker renews. */
    Set<String> held() {
        return held.get();
    }

    /** Of KCL's assignment of leases alone, which has this executor to itself. */
    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable assign, long initialDelay, long delay, TimeUnit unit) {
        synchronized (this) {
            atWork = true; // from now on, so that the first look for leases waits for the first assignment
        }
        return schedule(() -> repeat(assign, unit.toMillis(delay)), initialDelay, unit);
    }

    private void repeat(Runnable assign, long intervalMillis) {
        try {
            while (!Thread.currentThread().isInterrupted()) { // KCL cancels it so
                assignOnce(assign);
                pause(intervalMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            end();
        }
    }

    void assignOnce(Runnable assign) {
        synchronized (this) {
            atWork = true;
            woken = false;
            loaded = null;
        }
        assign.run(); // throws nothing: KCL logs what fails
        synchronized (this) {
            last = loaded;
            atWork = false;
            notifyAll();
        }
    }

    private void pause(long intervalMillis) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis(intervalMillis));
        synchronized (this) {
            for (long left = until - System.nanoTime(); left > 0 && !woken; left = until - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        }
    }

    private synchronized void end() {
        last = null;
        atWork = false;
        woken = false;
        notifyAll();
    }

    /** Until the next assignment, if nothing wakes it. Not synchronized: a lease that is being renewed can't be looked at. */
    long pauseMillis(long intervalMillis) {
        if (last == null) return intervalMillis;
        if (!reports(worker)) return looks++ < UNREPORTED_LOOKS ? UNREPORTED_MILLIS : intervalMillis;
        looks = 0;
        return isAlone() ? Math.max(intervalMillis, aloneMillis) : intervalMillis;
    }

    private boolean reports(String who) {
        return last.getWorkerMetricStats().stream().anyMatch(stats -> who.equals(stats.getWorkerId()));
    }

    private boolean isAlone() {
        if (!last.getWorkerMetricStats().stream().allMatch(stats -> worker.equals(stats.getWorkerId()))) return false;
        Set<String> keys = held.get();
        return last.getLeases().stream().allMatch(lease -> isOwn(lease) && keys.contains(lease.leaseKey()));
    }

    private boolean isOwn(Lease lease) {
        return worker.equals(lease.leaseOwner()) && lease.checkpointOwner() == null;
    }

    /** Leases were created. */
    synchronized void wake() {
        woken = true;
        notifyAll();
    }

    /**
     * The keys of a worker's leases, after an assignment that is under way or due.
     *
     * @return empty if only the index can tell: this worker is not the leader, or the assignment takes long
     */
    synchronized Optional<List<String>> leasesOf(String owner) {
        try {
            long until = System.nanoTime() + ASSIGNMENT_NANOS;
            for (long left = ASSIGNMENT_NANOS; left > 0 && isDue(); left = until - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (isDue() || last == null) return Optional.empty();
        return Optional.of(last.getLeases().stream()
                .filter(lease -> owner.equals(lease.leaseOwner()))
                .map(Lease::leaseKey)
                .toList());
    }

    private boolean isDue() {
        return atWork || woken && last != null;
    }

    /** Keeps what the leader loads before each assignment. */
    LAMDataManager keeping(LAMDataManager stock) {
        return new LAMDataManager() {
            @Override
            public LAMDataSnapshot loadData(MetricsScope metricsScope) {
                LAMDataSnapshot snapshot = stock.loadData(metricsScope);
                synchronized (PromptAssignment.this) {
                    loaded = snapshot;
                }
                return snapshot;
            }

            @Override
            public void shutdown() {
                stock.shutdown();
            }
        };
    }
}
