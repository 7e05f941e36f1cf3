package crossaccountkcl.kcl;

import crossaccountkcl.ExitCode;
import crossaccountkcl.StopSignal;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.kinesis.common.StreamIdentifier;

/**
 * Receives every answer and failure of the reads. A failure that may mean that the stream or its consumer is gone, or
 * that the stream was made again, stops the worker once Kinesis confirms it: KCL (3.5.1) tries again for ever, or takes
 * it for the shard's end.
 */
public final class ReadWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ReadWatch.class);
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** Of InvalidArgumentException: the checkpoint is one of a stream that had the same ARN. */
    private static final String OTHER_STREAM = "did not come from this stream";

    private final ShardReads reads;
    private final ShardStates shards;
    private final StopSignal stop;
    /** When each stream may be asked for next. */
    private final Map<StreamIdentifier, Long> due = new ConcurrentHashMap<>();

    public ReadWatch(ShardReads reads, ShardStates shards, StopSignal stop) {
        this.reads = reads;
        this.shards = shards;
        this.stop = stop;
    }

    void read(StreamIdentifier stream, String shardId) {
        reads.read(stream, shardId);
    }

    void failed(StreamIdentifier stream, String shardId, String operation, Throwable failure) {
        reads.failed(stream, shardId, operation, failure);
        boolean isOfOtherStream = isOfOtherStream(failure);
        if (!isOfOtherStream && !has(failure, ResourceNotFoundException.class) || !isDue(stream)) return;
        // Not on this thread: it may be the SDK's own, which the answer needs.
        CompletableFuture.runAsync(() -> stopIfGone(stream, shardId, isOfOtherStream)).exceptionally(unknown -> {
            LOG.warn("It is unknown whether {} is still there", shards.streams().arnOf(stream), unknown);
            return null;
        });
    }

    private void stopIfGone(StreamIdentifier stream, String shardId, boolean isOfOtherStream) {
        String reason = shards.whyGone(stream);
        if (reason == null && isOfOtherStream) {
            reason = "the checkpoint of " + shardId + " did not come from the stream " + shards.streams().arnOf(stream)
                    + " as it is now: it was deleted and made again; its leases are those of the stream before";
        }
        if (reason != null) stop.request(ExitCode.ACCESS, reason + ". The checkpoints stay where they are", null);
    }

    private boolean isDue(StreamIdentifier stream) {
        long now = System.nanoTime();
        boolean[] isDue = {false};
        due.compute(stream, (key, next) -> {
            isDue[0] = next == null || now - next >= 0;
            return isDue[0] ? Long.valueOf(now + INTERVAL_NANOS) : next;
        });
        return isDue[0];
    }

    private static boolean isOfOtherStream(Throwable failure) {
        InvalidArgumentException invalid = find(failure, InvalidArgumentException.class);
        return invalid != null && String.valueOf(invalid.getMessage()).contains(OTHER_STREAM);
    }

    static boolean has(Throwable failure, Class<? extends Throwable> type) {
        return find(failure, type) != null;
    }

    private static <T extends Throwable> T find(Throwable failure, Class<T> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) return type.cast(cause);
        }
        return null;
    }
}
