package crossaccountkcl.kcl;

import crossaccountkcl.TrackedStreams;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/** KCL takes the aggregates of all streams apart with one object, and does not say which stream they are of. */
public final class AggregatesOfStreams extends AggregatorUtil {
    private final Map<StreamIdentifier, AggregatorUtil> aggregates = new ConcurrentHashMap<>();
    private final TrackedStreams streams;
    private final KinesisAsyncClient kinesis;

    public AggregatesOfStreams(TrackedStreams streams, KinesisAsyncClient kinesis) {
        this.streams = streams;
        this.kinesis = kinesis;
    }

    AggregatorUtil of(StreamIdentifier stream) {
        return aggregates.computeIfAbsent(
                stream, it -> new DroppedAggregates(new RecordPlacement(streams.arnOf(it), kinesis)));
    }

    @Override
    public List<KinesisClientRecord> deaggregate(
            List<KinesisClientRecord> records, BigInteger startingHashKey, BigInteger endingHashKey) {
        throw new UnsupportedOperationException("the stream is unknown: LeavableTasks takes that of the shard");
    }
}
