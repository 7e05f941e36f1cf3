package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.LauncherException;
import crossaccountkcl.TrackedStreams;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.kinesis.leases.EntityType;

class LeaseTableCheckTest {
    private static final String ARN = Fakes.STREAM_ARN;
    private static final String OTHER = ARN.replace("111111111111", "222222222222");
    private static final TrackedStreams SINGLE = Fakes.streams("[{'streamArn':'" + ARN + "'}]");
    private static final TrackedStreams MULTI =
            Fakes.streams("[{'streamArn':'" + ARN + "','creationEpoch':1700000000}]");
    private static final TrackedStreams OF_TWO_ACCOUNTS = Fakes.streams("[{'streamArn':'" + ARN
            + "','creationEpoch':1700000000},{'streamArn':'" + OTHER + "','creationEpoch':1700000000}]");
    private static final String SHARD = "shardId-000000000000";
    private static final String OURS = "111111111111:orders:1700000000:" + SHARD;
    private static final String EARLIER = "111111111111:orders:1600000000:" + SHARD;
    private static final String AGAIN =
            ": they would not be found, and everything that is retained read again (docs/streams.md)";
    private static final String OF_ONE_STREAM = "the lease table app has leases like " + SHARD
            + ", of an application that tracks one stream without its creation epoch" + AGAIN;

    private final List<ScanRequest> scanned = new ArrayList<>();
    private final Queue<CompletableFuture<ScanResponse>> pages = new ArrayDeque<>();

    private final Fakes.NoDynamoDb dynamoDb = new Fakes.NoDynamoDb() {
        @Override
        public CompletableFuture<ScanResponse> scan(ScanRequest request) {
            scanned.add(request);
            return pages.remove();
        }
    };

    private static Map<String, AttributeValue> key(String leaseKey) {
        return Map.of("leaseKey", AttributeValue.fromS(leaseKey));
    }

    /** @param last where the next page goes on, or null */
    private void page(String last, String... keys) {
        pages.add(CompletableFuture.completedFuture(ScanResponse.builder()
                .items(Stream.of(keys).map(LeaseTableCheckTest::key).toList())
                .lastEvaluatedKey(last == null ? null : key(last))
                .build()));
    }

    private void verify(TrackedStreams streams, boolean allowEpochChange) {
        new LeaseTableCheck(streams, allowEpochChange)
                .verify(Fakes.configs(dynamoDb).leaseManagementConfig());
    }

    private void assertAccepts(TrackedStreams streams, String... keys) {
        page(null, keys);
        assertDoesNotThrow(() -> verify(streams, false));
        assertEquals(0, pages.size());
    }

    private void assertRefuses(String message, TrackedStreams streams, boolean allowEpochChange) {
        LauncherException e = assertThrows(LauncherException.class, () -> verify(streams, allowEpochChange));
        assertEquals(ExitCode.CONFIGURATION, e.exitCode());
        assertEquals(message, e.getMessage());
    }

    @Test
    void acceptsAnEmptyTable() {
        assertAccepts(SINGLE);
        assertAccepts(MULTI);
    }

