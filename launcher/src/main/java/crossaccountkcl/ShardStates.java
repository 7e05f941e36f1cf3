package crossaccountkcl;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
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
            if (isMadeAgain(stream, arn)) {
                return "the stream " + arn + " was deleted and made again; its leases are those of the stream before";
            }
            // Shards are listed until the last of their records has expired.
            if (shard == null) return null;
        } catch (CompletionException e) {
            if (e.getCause() instanceof ResourceNotFoundException) {
                return "the stream " + arn + " does not exist any more";
            }
            return "KCL took the shard " + shardId + " of " + arn + " for ended, which Kinesis did not confirm: "
                    + e.getCause().getMessage();
        }
        return streams.consumerArnOf(stream)
                .map(consumer -> "the consumer " + consumer + " does not exist any more; a new one has another ARN")
                .orElse("Kinesis did not find the shard " + shardId + " of " + arn + ", and lists it as open");
    }

    private boolean isMadeAgain(StreamIdentifier stream, String arn) {
        Long known = streams.createdAt(stream).orElse(null);
        if (known == null) return false;
        var summary = answer(() -> kinesis.describeStreamSummary(request -> request.streamARN(arn)));
        return summary.streamDescriptionSummary().streamCreationTimestamp().getEpochSecond() != known;
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
