package crossaccountkcl;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/**
 * Says which KPL aggregates KCL takes out of a batch. KCL (3.5.1) drops a whole aggregate without a word as soon as one
 * of its records has a hash key outside the shard's range, counting on the producer to have put it again. The KPL does
 * so when a shard was split under it; other encoders may not.
 */
public final class DroppedAggregates extends AggregatorUtil {
    private static final Logger LOG = LoggerFactory.getLogger(DroppedAggregates.class);

    @Override
    public List<KinesisClientRecord> deaggregate(
            List<KinesisClientRecord> records, BigInteger startingHashKey, BigInteger endingHashKey) {
        List<KinesisClientRecord> kept = super.deaggregate(records, startingHashKey, endingHashKey);
        List<String> dropped = without(kept, records);
        if (!dropped.isEmpty()) {
            LOG.error(
                    "KCL dropped {} of {} records, KPL aggregates that hold nothing or a hash key outside the shard's"
                            + " range {} to {}: unless their producer has put them again, what they hold is lost."
                            + " Sequence numbers {} to {}. See docs/kpl.md",
                    dropped.size(),
                    records.size(),
                    startingHashKey,
                    endingHashKey,
                    dropped.get(0),
                    dropped.get(dropped.size() - 1));
        }
        return kept;
    }

    /** The sequence numbers that nothing was kept of; both lists are in one order. */
    private static List<String> without(List<KinesisClientRecord> kept, List<KinesisClientRecord> records) {
        List<String> dropped = new ArrayList<>();
        int at = 0;
        for (KinesisClientRecord record : records) {
            int from = at;
            while (at < kept.size() && kept.get(at).sequenceNumber().equals(record.sequenceNumber())) at++;
            if (at == from) dropped.add(record.sequenceNumber());
        }
        return dropped;
    }
}