    @Test
    void acceptsLeasesOfItsOwnForm() {
        assertAccepts(SINGLE, SHARD, "shardId-000000000001");
        assertAccepts(MULTI, OURS, "111111111111:orders:1700000000:shardId-000000000001");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesLeasesByShardAloneInTheMultiStreamForm(boolean allowEpochChange) {
        page(null, SHARD);
        assertRefuses(OF_ONE_STREAM, MULTI, allowEpochChange);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesLeasesByEpochInTheSingleStreamForm(boolean allowEpochChange) {
        page(null, EARLIER);
        assertRefuses(
                "the lease table app has leases like " + EARLIER
                        + ", of an application that tracks streams by creation epoch" + AGAIN,
                SINGLE,
                allowEpochChange);
    }

    @Test
    void refusesOneLeaseOfTheOtherFormAmongOthers() {
        page(null, OURS, SHARD);
        assertRefuses(OF_ONE_STREAM, MULTI, false);
    }

    /** Whose account, epoch or shard is missing. */
    @ParameterizedTest
    @ValueSource(strings = {"orders:1700000000:shard-1", "111111111111:orders:shard-1", "111111111111:orders:1700000000"})
    void refusesKeysThatOnlyResembleThoseOfTheMultiStreamForm(String key) {
        page(null, key);
        assertRefuses(OF_ONE_STREAM.replace(SHARD, key), MULTI, false);
    }

    @Test
    void refusesLeasesOfOtherEpochsAlone() {
        page(null, EARLIER, "111111111111:orders:1500000000:" + SHARD, EARLIER + "1");
        assertRefuses(
                "the lease table app has leases of 111111111111:orders with creation epoch [1500000000, 1600000000],"
                        + " not 1700000000" + AGAIN,
                MULTI,
                false);
    }

    @Test
    void leavesLeasesOfOtherEpochsBehindIfAllowed() {
        page(null, EARLIER);
        assertDoesNotThrow(() -> verify(MULTI, true));
        assertEquals(1, scanned.size());
    }

    @Test
    void acceptsOtherEpochsBesideItsOwn() {
        assertAccepts(MULTI, EARLIER, OURS);
        assertAccepts(MULTI, OURS, EARLIER);
    }

    @Test
    void acceptsLeasesOfOtherStreamsWhateverTheirEpoch() {
        assertAccepts(
                MULTI,
                "222222222222:orders:1600000000:" + SHARD,
                "111111111111:orders-2:1600000000:" + SHARD,
                "111111111111:my-orders:1600000000:" + SHARD);
    }

    @Test
    void acceptsAStreamThatHasNoLeasesYetBesideOneThatHas() {
        assertAccepts(OF_TWO_ACCOUNTS, OURS);
    }

    @Test
    void refusesAnotherEpochOfTheLastOfItsStreams() {
        page(null, OURS, "222222222222:orders:1600000000:" + SHARD);
        assertRefuses(
                "the lease table app has leases of 222222222222:orders with creation epoch [1600000000], not 1700000000"
                        + AGAIN,
                OF_TWO_ACCOUNTS,
                false);
    }

    @Test
    void readsEveryPage() {
        page(OURS, OURS);
        page("b"); // all of its items were filtered out
        page(null, SHARD);
        assertRefuses(OF_ONE_STREAM, MULTI, false);
        assertEquals(3, scanned.size());
    }

    @Test
    void findsItsEpochOnTheSecondPage() {
        page(EARLIER, EARLIER);
        page(null, OURS);
        assertDoesNotThrow(() -> verify(MULTI, false));
        assertEquals(2, scanned.size());
    }

    @Test
    void readsATableAgainThatIsNotThereForTheFirstCall() {
        pages.add(Fakes.failed(ResourceNotFoundException.builder().message("none").build()));
        assertAccepts(MULTI, OURS);
        assertEquals(2, scanned.size());
    }

    /** Other entities, as the workers' metrics, are in the same table; KCL before 3.5 wrote leases without a type. */
    @Test
    void asksForTheKeysOfLeasesAsTheyAreNow() {
        page("a");
        page(null);
        verify(MULTI, false);
        ScanRequest first = ScanRequest.builder()
                .tableName("app")
                .consistentRead(true)
                .projectionExpression("leaseKey, checkpoint, startingHashKey, endingHashKey")
                .filterExpression("attribute_not_exists(entityType) OR entityType = :lease")
                .expressionAttributeValues(Map.of(":lease", AttributeValue.fromS(EntityType.LEASE.getDdbValue())))
                .build();
        assertEquals(List.of(first, first.toBuilder().exclusiveStartKey(key("a")).build()), scanned);
    }

    @Test
    void saysWhichTableWasRefusedAndInAwssOwnWords() {
        String text = "User: arn:aws:sts::1:assumed-role/r is not authorized to perform: dynamodb:Scan";
        RuntimeException denied = DynamoDbException.builder().message(text).build();
        page("a", OURS);
        for (int page = 1; page <= 2; page++) { // the second page, then the first
            pages.add(Fakes.failed(denied));
            LauncherException e = assertThrows(LauncherException.class, () -> verify(MULTI, true));
            assertEquals(ExitCode.ACCESS, e.exitCode());
            assertEquals("the lease table app can't be used: " + text, e.getMessage());
            assertSame(denied, e.getCause());
        }
        assertEquals(3, scanned.size());
    }
}
