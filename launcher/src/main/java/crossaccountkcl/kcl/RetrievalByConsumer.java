package crossaccountkcl.kcl;

import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.metrics.MetricsFactory;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RetrievalFactory;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;

/**
 * Fan-out for the streams that have a consumer's ARN, polling for the others. Stock KCL has one way for all streams of an
 * application; and fan-out without the ARN would register a consumer by the stream's name, in the reader's own account.
 */
public record RetrievalByConsumer(RetrievalFactory polling, KinesisAsyncClient kinesis, SubscriptionWatch watch)
        implements RetrievalFactory {
    @Override
    public RecordsPublisher createGetRecordsCache(
            ShardInfo shard, StreamConfig stream, MetricsFactory metrics, String consumerId) {
        if (stream.consumerArn() == null) return polling.createGetRecordsCache(shard, stream, metrics, consumerId);
        RetrievalFactory fanOut = new FanOutConfig(kinesis).consumerArn(stream.consumerArn()).retrievalFactory();
        RecordsPublisher subscription = fanOut.createGetRecordsCache(shard, stream, metrics, consumerId);
        return watch.watch(subscription, stream, shard.shardId());
    }
}
