package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.ExitCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.TaskOutcome;
import software.amazon.kinesis.lifecycle.TaskType;
import software.amazon.kinesis.lifecycle.events.TaskExecutionListenerInput;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

class SkippedBatchesTest {
    private final List<Integer> stops = new ArrayList<>();
    private final SkippedBatches batches = new SkippedBatches((code, reason, cause) -> stops.add(code));

    private static TaskExecutionListenerInput input(String shard, TaskType type, TaskOutcome outcome) {
        return TaskExecutionListenerInput.builder()
                .shardInfo(new ShardInfo(shard, "token", List.of(), ExtendedSequenceNumber.LATEST))
                .taskType(type)
                .taskOutcome(outcome)
                .build();
    }

    private void begin(String shard, TaskType type) {
        batches.beforeTaskExecution(input(shard, type, null));
    }

    private void end(String shard, TaskOutcome outcome) {
        batches.afterTaskExecution(input(shard, TaskType.PROCESS, outcome));
    }

    @Test
    void letsPassWhatEndsWell() {
        begin("a", TaskType.INITIALIZE);
        begin("a", TaskType.PROCESS);
        begin("b", TaskType.PROCESS);
        end("a", TaskOutcome.SUCCESSFUL);
        begin("a", TaskType.PROCESS);
        end("a", TaskOutcome.END_OF_SHARD);
        begin("a", TaskType.SHUTDOWN);

        assertEquals(List.of(), stops);
    }

    @Test
    void skipsAllBehindABatchThatKclHasSkippedAndStopsTheWorkerOnce() {
        begin("a", TaskType.PROCESS); // and KCL fails before the record processor

        assertThrows(IllegalStateException.class, () -> begin("a", TaskType.PROCESS));
        assertThrows(IllegalStateException.class, () -> begin("a", TaskType.PROCESS));

        assertEquals(List.of(ExitCode.DAEMON), stops);
        begin("b", TaskType.PROCESS);
        begin("a", TaskType.SHUTDOWN_NOTIFICATION); // for the checkpoint before it
    }

    @Test
    void takesABatchThatFailedForSkipped() {
        begin("a", TaskType.PROCESS);
        end("a", TaskOutcome.FAILURE);

        assertEquals(List.of(ExitCode.DAEMON), stops);
        assertThrows(IllegalStateException.class, () -> begin("a", TaskType.PROCESS));
        assertEquals(1, stops.size());
    }

    @Test
    void beginsAnewWithANewConsumer() {
        begin("a", TaskType.PROCESS);
        begin("a", TaskType.INITIALIZE);
        begin("a", TaskType.PROCESS);

        assertEquals(List.of(), stops);
    }
}
