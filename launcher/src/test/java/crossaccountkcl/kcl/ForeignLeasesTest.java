package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.LauncherException;
import crossaccountkcl.TrackedStreams;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.Shard;

class ForeignLeasesTest {
    private static final TrackedStreams SINGLE = Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "'}]");
    private static final TrackedStreams MULTI =
            Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "','creationEpoch':1700000000}]");
    private static final String PREFIX = "111111111111:orders:1700000000:";

    private final Fakes.ListedShards kinesis = new Fakes.ListedShards();

    private static Map<String, AttributeValue> lease(String key, String checkpoint) {
        return new HashMap<>(Map.of(
                "leaseKey", AttributeValue.fromS(key), "checkpoint", AttributeValue.fromS(checkpoint)));
    }

    private static Shard shard(int number, String first, String last) {
        return Shard.builder()
                .shardId(id(number))
                .hashKeyRange(range -> range.startingHashKey("0").endingHashKey("9"))
                .sequenceNumberRange(range -> range.startingSequenceNumber(first).endingSequenceNumber(last))
                .build();
    }

    private static String id(int number) {
        return String.format("shardId-%012d", number);
    }

    @SafeVarargs
    private void verify(TrackedStreams streams, Map<String, AttributeValue>... leases) {
        new ForeignLeases("app", kinesis, streams).verify(List.of(leases));
    }

    @SafeVarargs
    private void assertRefuses(String reason, TrackedStreams streams, Map<String, AttributeValue>... leases) {
        LauncherException e = assertThrows(LauncherException.class, () -> verify(streams, leases));
        assertEquals(ExitCode.CONFIGURATION, e.exitCode());
        assertTrue(e.getMessage().contains(reason), e.getMessage());
        assertTrue(e.getMessage().startsWith("the lease table app has leases that are not of the stream"));
    }

    @Test
    void leasesOfTheStreamPass() {
        kinesis.page(null, shard(1, "100", "200"), shard(2, "100", null));
        assertDoesNotThrow(() -> verify(
                SINGLE, lease(id(0), "5"), lease(id(1), "SHARD_END"), lease(id(1), "200"), lease(id(2), "LATEST"), lease(id(2), "100")));
        kinesis.page(null, shard(0, "100", "7"));
        assertDoesNotThrow(() -> verify(SINGLE, lease(id(0), "101")));
    }

    @Test
    void aCheckpointOutsideTheShardIsRefused() {
        for (String outside : List.of("99", "201")) {
            kinesis.page(null, shard(0, "100", "200"), shard(1, "100", null));
            assertRefuses(id(0) + ": its checkpoint " + outside + " is none", SINGLE, lease(id(0), outside));
        }
    }

    @Test
    void anOpenShardThatCountsAsReadIsRefused() {
        kinesis.page(null, shard(0, "100", null));
        assertRefuses("read to its end, and the shard is open", SINGLE, lease(id(0), "SHARD_END"));
    }

    @Test
    void aShardThatTheStreamNeverHadIsRefused() {
        kinesis.page("next", shard(0, "100", null));
        kinesis.page(null, shard(9, "100", null));
        assertRefuses(id(10) + ": the stream has no such shard", SINGLE, lease(id(10), "TRIM_HORIZON"));
        assertEquals("next", kinesis.asked.get(1).nextToken());
    }

    @Test
    void otherHashKeysAreRefused() {
        kinesis.page(null, shard(0, "100", null));
        var lease = lease(id(0), "150");
        lease.put("startingHashKey", AttributeValue.fromS("0"));
        lease.put("endingHashKey", AttributeValue.fromS("8"));
        assertRefuses("its hash keys are not those of the shard", SINGLE, lease);
    }

    @Test
    void onlyTheLeasesOfTheEpochThatIsReadCount() {
        kinesis.page(null, shard(0, "100", null));
        assertDoesNotThrow(() ->
                verify(MULTI, lease("111111111111:orders:1600000000:" + id(0), "5"), lease(PREFIX + id(0), "150")));
        kinesis.page(null, shard(0, "100", null));
        assertRefuses(PREFIX + id(0) + ": its checkpoint 5", MULTI, lease(PREFIX + id(0), "5"));
    }

    @Test
    void withoutLeasesNothingIsAsked() {
        verify(SINGLE);
        assertEquals(0, kinesis.asked.size());
    }

    @Test
    void shardsThatCantBeListedRefuseNothing() {
        try (CapturedLog log = new CapturedLog(ForeignLeases.class)) {
            kinesis.fail(KinesisException.builder().message("denied").build());
            assertDoesNotThrow(() -> verify(SINGLE, lease(id(0), "5")));
            assertTrue(log.warnings().get(0).contains("can't be listed"));
        }
    }
}
