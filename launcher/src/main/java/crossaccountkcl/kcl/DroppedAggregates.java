package crossaccountkcl.kcl;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedList;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/**
 * Takes KPL aggregates apart as KCL (3.5.1) does, and logs those that it drops: it drops a whole aggregate as soon as one
 * of its records has a hash key outside the shard's range, counting on the producer to have put it again. The KPL does
 * so when a shard was split under it; other encoders may not. Where Kinesis distributes the records by itself, hash keys
 * say nothing of the shard, and nothing is dropped for them.
 *
 * <p>One that can't be taken apart is kept as the one record that it is. KCL logs its keys and data instead, drops a part
 * of it, and ends the worker: for the log it needs {@code javax.xml.bind}, which no JDK has.
 */
public final class DroppedAggregates extends AggregatorUtil {
    private static final int NUMBERS_LOGGED = 10;

    private final Logger log;
    private final RecordPlacement placement;

    /** Of a stream whose records are in the shards of their hash keys. */
    public DroppedAggregates() {
        this(LoggerFactory.getLogger(DroppedAggregates.class));
    }

    public DroppedAggregates(Logger log) {
        this(log, null);
    }

    DroppedAggregates(RecordPlacement placement) {
        this(LoggerFactory.getLogger(DroppedAggregates.class), placement);
    }

    private DroppedAggregates(Logger log, RecordPlacement placement) {
        this.log = log;
        this.placement = placement;
    }

    @Override
    public List<KinesisClientRecord> deaggregate(
            List<KinesisClientRecord> records, BigInteger startingHashKey, BigInteger endingHashKey) {
        // KCL takes those up to the checkpoint out of it, one by one: of millions that takes an array minutes.
        List<KinesisClientRecord> kept = new LinkedList<>();
        List<String> dropped = new ArrayList<>();
        List<String> whole = new ArrayList<>();
        String reason = null;
        Placed placed = new Placed(records, startingHashKey, endingHashKey);
        for (KinesisClientRecord record : records) {
            try {
                List<KplAggregate.UserRecord> packed = KplAggregate.read(record.data());
                if (packed == null) kept.add(record);
                else if (packed.isEmpty() || placed.isElsewhere(packed)) dropped.add(record.sequenceNumber());
                else addAll(kept, record, packed);
            } catch (KplAggregate.Malformed e) {
                kept.add(record);
                whole.add(record.sequenceNumber());
                if (reason == null) reason = e.getMessage();
            }
        }
        if (!dropped.isEmpty()) logDropped(dropped, records.size(), startingHashKey, endingHashKey);
        if (!whole.isEmpty()) logWhole(whole, records.size(), reason);
        return kept;
    }

    /** Where the records of one batch belong. Kinesis is asked once for all of them, and only if it matters. */
    private final class Placed {
        private final BigInteger start;
        private final BigInteger end;
        private Boolean byKey;

        Placed(List<KinesisClientRecord> records, BigInteger start, BigInteger end) {
            this.start = start;
            this.end = end;
            boolean anyWithoutKey = records.stream().anyMatch(record -> record.partitionKey() == null);
            if (placement != null && anyWithoutKey) placement.noteRecordWithoutKey();
        }

        boolean isElsewhere(List<KplAggregate.UserRecord> packed) {
            if (packed.stream().allMatch(this::isWithin)) return false;
            if (byKey == null) byKey = placement == null || placement.isByKey();
            return byKey;
        }

        private boolean isWithin(KplAggregate.UserRecord record) {
            return record.hashKey().compareTo(start) >= 0 && record.hashKey().compareTo(end) <= 0;
        }
    }

    private static void addAll(
            List<KinesisClientRecord> kept, KinesisClientRecord aggregate, List<KplAggregate.UserRecord> packed) {
        long subSequenceNumber = 0;
        for (KplAggregate.UserRecord record : packed) {
            kept.add(aggregate.toBuilder()
                    .data(ByteBuffer.wrap(record.data()))
                    .partitionKey(record.partitionKey())
                    .explicitHashKey(record.explicitHashKey())
                    .aggregated(true)
                    .subSequenceNumber(subSequenceNumber++)
                    .build());
        }
    }

    /** Node counts by the field; the same below. */
    private void logDropped(List<String> dropped, int records, BigInteger start, BigInteger end) {
        log.atError()
                .addKeyValue("aggregatesDropped", dropped.size())
                .log(
                        "KCL dropped {} of {} records, KPL aggregates that hold nothing or a hash key outside the"
                                + " shard's range {} to {}: unless their producer has put them again, what they hold is"
                                + " lost. Sequence numbers {} to {}. See docs/kpl.md",
                        dropped.size(),
                        records,
                        start,
                        end,
                        dropped.get(0),
                        dropped.get(dropped.size() - 1));
    }

    private void logWhole(List<String> whole, int records, String reason) {
        String more = whole.size() > NUMBERS_LOGGED ? " and " + (whole.size() - NUMBERS_LOGGED) + " more" : "";
        log.atWarn()
                .addKeyValue("aggregatesHandedOverWhole", whole.size())
                .log(
                        "{} of {} records are KPL aggregates with the right checksum that can't be taken apart, the first"
                                + " for {}: the handler gets each as one record, as it was put. Sequence numbers {}{}."
                                + " See docs/kpl.md",
                        whole.size(),
                        records,
                        reason,
                        whole.stream().limit(NUMBERS_LOGGED).collect(Collectors.joining(", ")),
                        more);
    }
}
