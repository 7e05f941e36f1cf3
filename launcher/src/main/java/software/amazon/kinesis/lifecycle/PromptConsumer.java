package software.amazon.kinesis.lifecycle;

import java.util.concurrent.CompletableFuture;

/**
 * A shard consumer whose first batch does not hold up the other shards. KCL's scheduler subscribes to the shard's records, and
 * then asks once more whether the consumer is initialized, under the monitor that the consumer holds while it handles a
 * batch. Records that come in between are handled first: until then the scheduler takes no step with any shard, and no stop
 * begins. Here what is known is answered without the monitor.
 *
 * <p>It stands in KCL's package because the methods are package-private there.
 */
public final class PromptConsumer extends ShardConsumer {
    /** Only the scheduler's thread calls the two methods. */
    private boolean subscribed;

    private PromptConsumer(ShardConsumer made, int readTimeoutsToIgnore) {
        super(
                made.recordsPublisher(),
                made.executorService(),
                made.shardInfo(),
                made.logWarningForTaskAfterMillis(),
                made.shardConsumerArgument(),
                null,
                made.bufferSize(),
                made.taskExecutionListener(),
                readTimeoutsToIgnore,
                made.taskFactory());
    }

    /** @param made by KCL, and not used yet */
    public static ShardConsumer of(ShardConsumer made, int readTimeoutsToIgnore) {
        return new PromptConsumer(made, readTimeoutsToIgnore);
    }

    @Override
    void subscribe() {
        super.subscribe();
        subscribed = true;
    }

    @Override
    CompletableFuture<Boolean> initializeComplete() {
        return subscribed ? CompletableFuture.completedFuture(true) : super.initializeComplete();
    }
}
