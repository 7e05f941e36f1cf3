package crossaccountkcl;

import static crossaccountkcl.Fakes.ListedShards.closed;
import static crossaccountkcl.Fakes.ListedShards.open;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.arns.Arn;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.kinesis.common.StreamIdentifier;

class ShardStatesTest {
    private static final String ARN = Fakes.STREAM_ARN;
    private static final String OTHER = ARN.replace("111111111111", "222222222222");
    private static final String CONSUMER = ARN + "/consumer/c:1700000000";
    private static final StreamIdentifier STREAM = StreamIdentifier.singleStreamInstance(Arn.fromString(ARN));
    private static final ListShardsRequest FIRST_PAGE = ListShardsRequest.builder().streamARN(ARN).build();
    private static final String GONE_CONSUMER =
            "the consumer " + CONSUMER + " does not exist any more; a new one has another ARN";
    private static final String OPEN = "Kinesis did not find the shard shard-1 of " + ARN + ", and lists it as open";
    private static final String UNCONFIRMED =
            "KCL took the shard shard-1 of " + ARN + " for ended, which Kinesis did not confirm: not authorized";

    private final Fakes.ListedShards kinesis = new Fakes.ListedShards();

    /** Of shard-1 of a stream without a consumer. */
    private String whyNotEnded() {
        return why("[{'streamArn':'" + ARN + "'}]", STREAM);
    }

    private String whyNotEndedWithConsumer() {
        return why("[{'streamArn':'" + ARN + "','consumerArn':'" + CONSUMER + "'}]", STREAM);
    }

    private String why(String streams, StreamIdentifier stream) {
        return new ShardStates(Fakes.streams(streams), kinesis).whyNotEnded(stream, "shard-1");
    }

    private void denyAccess() {
        kinesis.fail(AccessDeniedException.builder().message("not authorized").build());
    }

    @Test
    void aClosedShardHasEnded() {
        kinesis.page(null, open("shard-2"), closed("shard-1"));
        assertNull(whyNotEnded());
        assertEquals(List.of(FIRST_PAGE), kinesis.asked);
    }

    @Test
    void aClosedShardOfAConsumerHasEnded() {
        kinesis.page(null, closed("shard-1"));
        assertNull(whyNotEndedWithConsumer());
    }

    @Test
    void aShardThatIsNotListedAnyMoreHasEnded() {
        kinesis.page(null, open("shard-2"), open("shard-11"));
        assertNull(whyNotEnded());
    }

    @Test
    void anOpenShardOfAConsumerHasNotEndedButTheConsumerIsGone() {
        kinesis.page(null, closed("shard-2"), open("shard-1"));
        assertEquals(GONE_CONSUMER, whyNotEndedWithConsumer());
    }

    @Test
    void anOpenShardWithoutConsumerHasNotEnded() {
        kinesis.page(null, open("shard-1"));
        assertEquals(OPEN, whyNotEnded());
    }

    @Test
    void noShardHasEndedBecauseTheStreamIsGone() {
        kinesis.fail(ResourceNotFoundException.builder().message("not found").build());
        assertEquals("the stream " + ARN + " does not exist any more", whyNotEndedWithConsumer());
    }

    @Test
    void aShardOfWhichKinesisSaysNothingHasNotEnded() {
        denyAccess();
        assertEquals(UNCONFIRMED, whyNotEnded());
    }

    @Test
    void looksForTheShardOnFollowingPagesWhichTheTokenAloneNames() {
        kinesis.page("t", closed("shard-2"));
        kinesis.page("u", open("shard-3"));
        kinesis.page(null, open("shard-1"));
        assertEquals(OPEN, whyNotEnded());
        assertEquals(
                List.of(
                        FIRST_PAGE,
                        ListShardsRequest.builder().nextToken("t").build(),
                        ListShardsRequest.builder().nextToken("u").build()),
                kinesis.asked);
    }

    @Test
    void aClosedShardOnTheSecondPageHasEnded() {
        kinesis.page("t", open("shard-2"));
        kinesis.page(null, closed("shard-1"));
        assertNull(whyNotEnded());
    }

    @Test
    void asksForNoMorePagesThanItNeeds() {
        kinesis.page("t", closed("shard-1"));
        assertNull(whyNotEnded());
        assertEquals(1, kinesis.asked.size());
    }

    @Test
    void anErrorOnTheSecondPageIsNoEnd() {
        kinesis.page("t", open("shard-2"));
        denyAccess();
        assertEquals(UNCONFIRMED, whyNotEnded());
    }

    /** By the identifier that KCL makes out of a lease's key. */
    @Test
    void asksForTheShardsStreamAmongSeveral() {
        kinesis.page(null, open("shard-1"));
        String reason = why(
                "[{'streamArn':'" + ARN + "','creationEpoch':1,'consumerArn':'" + CONSUMER + "'},"
                        + "{'streamArn':'" + OTHER + "','creationEpoch':2}]",
                StreamIdentifier.multiStreamInstance("222222222222:orders:2"));
        assertEquals("Kinesis did not find the shard shard-1 of " + OTHER + ", and lists it as open", reason);
        assertEquals(List.of(ListShardsRequest.builder().streamARN(OTHER).build()), kinesis.asked);
    }

    @Test
    void asksForNoStreamThatIsNotConfigured() {
        StreamIdentifier unknown = StreamIdentifier.multiStreamInstance("222222222222:orders:2");
        assertThrows(IllegalArgumentException.class, () -> why("[{'streamArn':'" + ARN + "'}]", unknown));
        assertEquals(List.of(), kinesis.asked);
    }
}
