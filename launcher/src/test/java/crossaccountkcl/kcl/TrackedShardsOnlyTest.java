package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.Fakes;
import crossaccountkcl.TrackedStreams;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.leases.NoOpShardPrioritization;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.leases.ShardPrioritization;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

class TrackedShardsOnlyTest {
    private static final String ORDERS = "111111111111:orders:1700000000";
    private static final TrackedStreams STREAMS =
            Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "','creationEpoch':1700000000}]");
    private static final ShardPrioritization STOCK = new NoOpShardPrioritization();

    private final CapturedLog log = new CapturedLog(TrackedShardsOnly.class);

    @AfterEach
    void endLog() {
        log.close();
    }

    private static ShardInfo shard(String stream, int number) {
        return new ShardInfo("shard-" + number, "token", List.of(), ExtendedSequenceNumber.LATEST, stream);
    }

    private static List<ShardInfo> prioritize(ShardPrioritization prioritization, ShardInfo... shards) {
        return prioritization.prioritize(List.of(shards));
    }

    @Test
    void leavesOutTheShardsOfAStreamThatIsNotConfigured() {
        assertEquals(
                List.of(shard(ORDERS, 1)),
                prioritize(
                        new TrackedShardsOnly(STOCK, STREAMS),
                        shard("111111111111:former:1700000000", 1),
                        shard(ORDERS, 1),
                        shard("222222222222:orders:1700000000", 1)));
    }

    @Test
    void leavesOutTheShardsOfAFormerStreamOfTheSameName() {
        assertEquals(
                List.of(),
                prioritize(new TrackedShardsOnly(STOCK, STREAMS), shard("111111111111:orders:1600000000", 1)));
    }

    @Test
    void warnsOnceOfEachFormerStream() {
        TrackedShardsOnly only = new TrackedShardsOnly(STOCK, STREAMS);
        for (int round = 0; round < 3; round++) {
            prioritize(only, shard("1:former:1", 1), shard("1:former:1", 2), shard("1:older:1", 1), shard(ORDERS, 1));
        }
        List<String> warnings = log.warnings();
        assertEquals(2, warnings.size(), warnings.toString());
        assertTrue(warnings.get(0).contains("leases of 1:former:1, which is not configured"), warnings.get(0));
        assertTrue(warnings.get(1).contains("leases of 1:older:1, which is not configured"), warnings.get(1));
    }

    @Test
    void keepsTheStockOrderAndGivesItNoOtherShards() {
        List<ShardInfo> given = new ArrayList<>();
        ShardPrioritization reversed = shards -> {
            given.addAll(shards);
            List<ShardInfo> result = new ArrayList<>(shards);
            Collections.reverse(result);
            return result;
        };
        assertEquals(
                List.of(shard(ORDERS, 3), shard(ORDERS, 1), shard(ORDERS, 2)),
                prioritize(
                        new TrackedShardsOnly(reversed, STREAMS),
                        shard(ORDERS, 2), shard("1:former:1", 9), shard(ORDERS, 1), shard(ORDERS, 3)));
        assertEquals(List.of(shard(ORDERS, 2), shard(ORDERS, 1), shard(ORDERS, 3)), given);
    }

    @Test
    void passesShardsOfTheSingleStreamFormWhichNameNoStream() {
        TrackedStreams single = Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "'}]");
        assertEquals(
                List.of(shard(null, 2), shard(null, 1)),
                prioritize(new TrackedShardsOnly(STOCK, single), shard(null, 2), shard(null, 1)));
        assertEquals(List.of(), log.warnings());
    }
}
