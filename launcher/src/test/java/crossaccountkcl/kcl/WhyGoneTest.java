package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import crossaccountkcl.Fakes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.arns.Arn;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.kinesis.common.StreamIdentifier;

class WhyGoneTest {
    private static final String ARN = Fakes.STREAM_ARN;
    private static final String CONSUMER = ARN + "/consumer/c:1700000000";
    private static final StreamIdentifier STREAM = StreamIdentifier.singleStreamInstance(Arn.fromString(ARN));
    private static final long CREATED = 1_700_000_000;
    private static final String POLLED = "[{'streamArn':'" + ARN + "','streamCreatedAt':" + CREATED + "}]";
    private static final String WITH_CONSUMER =
            "[{'streamArn':'" + ARN + "','streamCreatedAt':" + CREATED + ",'consumerArn':'" + CONSUMER + "'}]";

    private static final RuntimeException NOT_FOUND =
            ResourceNotFoundException.builder().message("not found").build();
    private static final RuntimeException DENIED =
            AccessDeniedException.builder().message("not authorized").build();
    private static final RuntimeException THROTTLED =
            LimitExceededException.builder().message("rate exceeded").build();

    /** When the stream was created, or what the call fails with. */
    private Object stream = Instant.ofEpochSecond(CREATED, 987_000_000);

    private Object consumer = ConsumerStatus.ACTIVE;
    private final List<String> asked = new ArrayList<>();

    private final Fakes.NoKinesis kinesis = new Fakes.NoKinesis() {
        @Override
        public CompletableFuture<DescribeStreamSummaryResponse> describeStreamSummary(
                DescribeStreamSummaryRequest request) {
            asked.add(request.streamARN());
            if (stream instanceof Throwable failure) return Fakes.failed(failure);
            return CompletableFuture.completedFuture(DescribeStreamSummaryResponse.builder()
                    .streamDescriptionSummary(it -> it.streamCreationTimestamp((Instant) stream))
                    .build());
        }

        @Override
        public CompletableFuture<DescribeStreamConsumerResponse> describeStreamConsumer(
                DescribeStreamConsumerRequest request) {
            assertEquals(DescribeStreamConsumerRequest.builder().consumerARN(CONSUMER).build(), request);
            asked.add(request.consumerARN());
            if (consumer instanceof Throwable failure) return Fakes.failed(failure);
            return CompletableFuture.completedFuture(DescribeStreamConsumerResponse.builder()
                    .consumerDescription(it -> it.consumerStatus((ConsumerStatus) consumer))
                    .build());
        }
    };

    private String whyGone(String streams) {
        return new ShardStates(Fakes.streams(streams), kinesis, Duration.ZERO).whyGone(STREAM);
    }

    @Test
    void whatIsThereIsNotGone() {
        assertNull(whyGone(POLLED));
        assertNull(whyGone(WITH_CONSUMER));
        assertEquals(List.of(ARN, ARN, CONSUMER), asked);
    }

    @Test
    void aStreamThatKinesisDoesNotFindIsGone() {
        stream = NOT_FOUND;
        assertEquals("the stream " + ARN + " does not exist any more", whyGone(POLLED));
        assertEquals("the stream " + ARN + " does not exist any more", whyGone("[{'streamArn':'" + ARN + "'}]"));
    }

    @Test
    void aStreamThatWasCreatedAtAnotherTimeWasMadeAgain() {
        stream = Instant.ofEpochSecond(CREATED + 1);
        String madeAgain = "the stream " + ARN + " was deleted and made again; its leases are those of the stream before";
        assertEquals(madeAgain, whyGone(WITH_CONSUMER));
        assertNull(whyGone("[{'streamArn':'" + ARN + "'}]"), "when it was created was not known");
    }

    @Test
    void aConsumerThatIsDeletedOrBeingDeletedIsGone() {
        String gone = "the consumer " + CONSUMER + " does not exist any more; a new one has another ARN";
        for (Object answer : List.of(NOT_FOUND, ConsumerStatus.DELETING)) {
            consumer = answer;
            assertEquals(gone, whyGone(WITH_CONSUMER));
            assertNull(whyGone(POLLED));
        }
    }

    @Test
    void whatKinesisDoesNotTellIsNotGone() {
        for (Object no : List.of(DENIED, THROTTLED)) {
            stream = no;
            consumer = no;
            assertNull(whyGone(WITH_CONSUMER));
        }
    }

    @Test
    void asksForTheConsumerAlsoWhenTheStreamIsNotTold() {
        stream = DENIED;
        consumer = NOT_FOUND;
        assertEquals(
                "the consumer " + CONSUMER + " does not exist any more; a new one has another ARN",
                whyGone(WITH_CONSUMER));
    }
}
