package crossaccountkcl.run;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.StopSignal;
import crossaccountkcl.aws.ConnectionFailure;
import crossaccountkcl.kcl.LeaseRelease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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
    /** For leases to be given back where the grace is over; Node waits 5 s longer than that. */
    private static final long RELEASE_MILLIS = 3_000;

    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
    private final Duration grace;
    private final List<Runnable> onStop = new ArrayList<>();
    private volatile Scheduler scheduler;
    private volatile LeaseRelease release;
    private WorkerState state = WorkerState.CREATED;
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
        step("the log", () -> log(code, "Stopping, because " + reason, cause));
        if (state == WorkerState.CREATED) {
            // No lease was taken, so there is nothing to checkpoint or to release.
            exitCode.complete(code);
            return;
        }
        // The children of the multilang transport: they leave what they have not begun.
        onStop.forEach(leave -> step("the record processors", leave));
        // From here on no lease is deleted: a shard whose end was refused is in the manager's queue.
        step("the deletion of leases", () -> scheduler.leaseCleanupManager().shutdown());
        try {
            if (state == WorkerState.STARTED) stop();
            else stopInitialization();
        } catch (RuntimeException | Error e) {
            // Nobody else would end the run, and the thread that asked for the stop has its own work to do.
            end(failureCode(), "the stop failed: " + e, e);
        }
    }

    /** A step that fails must not keep those after it. */
    private void step(String what, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            stopCode = failureCode();
            LOG.error("While stopping: {} failed", what, e);
        }
    }

    /**
     * Not on this thread, which may be the one that sees that Node is gone: KCL holds a lease's lock while it tries to
     * renew the lease, which takes a minute if DynamoDB throttles.
     */
    private void stop() {
        CompletableFuture.runAsync(() -> release = new LeaseRelease(scheduler), WorkerRun::inThread)
                .thenCompose(noted -> scheduler.startGracefulShutdown())
                .thenApplyAsync(graceful -> graceful && release.run(), WorkerRun::inThread)
                .orTimeout(grace.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((graceful, failure) -> {
                    if (failure == null && graceful) exitCode.complete(stopCode());
                    else releaseTheRest(failure);
                });
    }

    /** KCL can't be stopped while it initializes; but leases may have been assigned to this worker already. */
    private void stopInitialization() {
        CompletableFuture.runAsync(() -> new LeaseRelease(scheduler).run(), WorkerRun::inThread)
                .orTimeout(Math.min(grace.toMillis(), RELEASE_MILLIS), TimeUnit.MILLISECONDS)
                .whenComplete((done, failure) -> {
                    if (failure != null) LOG.warn("Leases may not have been given back; they expire", failure);
                    exitCode.complete(stopCode());
                });
    }

    /** Not everything has stopped; the leases of the shards that have are given back all the same. */
    private void releaseTheRest(Throwable failure) {
        String reason = "not everything stopped within " + grace.toMillis() + " ms";
        try {
            LeaseRelease noted = release;
            if (noted == null) {
                end(failureCode(), reason, failure);
                return;
            }
            Set<String> unfinished = noted.unfinished();
            String which = unfinished.isEmpty() ? "" : ": " + String.join(", ", unfinished);
            CompletableFuture.runAsync(noted::run, WorkerRun::inThread)
                    .orTimeout(RELEASE_MILLIS, TimeUnit.MILLISECONDS)
                    .whenComplete((done, late) -> end(failureCode(), reason + which, failure));
        } catch (RuntimeException | Error e) {
            if (failure != null) e.addSuppressed(failure);
            end(failureCode(), reason, e);
        }
    }

    private static void inThread(Runnable work) {
        Thread thread = new Thread(work, "stop");
        thread.setDaemon(true);
        thread.start();
    }

    private synchronized int stopCode() {
        return stopCode;
    }

    /** A stop that failed never ends with 0. */
    private synchronized int failureCode() {
        return stopCode == ExitCode.OK ? ExitCode.DAEMON : stopCode;
    }

    @Override
    public synchronized void onStop(Runnable leave) {
        if (stopping) leave.run();
        else onStop.add(leave);
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

    @Override
    public void onWorkerStateChange(WorkerState now) {
        boolean tooLate = note(now);
        // It would begin to read, while its leases are given back.
        if (tooLate) exitCode.join();
    }

    /**
     * Node takes the fields for its own: whether this worker is ready, and which leases are its.
     *
     * @return whether KCL has started only after the stop had begun
     */
    private synchronized boolean note(WorkerState now) {
        boolean started = now == WorkerState.STARTED;
        if (started && stopping) return true;
        if (state != WorkerState.STARTED) state = now;
        if (started) {
            LOG.atInfo()
                    .addKeyValue("workerState", now)
                    .addKeyValue("worker", scheduler.leaseManagementConfig().workerIdentifier())
                    .log("KCL has started");
        } else if (now == WorkerState.SHUT_DOWN_STARTED) {
            LOG.atInfo().addKeyValue("workerState", now).log("KCL is shutting down");
        }
        return false;
    }

    @Override
    public void onAllInitializationAttemptsFailed(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) root = root.getCause();
        String connection = ConnectionFailure.of(cause);
        String reason = connection == null ? root.getMessage() : connection;
        end(ExitCode.ACCESS, "KCL could not be initialized: " + reason, cause);
    }

    /** Logs first: once the exit code is there, the JVM ends. */
    private synchronized void end(int code, String reason, Throwable cause) {
        if (exitCode.isDone()) return;
        try {
            log(code, reason, cause);
        } finally {
            exitCode.complete(code);
        }
    }

    private static void log(int code, String message, Throwable cause) {
        if (code == ExitCode.OK) LOG.info(message, cause);
        else LOG.error(message, cause);
    }
}
