package crossaccountkcl;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.coordinator.WorkerStateChangeListener;
import software.amazon.kinesis.leases.Lease;

/**
 * One run of KCL's scheduler, from start to exit code. A stop can be asked for by Node, by a signal or by a record
 * processor that failed; the first to ask sets the exit code, unless something fails after that.
 */
final class WorkerRun implements StopSignal, WorkerStateChangeListener {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerRun.class);

    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final Duration grace;
    private Scheduler scheduler;
    private boolean started;
    private boolean stopping;
    private int stopCode;

    WorkerRun(Duration grace) {
        this.grace = grace;
    }

    /**
     * Prepares, then runs the scheduler until it ends. A stop does not wait for the preparation.
     *
     * @return the exit code
     */
    int run(Scheduler toRun, Runnable preparation) {
        synchronized (this) {
            if (stopping) return exitCode.join();
            scheduler = toRun;
        }
        Thread thread = new Thread(() -> runScheduler(preparation), "scheduler");
        thread.setDaemon(true);
        thread.start();
        return exitCode.join();
    }

    private void runScheduler(Runnable preparation) {
        try {
            preparation.run();
            scheduler.run();
            synchronized (this) {
                if (!stopping) end(ExitCode.DAEMON, "KCL's scheduler ended by itself", null);
            }
        } catch (LauncherException e) {
            end(e.exitCode(), e.getMessage(), e.getCause());
        } catch (RuntimeException | Error e) {
            end(ExitCode.DAEMON, "KCL's scheduler failed: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void request(int code, String reason, Throwable cause) {
        if (stopping) {
            // A final checkpoint that was not stored, say. What the handler did comes before what followed from it.
            boolean counts = stopCode == ExitCode.OK || code == ExitCode.HANDLER;
            if (counts) stopCode = code;
            log(counts ? code : ExitCode.OK, "While stopping: " + reason, cause);
            return;
        }
        stopping = true;
        stopCode = code;
        log(code, "Stopping, because " + reason, cause);
        if (!started) {
            // No lease was taken, so there is nothing to checkpoint or to release.
            exitCode.complete(code);
            return;
        }
        // The children of the multilang transport: they leave what they have not begun.
        ProcessHandle.current().children().forEach(ProcessHandle::destroy);
        // From here on no lease is deleted: a shard whose end was refused is in the manager's queue.
        scheduler.leaseCleanupManager().shutdown();
        // Not on this thread, which may be the one that sees that Node is gone: KCL holds a lease's lock while it tries
        // to renew the lease, which takes a minute if DynamoDB throttles.
        CompletableFuture<Boolean> stopped = CompletableFuture.supplyAsync(
                        () -> new LeaseRelease(scheduler), WorkerRun::inThread)
                .thenCompose(release -> scheduler
                        .startGracefulShutdown()
                        .thenApplyAsync(graceful -> graceful && release.run()));
        stopped.orTimeout(grace.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((graceful, failure) -> stopped(failure == null && graceful, failure));
    }

    private static void inThread(Runnable work) {
        Thread thread = new Thread(work, "stop");
        thread.setDaemon(true);
        thread.start();
    }

    private synchronized void stopped(boolean gracefully, Throwable failure) {
        if (gracefully) {
            exitCode.complete(stopCode);
        } else {
            int code = stopCode == ExitCode.OK ? ExitCode.DAEMON : stopCode;
            end(code, "not everything stopped within " + grace.toMillis() + " ms", failure);
        }
    }

    @Override
    public void dropLease(String leaseKey) {
        Lease held = scheduler.leaseCoordinator().getCurrentlyHeldLease(leaseKey);
        if (held != null) scheduler.leaseCoordinator().dropLease(held);
    }

    /** Asks for the stop and waits for it, for a shutdown hook. @return the exit code */
    int stopAndAwait(String reason) {
        request(ExitCode.OK, reason, null);
        return exitCode.join();
    }

    /** Node takes the fields for its own: whether this worker is ready, and which leases are its. */
    @Override
    public synchronized void onWorkerStateChange(WorkerState state) {
        if (state == WorkerState.STARTED) {
            started = true;
            LOG.atInfo()
                    .addKeyValue("workerState", state)
                    .addKeyValue("worker", scheduler.leaseManagementConfig().workerIdentifier())
                    .log("KCL has started");
        } else if (state == WorkerState.SHUT_DOWN_STARTED) {
            LOG.atInfo().addKeyValue("workerState", state).log("KCL is shutting down");
        }
    }

    @Override
    public void onAllInitializationAttemptsFailed(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) root = root.getCause();
        end(ExitCode.ACCESS, "KCL could not be initialized: " + root.getMessage(), cause);
    }

    /** Logs first: once the exit code is there, the JVM ends. */
    private synchronized void end(int code, String reason, Throwable cause) {
        if (exitCode.isDone()) return;
        log(code, reason, cause);
        exitCode.complete(code);
    }

    private static void log(int code, String message, Throwable cause) {
        if (code == ExitCode.OK) LOG.info(message, cause);
        else LOG.error(message, cause);
    }
}
