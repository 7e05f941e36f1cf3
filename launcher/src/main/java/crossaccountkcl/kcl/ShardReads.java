package crossaccountkcl.kcl;

import crossaccountkcl.TrackedStreams;
import crossaccountkcl.aws.AwsFailure;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.TaskExecutionListener;
import software.amazon.kinesis.lifecycle.TaskOutcome;
import software.amazon.kinesis.lifecycle.TaskType;
import software.amazon.kinesis.lifecycle.events.TaskExecutionListenerInput;

/**
 * How the reading of each shard goes: whether its processor is initialized, when it was last read, and why it is not. The
 * ways of retrieval and KCL's tasks report it. Only {@link LeaseReport} forgets a shard, when its lease is gone.
 */
public final class ShardReads implements TaskExecutionListener {
    private final TrackedStreams streams;
    private final Map<Shard, Reading> readings = new ConcurrentHashMap<>();

    public ShardReads(TrackedStreams streams) {
        this.streams = streams;
    }

    /** @param stream the stream's ARN */
    record Shard(String stream, String id) {}

    /** All of one shard. Guarded by itself. */
    static final class Reading {
        private boolean initialized;
        private boolean waitsForParents;
        private boolean processing;
        private Instant readAt;
        private AwsFailure failure;
        private Instant failingSince;
        private long attempts;
        private final Map<String, Long> failures = new TreeMap<>();

        synchronized Snapshot snapshot() {
            return new Snapshot(
                    initialized,
                    waitsForParents,
                    processing,
                    readAt,
                    failure,
                    failingSince,
                    attempts,
                    new TreeMap<>(failures));
        }
    }

    /**
     * @param processing whether its record processor is at work on records: KCL may read no others meanwhile, and a
     *     subscription whose records nobody takes ends with a timeout
     * @param readAt when Kinesis last answered, or null
     * @param failure why Kinesis has not answered since then, or null
     * @param attempts how many times it has failed since then
     * @param failures all that were counted, by error code
     */
    record Snapshot(
            boolean initialized,
            boolean waitsForParents,
            boolean processing,
            Instant readAt,
            AwsFailure failure,
            Instant failingSince,
            long attempts,
            Map<String, Long> failures) {
        static final Snapshot NONE = new Snapshot(false, false, false, null, null, null, 0, Map.of());
    }

    Snapshot of(Shard shard) {
        Reading reading = readings.get(shard);
        return reading == null ? Snapshot.NONE : reading.snapshot();
    }

    void forgetAllBut(Map<Shard, ?> held) {
        readings.keySet().retainAll(held.keySet());
    }

    /** Kinesis has answered a read; it may have given no records. */
    void read(StreamIdentifier stream, String shardId) {
        change(shardOf(stream, shardId), reading -> {
            reading.readAt = Instant.now();
            reading.failure = null;
            reading.failingSince = null;
            reading.attempts = 0;
        });
    }

    void failed(StreamIdentifier stream, String shardId, String operation, Throwable cause) {
        AwsFailure failure = AwsFailure.of(operation, cause);
        change(shardOf(stream, shardId), reading -> {
            if (reading.failure == null) reading.failingSince = Instant.now();
            reading.failure = failure;
            reading.attempts++;
            reading.failures.merge(failure.code(), 1L, Long::sum);
        });
    }

    @Override
    public void beforeTaskExecution(TaskExecutionListenerInput input) {
        processes(input, true);
    }

    @Override
    public void afterTaskExecution(TaskExecutionListenerInput input) {
        processes(input, false);
        Shard shard = shardOf(input.shardInfo());
        if (shard == null) return;
        boolean succeeded = input.taskOutcome() == TaskOutcome.SUCCESSFUL;
        if (input.taskType() == TaskType.INITIALIZE && succeeded) {
            change(shard, reading -> reading.initialized = true);
        }
        if (input.taskType() == TaskType.BLOCK_ON_PARENT_SHARDS) {
            change(shard, reading -> {
                reading.initialized = false; // a consumer's first task: the lease may have been lost in between
                reading.waitsForParents = !succeeded;
            });
        }
    }

    private void processes(TaskExecutionListenerInput input, boolean processing) {
        if (input.taskType() != TaskType.PROCESS) return;
        Shard shard = shardOf(input.shardInfo());
        if (shard != null) change(shard, reading -> reading.processing = processing);
    }

    /** @return null for a lease of a stream that is not configured (any more) */
    Shard shardOf(ShardInfo shard) {
        StreamIdentifier stream = shard.streamIdentifierSerOpt()
                .map(StreamIdentifier::multiStreamInstance)
                .orElseGet(() -> streams.identifiers().iterator().next());
        return streams.identifiers().contains(stream) ? shardOf(stream, shard.shardId()) : null;
    }

    private Shard shardOf(StreamIdentifier stream, String shardId) {
        return new Shard(streams.arnOf(stream), shardId);
    }

    private void change(Shard shard, Consumer<Reading> change) {
        Reading reading = readings.computeIfAbsent(shard, key -> new Reading());
        synchronized (reading) {
            change.accept(reading);
        }
    }
}
