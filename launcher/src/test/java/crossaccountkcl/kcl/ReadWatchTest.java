package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.Fakes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.kinesis.common.StreamIdentifier;

class ReadWatchTest {
    private static final String CONSUMER = Fakes.STREAM_ARN + "/consumer/c:1700000000";
    private static final RuntimeException NOT_FOUND =
            ResourceNotFoundException.builder().message("not found").build();
    private static final RuntimeException OTHER_STREAM = InvalidArgumentException.builder()
            .message("StartingSequenceNumber 49 used in GetShardIterator on shard shard-1 in stream orders under account"
                    + " 111111111111 is invalid because it did not come from this stream.")
            .build();

    private final BlockingQueue<String> stops = new LinkedBlockingQueue<>();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private boolean consumerIsGone;

    private final ShardStates shards = new ShardStates(
            Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "','streamCreatedAt':1700000000,'consumerArn':'"
                    + CONSUMER + "'}]"),
            new Fakes.NoKinesis() {
                @Override
                public CompletableFuture<DescribeStreamSummaryResponse> describeStreamSummary(
                        DescribeStreamSummaryRequest request) {
                    asked.add("DescribeStreamSummary");
                    return CompletableFuture.completedFuture(DescribeStreamSummaryResponse.builder()
                            .streamDescriptionSummary(
                                    it -> it.streamCreationTimestamp(Instant.ofEpochSecond(1_700_000_000)))
                            .build());
                }

                @Override
                public CompletableFuture<DescribeStreamConsumerResponse> describeStreamConsumer(
                        DescribeStreamConsumerRequest request) {
                    asked.add("DescribeStreamConsumer");
                    return consumerIsGone
                            ? Fakes.failed(NOT_FOUND)
                            : CompletableFuture.completedFuture(DescribeStreamConsumerResponse.builder()
                                    .consumerDescription(it -> it.consumerStatus("ACTIVE"))
                                    .build());
                }
            },
            Duration.ZERO);
    private final ReadWatch watch = new ReadWatch(
            new ShardReads(shards.streams()), shards, (code, reason, cause) -> stops.add(code + " " + reason));
    private final StreamIdentifier stream = shards.streams().identifiers().iterator().next();

    private void fail(Throwable failure) {
        watch.failed(stream, "shard-1", "GetShardIterator", failure);
    }

    private String stop() throws InterruptedException {
        return stops.poll(10, TimeUnit.SECONDS);
    }

    private void awaitAsked() throws InterruptedException {
        while (asked.size() < 2) Thread.sleep(5);
    }

    /** Long enough for a stop that should not be. */
    private void assertNoStop() throws InterruptedException {
        assertNull(stops.poll(200, TimeUnit.MILLISECONDS));
    }

    /** Whatever the state of the shard is: a worker may hold closed shards only. */
    @Test
    void stopsWhenTheConsumerIsGone() throws Exception {
        consumerIsGone = true;
        fail(new CompletionException(NOT_FOUND));
        assertEquals(
                "3 the consumer " + CONSUMER + " does not exist any more; a new one has another ARN."
                        + " The checkpoints stay where they are",
                stop());
    }

    @Test
    void stopsNothingWhenStreamAndConsumerAreThere() throws Exception {
        fail(NOT_FOUND);
        awaitAsked();
        assertNoStop();
    }

    @Test
    void stopsWhenTheCheckpointIsOfAnotherStreamAlsoIfItIsNotKnownWhichWasThereBefore() throws Exception {
        fail(OTHER_STREAM);
        String stop = stop();
        assertTrue(
                stop.startsWith("3 the checkpoint of shard-1 did not come from the stream " + Fakes.STREAM_ARN
                        + " as it is now: it was deleted and made again"),
                stop);
    }

    @Test
    void asksNothingOfOtherFailures() throws Exception {
        fail(AccessDeniedException.builder().message("no").build());
        fail(InvalidArgumentException.builder().message("the timestamp is in the future").build());
        assertNoStop();
        assertEquals(List.of(), asked);
    }

    @Test
    void asksOnceHoweverOftenAndFastItFails() throws Exception {
        for (int i = 0; i < 100; i++) fail(NOT_FOUND);
        awaitAsked();
        assertNoStop();
        assertEquals(List.of("DescribeStreamSummary", "DescribeStreamConsumer"), asked);
    }
}
