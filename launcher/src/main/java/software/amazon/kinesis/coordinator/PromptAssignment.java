package software.amazon.kinesis.coordinator;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
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
 *   <li>soon when this worker has created a lease, for a shard that began;
 *   <li>as soon as this worker has reported its load, which KCL does after two captures: until then nothing can be assigned
 *       to it, and others that start with it have reported too;
 *   <li>once in {@code failoverTimeMillis} while there is nobody else: every lease is this worker's, which holds it, and
 *       no other worker reports. Another worker that comes is noticed by then;
 *   <li>else at the interval.
 * </ul>
 *
 * <p>What the leader has scanned and assigned is all that the index of leases by their owner could tell it
 * ({@link #leasesOf}). Stock KCL asks the index twice an interval.
 */
final class PromptAssignment extends ScheduledThreadPoolExecutor {
    /** From one assignment to the next at least, however many leases are created meanwhile. */
    private static final long SOON_MILLIS = 200;
    /** For a first report that is late; then at the interval. */
    private static final int UNREPORTED_LOOKS = 10;
    /** A worker alone looks so often at least, so that one that comes is noticed. */
    private static final long MOST_ALONE_MILLIS = 10_000;
    /** An assignment that takes longer, as when DynamoDB does not answer, is not waited for. */
    private static final long ASSIGNMENT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String worker;
    private final long firstReportMillis;
    private final long aloneMillis;
    private Supplier<Set<String>> held = Set::of;
    private ScheduledFuture<?> running;
    private boolean atWork;
    private boolean woken;
    private int unreportedLooks;
    /** What the assignment at hand has loaded; null if this worker is not the leader. */
    private LAMDataSnapshot loaded;
    /** Of the last assignment that has ended. KCL notes in its leases what it assigns. */
    private LAMDataSnapshot last;

    /** @param firstReportMillis from a worker's start to its first report of its load */
    PromptAssignment(String worker, long firstReportMillis, long failoverTimeMillis) {
        super(1, work -> {
            Thread thread = new Thread(work, "lam-thread");
            thread.setDaemon(true);
            return thread;
        });
        this.worker = worker;
        this.firstReportMillis = firstReportMillis;
        this.aloneMillis = Math.min(failoverTimeMillis, MOST_ALONE_MILLIS);
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
            running = schedule(() -> repeat(assign, unit.toMillis(delay)), initialDelay, unit);
            return running;
        }
    }

    private void repeat(Runnable assign, long intervalMillis) {
        Future<?> self;
        synchronized (this) {
            self = running;
        }
        try {
            // KCL cancels it, and may swallow the interrupt.
            while (!self.isCancelled() && !Thread.currentThread().isInterrupted()) {
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
            unreportedLooks = last == null || reports(worker) ? 0 : unreportedLooks + 1;
            notifyAll();
        }
    }

    private void pause(long intervalMillis) throws InterruptedException {
        long begin = System.nanoTime();
        long until = begin + TimeUnit.MILLISECONDS.toNanos(pauseMillis(intervalMillis));
        long soon = begin + TimeUnit.MILLISECONDS.toNanos(SOON_MILLIS);
        synchronized (this) {
            // After an assignment that failed, or of another leader, a lease that was created changes nothing.
            for (long left; (left = (woken && last != null ? soon : until) - System.nanoTime()) > 0; ) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        }
    }

    private synchronized void end() {
        last = null;
        unreportedLooks = 0;
        atWork = false;
        woken = false;
        notifyAll();
    }

    /** Until the next assignment, if nothing wakes it. Not synchronized: a lease that is being renewed can't be looked at. */
    long pauseMillis(long intervalMillis) {
        if (last == null) return intervalMillis;
        if (isReportDue()) return unreportedLooks == 1 ? Math.max(SOON_MILLIS, firstReportMillis) : SOON_MILLIS;
        return isAlone() ? Math.max(intervalMillis, aloneMillis) : intervalMillis;
    }

    private boolean isReportDue() {
        return unreportedLooks > 0 && unreportedLooks <= UNREPORTED_LOOKS;
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
        return atWork || woken && last != null || isReportDue();
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
