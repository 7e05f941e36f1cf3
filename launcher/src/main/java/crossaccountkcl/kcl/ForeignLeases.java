package crossaccountkcl.kcl;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.TrackedStreams;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.MultiStreamLease;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Refuses leases of an earlier stream of the same name, whose checkpoints Kinesis would refuse. Node has compared them
 * before the start and says more (src/leases/foreign-leases.ts, which has the same rules); this one has KCL's own clients.
 *
 * @param table the lease table's name
 */
record ForeignLeases(String table, KinesisAsyncClient kinesis, TrackedStreams streams) {
    private static final Logger LOG = LoggerFactory.getLogger(ForeignLeases.class);
    private static final long TIMEOUT_SECONDS = 15;

    /**
     * @param leases read before, so that a shard that came in between is listed
     * @throws LauncherException for the first lease that can't be of its stream
     */
    void verify(List<Map<String, AttributeValue>> leases) {
        for (StreamIdentifier stream : streams.identifiers()) {
            String prefix = streams.isMultiStream() ? MultiStreamLease.getLeaseKey(stream.serialize(), "") : "";
            var own = leases.stream().filter(lease -> text(lease, "leaseKey").startsWith(prefix)).toList();
            if (own.isEmpty()) continue;
            String arn = streams.arnOf(stream);
            Map<String, Shard> shards;
            try {
                shards = list(arn);
            } catch (RuntimeException e) {
                LOG.warn("The shards of {} can't be listed: whether its leases are of the stream as it is now is unknown", arn, e);
                continue;
            }
            for (var lease : own) {
                String reason = whyForeign(lease, text(lease, "leaseKey").substring(prefix.length()), shards);
                if (reason != null) throw refusal(arn, text(lease, "leaseKey") + ": " + reason);
            }
        }
    }

    private static String whyForeign(Map<String, AttributeValue> lease, String shardId, Map<String, Shard> shards) {
        Shard shard = shards.get(shardId);
        if (shard == null) {
            // The ids are as long as each other and numbered; closed shards vanish, the newest are open.
            boolean newer = !shards.isEmpty() && shards.keySet().stream().allMatch(id -> isBefore(id, shardId));
            return newer ? "the stream has no such shard, and never had" : null;
        }
        if (differs(lease, "startingHashKey", shard.hashKeyRange() == null ? null : shard.hashKeyRange().startingHashKey())
                || differs(lease, "endingHashKey", shard.hashKeyRange() == null ? null : shard.hashKeyRange().endingHashKey())) {
            return "its hash keys are not those of the shard";
        }
        String checkpoint = text(lease, "checkpoint");
        ShardListing listing = new ShardListing(shardId, shard, null);
        if (checkpoint.equals("SHARD_END")) {
            return listing.isClosed() ? null : "it is read to its end, and the shard is open";
        }
        if (!checkpoint.matches("[0-9]+")) return null;
        return listing.contains(new ExtendedSequenceNumber(checkpoint))
                ? null
                : "its checkpoint " + checkpoint + " is none of the shard's sequence numbers";
    }

    private static boolean isBefore(String id, String shardId) {
        return id.matches("shardId-[0-9]+") && id.length() == shardId.length() && id.compareTo(shardId) < 0;
    }

    private static boolean differs(Map<String, AttributeValue> lease, String name, String ofShard) {
        String ofLease = text(lease, name);
        return !ofLease.isEmpty() && ofShard != null && !ofLease.equals(ofShard);
    }

    private static String text(Map<String, AttributeValue> lease, String name) {
        AttributeValue value = lease.get(name);
        return value == null || value.s() == null ? "" : value.s();
    }

    private Map<String, Shard> list(String arn) {
        Map<String, Shard> shards = new HashMap<>();
        ShardListing.shards(arn, page -> kinesis.listShards(page).orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join())
                .forEach(shard -> shards.put(shard.shardId(), shard));
        return shards;
    }

    private LauncherException refusal(String arn, String proof) {
        return new LauncherException(
                ExitCode.CONFIGURATION,
                "the lease table " + table + " has leases that are not of the stream " + arn + " as it is now (" + proof
                        + "): the stream was deleted and made again, or the end of a shard was stored by mistake. Delete these"
                        + " leases, or use another applicationName (docs/streams.md)");
    }
}
