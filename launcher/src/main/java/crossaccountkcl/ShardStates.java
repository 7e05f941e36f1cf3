package crossaccountkcl;

import java.util.List;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.common.StreamIdentifier;

/** Asks Kinesis whether a shard has really ended. Calls block. */
public record ShardStates(TrackedStreams streams, KinesisAsyncClient kinesis) {

    /** @return why the shard has not ended, or null if it has */
    String whyNotEnded(StreamIdentifier stream, String shardId) {
        String arn = streams.arnOf(stream);
        try {
            Shard shard = find(arn, shardId);
            // Shards are listed until the last of their records has expired.
            if (shard == null || shard.sequenceNumberRange().endingSequenceNumber() != null) return null;
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

    private Shard find(String arn, String shardId) {
        ListShardsRequest request = ListShardsRequest.builder().streamARN(arn).build();
        while (true) {
            ListShardsResponse page = kinesis.listShards(request).join();
            List<Shard> shards = page.shards();
            for (Shard shard : shards) if (shard.shardId().equals(shardId)) return shard;
            if (page.nextToken() == null) return null;
            request = ListShardsRequest.builder().nextToken(page.nextToken()).build();
        }
    }
}
