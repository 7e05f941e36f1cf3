package crossaccountkcl.kcl;

import static crossaccountkcl.Fakes.ListedShards.closed;
import static crossaccountkcl.Fakes.ListedShards.open;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.Fakes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.arns.Arn;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

class ShardStatesTest {
    private static final String ARN = Fakes.STREAM_ARN;
    private static final String OTHER = ARN.replace("111111111111", "222222222222");
    private static final String CONSUMER = ARN + "/consumer/c:1700000000";
    private static final StreamIdentifier STREAM = StreamIdentifier.singleStreamInstance(Arn.fromString(ARN));
    private static final ListShardsRequest FIRST_PAGE = ListShardsRequest.builder().streamARN(ARN).build();
    private static final String GONE_CONSUMER =
            "the consumer " + CONSUMER + " does not exist any more; a new one has another ARN";
    private static final String OPEN =
            "Kinesis did not find the shard shard-1 of " + ARN + ", and lists the shard as open";
    private static final String UNCONFIRMED =
            "KCL took the shard shard-1 of " + ARN + " for ended, which Kinesis did not confirm: not authorized";

    private static final long CREATED = 1_700_000_000;
    private static final String MADE_AGAIN =
            "the stream " + ARN + " was deleted and made again; its leases are those of the stream before";

    private static final RuntimeException ACCESS_DENIED =
            AccessDeniedException.builder().message("not authorized").build();
    private static final RuntimeException NOT_FOUND =
            ResourceNotFoundException.builder().message("not found").build();
    private static final RuntimeException THROTTLED =
            LimitExceededException.builder().message("rate exceeded").build();
    private static final RuntimeException UNREACHABLE = SdkClientException.create("no route to host");

    private final Queue<Object> summaries = new ArrayDeque<>();
    private final List<String> summarized = new ArrayList<>();

    /** One that knows when the stream was created, if the test tells it. */
    private final Fakes.ListedShards kinesis = new Fakes.ListedShards() {
        @Override
        public CompletableFuture<DescribeStreamSummaryResponse> describeStreamSummary(
                DescribeStreamSummaryRequest request) {
            assertEquals(DescribeStreamSummaryRequest.builder().streamARN(request.streamARN()).build(), request);
            summarized.add(request.streamARN());
            Object answer = summaries.isEmpty() ? Instant.ofEpochSecond(CREATED) : summaries.remove();
            if (answer instanceof Throwable failure) return Fakes.failed(failure);
            return CompletableFuture.completedFuture(DescribeStreamSummaryResponse.builder()
                    .streamDescriptionSummary(it -> it.streamCreationTimestamp((Instant) answer))
                    .build());
        }

        @Override
        public CompletableFuture<GetShardIteratorResponse> getShardIterator(GetShardIteratorRequest request) {
            return rest == null
                    ? super.getShardIterator(request)
                    : CompletableFuture.completedFuture(GetShardIteratorResponse.builder()
                            .shardIterator("first")
                            .build());
        }

        @Override
        public CompletableFuture<GetRecordsResponse> getRecords(GetRecordsRequest request) {
            return CompletableFuture.completedFuture(
                    GetRecordsResponse.builder().records(rest).build());
        }
    };

    /** What the shard holds behind the position; null if Kinesis does not find it. */
    private List<Record> rest;

    /** What Kinesis says of the shard's end: that it has children. */
    private ReportedEnds.End reported = new ReportedEnds.End(null, true, null);

    private ExtendedSequenceNumber position = new ExtendedSequenceNumber("1", 0L);

    private void concludedByKcl() {
        reported = new ReportedEnds.End(null, false, null);
    }

    /** Of shard-1 of a stream without a consumer. */
    private String whyNotEnded() {
        return why("[{'streamArn':'" + ARN + "'}]", STREAM);
    }

    private String whyNotEndedWithConsumer() {
        return why("[{'streamArn':'" + ARN + "','consumerArn':'" + CONSUMER + "'}]", STREAM);
    }

    /** Of a stream of which Node has found out when it was created. */
    private String whyNotEndedSinceCreated() {
        return why("[{'streamArn':'" + ARN + "','streamCreatedAt':" + CREATED + "}]", STREAM);
    }

    private String why(String streams, StreamIdentifier stream) {
        return new ShardStates(Fakes.streams(streams), kinesis, Duration.ZERO)
                .whyNotEnded(stream, "shard-1", position, reported);
    }

    private void denyAccess() {
        kinesis.fail(ACCESS_DENIED);
    }

