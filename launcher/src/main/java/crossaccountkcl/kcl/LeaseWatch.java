package crossaccountkcl.kcl;

import crossaccountkcl.kcl.LeavableProcessor.Reason;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.LeaseCoordinator;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.ShardConsumer;
import software.amazon.kinesis.lifecycle.ShutdownReason;

/**
 * Tells a record processor in the middle of a batch that its lease is lost, or wanted by another worker. KCL says so
 * between two batches only, and a batch may take minutes.
 *
 * <p>It has threads of its own. KCL's scheduler may wait for DynamoDB, which is just when leases are lost; so may a look
 * at a lease that is being renewed; and a processor that is told may wait for Node.
 */
public final class LeaseWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseWatch.class);
    private static final long INTERVAL_MILLIS = 500;
    /** A look takes microseconds, unless its lease is being renewed. */
    private static final long LOOK_MILLIS = 5;
    /** So that the threads that DynamoDB's slowness has made do not outlive it for long. */
    private static final long IDLE_MILLIS = 2_000;

    private final LeaseCoordinator leases;
    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(LeaseWatch::daemon);
    private final ExecutorService looks;

    private record Watched(
            ShardInfo shard, ShardConsumer consumer, LeavableProcessor processor, AtomicBoolean isLookedAt) {}

    public LeaseWatch(LeaseCoordinator leases) {
        this(leases, LOOK_MILLIS);
    }

    LeaseWatch(LeaseCoordinator leases, long lookMillis) {
        this.leases = leases;
        this.looks = new ThreadPoolExecutor(
                1,
                Integer.MAX_VALUE,
                IDLE_MILLIS,
                TimeUnit.MILLISECONDS,
                new FreeThread(lookMillis),
                LeaseWatch::daemon);
    }

    /** Waits for a thread to become free before the pool starts another: one thread looks at all shards in turn. */
    private static final class FreeThread extends SynchronousQueue<Runnable> {
        private static final long serialVersionUID = 1L;

        private final long lookMillis;

        FreeThread(long lookMillis) {
            this.lookMillis = lookMillis;
        }

        @Override
        public boolean offer(Runnable look) {
            try {
                return offer(look, lookMillis, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }

    public void start() {
        timer.scheduleWithFixedDelay(this::look, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Watches until the consumer has shut down. */
    public void add(ShardInfo shard, ShardConsumer consumer, LeavableProcessor processor) {
        watched.add(new Watched(shard, consumer, processor, new AtomicBoolean()));
    }

    private void look() {
        watched.removeIf(one -> one.consumer().isShutdown());
        for (Watched one : watched) {
            if (!one.processor().isDelivering() || !one.isLookedAt().compareAndSet(false, true)) continue;
            looks.execute(() -> {
                try {
                    look(one);
                } catch (RuntimeException e) {
                    LOG.warn("The lease of {} can't be looked at", ShardInfo.getLeaseKey(one.shard()), e);
                } finally {
                    one.isLookedAt().set(false);
                }
            });
        }
    }

    private void look(Watched one) {
        if (isLost(one)) one.processor().leave(Reason.LEASE_LOST);
        else if (one.consumer().shutdownReason() == ShutdownReason.REQUESTED) one.processor().leave(Reason.HANDOVER);
    }

    /** Once true it stays so: a processor that has left does not come back. */
    private boolean isLost(Watched one) {
        if (one.consumer().shutdownReason() == ShutdownReason.LEASE_LOST) return true;
        String key = ShardInfo.getLeaseKey(one.shard());
        Lease held = leases.getCurrentlyHeldLease(key);
        if (held == null) {
            // An expired lease is still among KCL's, and a checkpoint that is under way could bring it back to life.
            Lease expired = new Lease();
            expired.leaseKey(key);
            leases.dropLease(expired);
            return true;
        }
        // Lost, and taken again for another consumer.
        return !held.concurrencyToken().toString().equals(one.shard().concurrencyToken());
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "lease-watch");
        thread.setDaemon(true);
        return thread;
    }

    /** Looks no more. What is being told is not interrupted: that would close the connection that it is told on. */
    @Override
    public void close() {
        timer.shutdown();
    }
}
