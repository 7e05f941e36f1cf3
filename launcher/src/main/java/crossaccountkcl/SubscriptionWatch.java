package crossaccountkcl;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.RequestDetails;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.retrieval.RecordsDeliveryAck;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Looks at the failures of fan-out subscriptions, which KCL only logs before it tries again.
 *
 * <ul>
 *   <li>A second subscriber to a shard of one consumer is explained. A consumer has one subscription for each shard: a
 *       call within 5 s of another's is refused, a later one ends the other's subscription (Kinesis API reference,
 *       SubscribeToShard).
 *   <li>A consumer that does not exist any more stops the worker. KCL (3.5.1) tries again for ever if Kinesis says so in
 *       an event of the stream; if Kinesis says so in the answer, see {@link ShardEndCheck}.
 * </ul>
 */
public final class SubscriptionWatch {
    private static final Logger LOG = LoggerFactory.getLogger(SubscriptionWatch.class);
    private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ShardStates shards;
    private final StopSignal stop;
    private final AtomicLong next = new AtomicLong(System.nanoTime());

    public SubscriptionWatch(ShardStates shards, StopSignal stop) {
        this.shards = shards;
        this.stop = stop;
    }

    /** @return the same subscription; its failures are looked at on their way */
    RecordsPublisher watch(RecordsPublisher fanOut, StreamConfig stream, String shardId) {
        return new Watched(fanOut, stream, shardId);
    }

    private void look(Throwable failure, StreamConfig stream, String shardId) {
        if (has(failure, ResourceInUseException.class)) explain(stream.consumerArn(), shardId);
        // Not on this thread: it is the SDK's own, which must go on for the answer to come.
        if (has(failure, ResourceNotFoundException.class)) {
            CompletableFuture.runAsync(() -> stopIfGone(stream.streamIdentifier()));
        }
    }

    private void stopIfGone(StreamIdentifier stream) {
        String reason = shards.whyGone(stream);
        if (reason != null) stop.request(ExitCode.ACCESS, reason + ". The checkpoints stay where they are", null);
    }

    private void explain(String consumerArn, String shardId) {
        long now = System.nanoTime();
        long due = next.get();
        if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL_NANOS)) return;
        LOG.warn(
                "Another subscriber uses {} for {}. If it stays, it is not a worker of this application that has just"
                        + " stopped, but another application on the same consumer: they take the subscriptions from each"
                        + " other. Ask the owner for a consumer of your own, or read without consumerArn",
                consumerArn,
                shardId);
    }

    private static boolean has(Throwable failure, Class<? extends Throwable> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) return true;
        }
        return false;
    }

    private final class Watched implements RecordsPublisher {
        private final RecordsPublisher fanOut;
        private final StreamConfig stream;
        private final String shardId;

        Watched(RecordsPublisher fanOut, StreamConfig stream, String shardId) {
            this.fanOut = fanOut;
            this.stream = stream;
            this.shardId = shardId;
        }

        @Override
        public void subscribe(Subscriber<? super RecordsRetrieved> subscriber) {
            fanOut.subscribe(new Subscriber<RecordsRetrieved>() {
                @Override
                public void onSubscribe(Subscription subscription) {
                    subscriber.onSubscribe(subscription);
                }

                @Override
                public void onNext(RecordsRetrieved records) {
                    subscriber.onNext(records);
                }

                @Override
                public void onError(Throwable failure) {
                    look(failure, stream, shardId);
                    subscriber.onError(failure);
                }

                @Override
                public void onComplete() {
                    subscriber.onComplete();
                }
            });
        }

        @Override
        public void start(ExtendedSequenceNumber from, InitialPositionInStreamExtended initialPosition) {
            fanOut.start(from, initialPosition);
        }

        @Override
        public void restartFrom(RecordsRetrieved records) {
            fanOut.restartFrom(records);
        }

        @Override
        public void shutdown() {
            fanOut.shutdown();
        }

        @Override
        public void notify(RecordsDeliveryAck ack) {
            fanOut.notify(ack);
        }

        @Override
        public RequestDetails getLastSuccessfulRequestDetails() {
            return fanOut.getLastSuccessfulRequestDetails();
        }
    }
}
