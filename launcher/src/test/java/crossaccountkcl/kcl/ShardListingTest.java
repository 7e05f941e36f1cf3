package crossaccountkcl.kcl;

import static crossaccountkcl.Fakes.ListedShards.closed;
import static crossaccountkcl.Fakes.ListedShards.open;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.Fakes;
import crossaccountkcl.aws.PatientCalls;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

class ShardListingTest {
    private static final ListShardsRequest FIRST_PAGE =
            ListShardsRequest.builder().streamARN(Fakes.STREAM_ARN).build();
    private static final ExtendedSequenceNumber ONE = new ExtendedSequenceNumber("1");

    private final Fakes.ListedShards kinesis = new Fakes.ListedShards();

    private ShardListing listing(String shardId) {
        return ShardListing.of(Fakes.STREAM_ARN, shardId, kinesis, new PatientCalls(Duration.ZERO));
    }

    private static ListShardsRequest page(String token) {
        return ListShardsRequest.builder().nextToken(token).build();
    }

    @Test
    void looksForTheShardOnFollowingPagesWhichTheTokenAloneNames() {
        kinesis.page("t", closed("shard-2"));
        kinesis.page("u", open("shard-3"));
        kinesis.page(null, open("shard-1"));
        assertEquals(open("shard-1"), listing("shard-1").shard());
        assertEquals(List.of(FIRST_PAGE, page("t"), page("u")), kinesis.asked);
    }

    @Test
    void asksForNoMorePagesThanItNeeds() {
        kinesis.page("t", closed("shard-1"));
        assertTrue(listing("shard-1").isClosed());
        assertEquals(List.of(FIRST_PAGE), kinesis.asked);
    }

    @Test
    void triesThePageAgainThatFailed() {
        kinesis.page("t", open("shard-2"));
        kinesis.fail(LimitExceededException.builder().message("rate exceeded").build());
        kinesis.page(null, open("shard-1"));
        assertFalse(listing("shard-1").isClosed());
        assertEquals(List.of(FIRST_PAGE, page("t"), page("t")), kinesis.asked);
    }

    /** Of a closed shard, "1" to "2", and of an open one from "1". */
    @ParameterizedTest
    @CsvSource({
        "0, false, false",
        "1, true, true",
        "2, true, true",
        "3, false, true",
        "99999999999999999999, false, true"
    })
    void aShardContainsTheSequenceNumbersOfItsRange(String number, boolean inClosed, boolean inOpen) {
        ExtendedSequenceNumber position = new ExtendedSequenceNumber(number);
        kinesis.page(null, closed("shard-1"), open("shard-2"));
        ShardListing closed = listing("shard-1");
        assertEquals(inClosed, closed.contains(position));
        assertEquals(!inClosed, closed.contradicts(position));
        kinesis.page(null, closed("shard-1"), open("shard-2"));
        ShardListing open = listing("shard-2");
        assertEquals(inOpen, open.contains(position));
        assertEquals(!inOpen, open.contradicts(position));
    }

    @ParameterizedTest
    @CsvSource({"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"})
    void aPositionWithoutANumberProvesNothing(String position) {
        kinesis.page(null, closed("shard-1"));
        ShardListing closed = listing("shard-1");
        assertFalse(closed.contains(new ExtendedSequenceNumber(position)));
        assertFalse(closed.contradicts(new ExtendedSequenceNumber(position)));
    }

    /** The emulator of the tests gives such. */
    @Test
    void takesAnEndBelowTheStartForNoBound() {
        Shard shard = closed("shard-1");
        kinesis.page(null, shard.copy(it -> it.sequenceNumberRange(
                range -> range.startingSequenceNumber("10").endingSequenceNumber("9"))));
        ShardListing listing = listing("shard-1");
        assertTrue(listing.contains(new ExtendedSequenceNumber("11")));
        assertFalse(listing.contains(new ExtendedSequenceNumber("9")));
    }

    @Test
    void aStreamNeverHadAShardWithAHigherNumberThanAnyListedOne() {
        kinesis.page("t", open("shard-2"));
        kinesis.page(null, open("shard-10"), open("shard-3"));
        ShardListing expired = listing("shard-9");
        assertNull(expired.shard());
        assertFalse(expired.contradicts(ONE));
        assertFalse(expired.contains(ONE));

        kinesis.page(null, open("shard-10"));
        assertTrue(listing("shard-11").contradicts(ONE));
        kinesis.page(null);
        assertTrue(listing("shard-0").contradicts(ONE));
    }
}
