package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.Fakes;
import crossaccountkcl.kcl.LeavableTasks.Initialization;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.kinesis.lifecycle.ConsumerTask;
import software.amazon.kinesis.lifecycle.TaskResult;
import software.amazon.kinesis.lifecycle.TaskType;
import software.amazon.kinesis.lifecycle.events.InitializationInput;

@Timeout(120)
class LeavableTaskTest {
    private final AtomicBoolean left = new AtomicBoolean();

    private LeavableTask task(Supplier<TaskResult> call) {
        ConsumerTask task = new ConsumerTask() {
            @Override
            public TaskResult call() {
                return call.get();
            }

            @Override
            public TaskType taskType() {
                return TaskType.INITIALIZE;
            }
        };
        return new LeavableTask(task, left::get);
    }

    @Test
    void isTheTaskWhileItsShardIsNotLeft() {
        TaskResult failed = new TaskResult(new IllegalStateException("refused"));
        LeavableTask task = task(() -> failed);
        assertSame(failed, task.call());
        assertEquals(TaskType.INITIALIZE, task.taskType());
    }

    @Test
    void isDoneAndDoesNothingOnceItsShardIsLeft() {
        left.set(true);
        TaskResult result = task(() -> {
            throw new AssertionError("called");
        }).call();
        assertNull(result.getException());
        assertFalse(result.isShardEndReached());
    }

    @Test
    void isDoneWhenItsShardIsLeftWhileItHangs() {
        CountDownLatch never = new CountDownLatch(1);
        TaskResult result = task(() -> {
            left.set(true);
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return new TaskResult(new IllegalStateException("too late"));
        }).call();
        assertNull(result.getException());
        never.countDown();
    }

    @Test
    void tellsWhatTheTaskThrows() {
        Error defect = new NoSuchMethodError("gone");
        assertSame(defect, assertThrows(NoSuchMethodError.class, () -> task(() -> {
            throw defect;
        }).call()));
        RuntimeException failure = new IllegalStateException("x");
        assertSame(failure, task(() -> {
            throw failure;
        }).call().getException().getCause());
    }

    /** Hundreds of shards begin at once: each thread takes memory. */
    @Test
    void itsThreadEndsSoonAfterIt() throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        task(() -> {
            thread.set(Thread.currentThread());
            return new TaskResult(null);
        }).call();
        thread.get().join();
    }

    @Test
    void anInitializationIsEitherBegunOrPrevented() {
        List<String> calls = new ArrayList<>();
        Initialization begun = new Initialization(new Noting(calls));
        begun.initialize(InitializationInput.builder().build());
        assertFalse(begun.prevent());
        assertFalse(begun.prevent());

        Initialization prevented = new Initialization(new Noting(calls));
        assertTrue(prevented.prevent());
        prevented.initialize(InitializationInput.builder().build());
        assertTrue(prevented.prevent());
        assertEquals(List.of("initialize"), calls);
    }

    private record Noting(List<String> calls) implements Fakes.IdleProcessor {
        @Override
        public void initialize(InitializationInput input) {
            calls.add("initialize");
        }
    }
}
