package crossaccountkcl;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.common.StreamIdentifier;

/**
 * Asks Kinesis whether a shard has really ended. Calls block.
 *
 * @param delay between two attempts of a call that failed for want of an answer or of capacity
 */
public record ShardStates(TrackedStreams streams, KinesisAsyncClient kinesis, Duration delay) {
    private static final Logger LOG = LoggerFactory.getLogger(ShardStates.class);
    private static final int ATTEMPTS = 5;

    public ShardStates(TrackedStreams streams, KinesisAsyncClient kinesis) {
        this(streams, kinesis, Duration.ofSeconds(1));
    }

    /** @return why the shard has not ended, or null if it has */
    String whyNotEnded(StreamIdentifier stream, String shardId) {
        String arn = streams.arnOf(stream);
        try {
            Shard shard = find(arn, shardId);
            if (shard != null && shard.sequenceNumberRange().endingSequenceNumber() != null) return null;
            if (streams.createdAt(stream).isPresent() && isMadeAgain(stream, arn)) return madeAgain(arn);
            // Shards are listed until the last of their records has expired.
            if (shard == null) return null;
        } catch (CompletionException e) {
            if (isNotFound(e)) return gone(arn);
            return "KCL took the shard " + shardId + " of " + arn + " for ended, which Kinesis did not confirm: "
                    + e.getCause().getMessage();
        }
        return streams.consumerArnOf(stream)
                .map(ShardStates::goneConsumer)
                .orElse("Kinesis did not find the shard " + shardId + " of " + arn + ", and lists it as open");
    }

    /**
     * Asks whether the stream, or the registered consumer that it is read by, is still there.
     *
     * @return why nothing can be read any more, for the log; or null if Kinesis does not say so: a call that is denied or
     *     gets no answer proves nothing
     */
    String whyGone(StreamIdentifier stream) {
        String arn = streams.arnOf(stream);
        try {
            if (isMadeAgain(stream, arn)) return madeAgain(arn);
        } catch (CompletionException e) {
            if (isNotFound(e)) return gone(arn);
            LOG.info("It is unknown whether {} is still there: {}", arn, e.getCause().getMessage());
        }
        return streams.consumerArnOf(stream).filter(this::isGone).map(ShardStates::goneConsumer).orElse(null);
    }

    private boolean isGone(String consumerArn) {
        try {
            var answer = answer(() -> kinesis.describeStreamConsumer(request -> request.consumerARN(consumerArn)));
            return answer.consumerDescription().consumerStatus() == ConsumerStatus.DELETING;
        } catch (CompletionException e) {
            if (isNotFound(e)) return true;
            LOG.info("It is unknown whether {} is still there: {}", consumerArn, e.getCause().getMessage());
            return false;
        }
    }

    private static boolean isNotFound(CompletionException e) {
        return e.getCause() instanceof ResourceNotFoundException;
    }

    private static String gone(String arn) {
        return "the stream " + arn + " does not exist any more";
    }

    private static String madeAgain(String arn) {
        return "the stream " + arn + " was deleted and made again; its leases are those of the stream before";
    }

    private static String goneConsumer(String arn) {
        return "the consumer " + arn + " does not exist any more; a new one has another ARN";
    }

    private boolean isMadeAgain(StreamIdentifier stream, String arn) {
        var summary = answer(() -> kinesis.describeStreamSummary(request -> request.streamARN(arn)));
        long now = summary.streamDescriptionSummary().streamCreationTimestamp().getEpochSecond();
        return streams.createdAt(stream).filter(known -> known != now).isPresent();
    }

    private Shard find(String arn, String shardId) {
        ListShardsRequest next = ListShardsRequest.builder().streamARN(arn).build();
        while (true) {
            ListShardsRequest request = next;
            ListShardsResponse page = answer(() -> kinesis.listShards(request));
            List<Shard> shards = page.shards();
            for (Shard shard : shards) if (shard.shardId().equals(shardId)) return shard;
            if (page.nextToken() == null) return null;
            next = ListShardsRequest.builder().nextToken(page.nextToken()).build();
        }
    }

    /** Tries again what the AWS SDK has given up, unless it was a clear no. */
    private <T> T answer(Supplier<CompletableFuture<T>> call) {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.get().join();
            } catch (CompletionException e) {
                boolean no = e.getCause() instanceof ResourceNotFoundException
                        || e.getCause() instanceof AccessDeniedException;
                if (no || attempt == ATTEMPTS) throw e;
                pause();
            }
        }
    }

    private void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(delay.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