    private void createdAt(long second) {
        summaries.add(Instant.ofEpochSecond(second, 987_000_000));
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

    /** It may be one of a stream of that name before, which this one never had. */
    @Test
    void aShardThatIsNotListedAnyMoreHasNotEndedIfItIsUnknownWhenTheStreamWasCreated() {
        kinesis.page(null, open("shard-2"), open("shard-11"));
        assertEquals(
                "Kinesis does not list the shard shard-1 of " + ARN + ", and it is unknown whether this stream had it or"
                        + " an earlier one of the same name. If this one had it, it has expired: delete its lease from"
                        + " the lease table",
                whyNotEnded());
    }

    @Test
    void anOpenShardOfAConsumerHasNotEndedButTheConsumerIsGone() {
        concludedByKcl();
        kinesis.consumerIsGone = true;
        kinesis.page(null, closed("shard-2"), open("shard-1"));
        assertEquals(GONE_CONSUMER, whyNotEndedWithConsumer());
    }

    @Test
    void anOpenShardWithoutConsumerHasNotEnded() {
        concludedByKcl();
        kinesis.page(null, open("shard-1"));
        assertEquals(OPEN, whyNotEnded());
    }

    @Test
    void noShardHasEndedBecauseTheStreamIsGone() {
        kinesis.fail(NOT_FOUND);
        summaries.add(NOT_FOUND);
        assertEquals("the stream " + ARN + " does not exist any more", whyNotEndedWithConsumer());
    }

    @Test
    void aShardOfWhichKinesisSaysNothingHasNotEnded() {
        denyAccess();
        assertEquals(UNCONFIRMED, whyNotEnded());
    }

    @Test
    void anErrorOnTheSecondPageIsNoEnd() {
        kinesis.page("t", open("shard-2"));
        denyAccess();
        assertEquals(UNCONFIRMED, whyNotEnded());
    }

    @Test
    void noShardOfAStreamThatWasMadeAgainHasEnded() {
        kinesis.page(null, open("shard-2")); // not listed
        createdAt(CREATED + 1);
        assertEquals(MADE_AGAIN, whyNotEndedSinceCreated());
        assertEquals(List.of(ARN), summarized);
    }

    @Test
    void anOpenShardOfTheSameIdInAStreamThatWasMadeAgainHasNotEnded() {
        kinesis.page(null, open("shard-1"));
        createdAt(CREATED + 1);
        assertEquals(MADE_AGAIN, whyNotEndedSinceCreated());
    }

    @Test
    void aStreamThatWasMadeAgainIsToldApartFromAGoneConsumer() {
        concludedByKcl();
        kinesis.consumerIsGone = true;
        String streams = "[{'streamArn':'" + ARN + "','consumerArn':'" + CONSUMER + "','streamCreatedAt':" + CREATED + "}]";
        kinesis.page(null, open("shard-1"));
        createdAt(CREATED + 1);
        assertEquals(MADE_AGAIN, why(streams, STREAM));
        kinesis.page(null, open("shard-1"));
        assertEquals(GONE_CONSUMER, why(streams, STREAM));
    }

    @Test
    void aShardThatIsNotListedAnyMoreOfTheSameStreamHasEnded() {
        kinesis.page(null, open("shard-2"));
        createdAt(CREATED);
        assertNull(whyNotEndedSinceCreated());
        assertEquals(List.of(ARN), summarized);
    }

    @Test
    void anOpenShardOfTheSameStreamHasNotEnded() {
        concludedByKcl();
        kinesis.page(null, open("shard-1"));
        createdAt(CREATED);
        assertEquals(OPEN, whyNotEndedSinceCreated());
    }

    @Test
    void noClosedShardOfAStreamThatWasMadeAgainHasEnded() {
        kinesis.page(null, closed("shard-1"));
        createdAt(CREATED + 1);
        assertEquals(MADE_AGAIN, whyNotEndedSinceCreated());
    }

    /** With many shards that end at once DescribeStreamSummary is throttled, and must stop nobody. */
    @Test
    void takesTheSequenceNumbersOfAShardForTheStreamWhoseCreationKinesisDoesNotTell() {
        kinesis.page(null, closed("shard-1"));
        summaries.add(ACCESS_DENIED);
        assertNull(whyNotEndedSinceCreated());
    }

    /** As in the shards between, when the number of shards is changed: they are closed within seconds. */
    @Test
    void takesAnEmptyShardWhoseEndKinesisReportedForTheStreamsToo() {
        position = ExtendedSequenceNumber.TRIM_HORIZON;
        kinesis.page(null, closed("shard-1"));
        summaries.add(ACCESS_DENIED);
        assertNull(whyNotEndedSinceCreated());
        kinesis.page(null, closed("shard-1"));
        createdAt(CREATED + 1);
        assertEquals(MADE_AGAIN, whyNotEndedSinceCreated());
        concludedByKcl();
        kinesis.page(null, closed("shard-1"));
        summaries.add(ACCESS_DENIED);
        assertEquals(UNCONFIRMED, whyNotEndedSinceCreated());
    }

    @Test
    void aShardWithAHigherNumberThanAnyListedOneIsOfAnotherStream() {
        kinesis.page(null, open("shard-0"));
        assertEquals(notOfThisStream(), whyNotEndedSinceCreated());
        kinesis.page(null);
        assertEquals(notOfThisStream(), whyNotEndedSinceCreated());
    }

    private String notOfThisStream() {
        return "the lease of shard-1 at " + position.sequenceNumber() + " is not of the stream " + ARN
                + " as it is now: the stream was deleted and made again";
    }

    @Test
    void warnsOfWhatMayHaveExpiredUnread() {
        try (CapturedLog log = new CapturedLog(ShardStates.class)) {
            kinesis.page(null, open("shard-2"));
            assertNull(whyNotEndedSinceCreated());
            assertEquals(List.of(), ofShard1(log), "Kinesis itself said the end");
            concludedByKcl();
            kinesis.page(null, open("shard-2"));
            assertNull(whyNotEndedSinceCreated());
            assertEquals(
                    List.of("The shard shard-1 of " + ARN + " has expired: Kinesis does not list it any more. It counts as"
                            + " ended; records behind 1 that were not read are lost"),
                    ofShard1(log));
        }
    }

    /** ListShards may be behind. */
    @Test
    void readsAShardThatIsNotListedIfKinesisFindsIt() {
        concludedByKcl();
        rest = List.of(Record.builder()
                .sequenceNumber("2")
                .data(SdkBytes.fromUtf8String("data"))
                .build());
        kinesis.page(null, open("shard-2"));
        assertEquals(
                "the shard shard-1 of " + ARN + " has records behind 1 that were not read", whyNotEndedSinceCreated());
        rest = List.of();
        kinesis.page(null, open("shard-2"));
        assertNull(whyNotEndedSinceCreated());
    }

    /** Without those of test classes that run beside this one. */
    private static List<String> ofShard1(CapturedLog log) {
        return log.warnings().stream().filter(warning -> warning.contains("shard-1 ")).toList();
    }

    @Test
    void asksForTheCreationOfTheShardsStreamAmongSeveral() {
        String streams = "[{'streamArn':'" + ARN + "','creationEpoch':1,'streamCreatedAt':1},"
                + "{'streamArn':'" + OTHER + "','creationEpoch':1,'streamCreatedAt':2}]";
        kinesis.page(null, open("shard-2"));
        createdAt(2);
        assertNull(why(streams, StreamIdentifier.multiStreamInstance("222222222222:orders:1")));
        assertEquals(List.of(OTHER), summarized);
    }

    @Test
    void aStreamThatIsGoneAfterItsShardsWereListedIsGone() {
        kinesis.page(null);
        for (int i = 0; i < 2; i++) summaries.add(NOT_FOUND);
        assertEquals("the stream " + ARN + " does not exist any more", whyNotEndedSinceCreated());
        assertEquals(2, summarized.size());
    }

    @Test
    void aShardOfAStreamWhoseCreationKinesisDoesNotTellHasNotEnded() {
        kinesis.page(null);
        summaries.add(ACCESS_DENIED);
        assertEquals(UNCONFIRMED, whyNotEndedSinceCreated());
        assertEquals(1, summarized.size());
    }

    @Test
    void givesUpAfterFiveAttemptsAndTheShardHasNotEnded() {
        for (int i = 0; i < 4; i++) kinesis.fail(UNREACHABLE);
        kinesis.fail(THROTTLED);
        kinesis.page(null, closed("shard-1")); // too late
        String reason = whyNotEnded();
        assertEquals(UNCONFIRMED.replace("not authorized", THROTTLED.getMessage()), reason);
        assertEquals(5, kinesis.asked.size());
    }

    /** By the identifier that KCL makes out of a lease's key. */
    @Test
    void asksForTheShardsStreamAmongSeveral() {
        concludedByKcl();
        kinesis.page(null, open("shard-1"));
        String reason = why(
                "[{'streamArn':'" + ARN + "','creationEpoch':1,'consumerArn':'" + CONSUMER + "'},"
                        + "{'streamArn':'" + OTHER + "','creationEpoch':2}]",
                StreamIdentifier.multiStreamInstance("222222222222:orders:2"));
        assertEquals("Kinesis did not find the shard shard-1 of " + OTHER + ", and lists the shard as open", reason);
        assertEquals(List.of(ListShardsRequest.builder().streamARN(OTHER).build()), kinesis.asked);
    }

    @Test
    void asksForNoStreamThatIsNotConfigured() {
        StreamIdentifier unknown = StreamIdentifier.multiStreamInstance("222222222222:orders:2");
        assertThrows(IllegalArgumentException.class, () -> why("[{'streamArn':'" + ARN + "'}]", unknown));
        assertEquals(List.of(), kinesis.asked);
    }
}
