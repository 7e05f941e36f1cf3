package crossaccountkcl.kcl;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import software.amazon.kinesis.lifecycle.ConsumerTask;
import software.amazon.kinesis.lifecycle.TaskResult;
import software.amazon.kinesis.lifecycle.TaskType;

/**
 * A task that counts as done once its shard is left: KCL then takes the shard's next step, which is its shutdown. The task
 * may be waiting for its next attempt, or for an answer of Kinesis that never comes, so it has a thread of its own.
 *
 * @param left whether the shard is left, and the task therefore without effect from now on
 */
record LeavableTask(ConsumerTask task, BooleanSupplier left) implements ConsumerTask {
    private static final long LOOK_MILLIS = 100;
    /** Shards begin all at once; the threads for it are not needed afterwards. */
    private static final long IDLE_MILLIS = 1_000;
    // Not KCL's: its threads may all be taken by the tasks that wait here.
    private static final ExecutorService THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            IDLE_MILLIS,
            TimeUnit.MILLISECONDS,
            new SynchronousQueue<>(),
            LeavableTask::daemon);

    @Override
    public TaskResult call() {
        if (left.getAsBoolean()) return new TaskResult(null);
        Future<TaskResult> result = THREADS.submit(task::call);
        while (true) {
            try {
                return result.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (left.getAsBoolean()) return new TaskResult(null);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new TaskResult(e);
            } catch (ExecutionException e) {
                // KCL's tasks return their exceptions; what they throw is for the scheduler.
                if (e.getCause() instanceof Error error) throw error;
                return new TaskResult(e);
            }
        }
    }

    @Override
    public TaskType taskType() {
        return task.taskType();
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "before-delivery");
        thread.setDaemon(true);
        return thread;
    }
}
