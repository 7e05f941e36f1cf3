package crossaccountkcl.kcl;

import crossaccountkcl.ExitCode;
import crossaccountkcl.StopSignal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.TaskExecutionListener;
import software.amazon.kinesis.lifecycle.TaskOutcome;
import software.amazon.kinesis.lifecycle.TaskType;
import software.amazon.kinesis.lifecycle.events.TaskExecutionListenerInput;

/**
 * Holds the promise that no record is lost where KCL breaks it: when something fails around the record processor, KCL
 * logs "The incoming data has been skipped" and hands over the next batch, whose checkpoint then covers the lost one
 * (ShardConsumerSubscriber.onNext in KCL 3.5.1). Here the shard gets no other batch and the worker stops; after the
 * restart the records come again.
 */
public final class SkippedBatches implements TaskExecutionListener {
    private enum Batch {
        UNDER_WAY,
        SKIPPED
    }

    private final StopSignal stop;
    private final Map<String, Batch> batches = new ConcurrentHashMap<>();

    public SkippedBatches(StopSignal stop) {
        this.stop = stop;
    }

    /** @throws IllegalStateException for a batch behind one that was skipped, so that it is skipped too */
    @Override
    public void beforeTaskExecution(TaskExecutionListenerInput input) {
        String shard = ShardInfo.getLeaseKey(input.shardInfo());
        if (input.taskType() == TaskType.INITIALIZE) batches.remove(shard);
        if (input.taskType() != TaskType.PROCESS) return;
        Batch before = batches.put(shard, Batch.UNDER_WAY);
        // One that ended is not there any more. Of one that failed before KCL came to it, nothing else is said.
        if (before == null) return;
        batches.put(shard, Batch.SKIPPED);
        if (before == Batch.UNDER_WAY) stop(stop, shard);
        throw new IllegalStateException("KCL has skipped a batch of " + shard + ": those behind it must not be handled");
    }

    @Override
    public void afterTaskExecution(TaskExecutionListenerInput input) {
        if (input.taskType() != TaskType.PROCESS) return;
        String shard = ShardInfo.getLeaseKey(input.shardInfo());
        if (input.taskOutcome() != TaskOutcome.FAILURE) {
            batches.remove(shard);
            return;
        }
        batches.put(shard, Batch.SKIPPED);
        stop(stop, shard);
    }

    /** @param shard the lease's key */
    static void stop(StopSignal stop, String shard) {
        stop.request(
                ExitCode.DAEMON,
                "KCL has skipped records of " + shard + ", and the log above says why. They are not checkpointed and"
                        + " come again after a restart",
                null);
    }
}
