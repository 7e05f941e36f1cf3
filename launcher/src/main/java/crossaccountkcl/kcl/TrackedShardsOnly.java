package crossaccountkcl.kcl;

import crossaccountkcl.TrackedStreams;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.leases.ShardPrioritization;

/**
 * Keeps KCL from reading streams that are not configured any more. As long as their leases stand in the table, KCL
 * assigns them to workers, makes up an ARN from account, name and its own region, and reads on.
 */
public final class TrackedShardsOnly implements ShardPrioritization {
    private static final Logger LOG = LoggerFactory.getLogger(TrackedShardsOnly.class);

    private final ShardPrioritization stock;
    private final TrackedStreams streams;
    private final Set<String> reported = ConcurrentHashMap.newKeySet();

    public TrackedShardsOnly(ShardPrioritization stock, TrackedStreams streams) {
        this.stock = stock;
        this.streams = streams;
    }

    @Override
    public List<ShardInfo> prioritize(List<ShardInfo> original) {
        return stock.prioritize(original.stream().filter(this::isTracked).toList());
    }

    private boolean isTracked(ShardInfo shard) {
        String stream = shard.streamIdentifierSerOpt().orElse(null);
        if (stream == null || streams.identifiers().contains(StreamIdentifier.multiStreamInstance(stream))) return true;
        if (reported.add(stream)) {
            LOG.warn("The lease table has leases of {}, which is not configured any more: it is not read", stream);
        }
        return false;
    }
}
