package crossaccountkcl.kcl;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.RequestDetails;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.retrieval.RecordsDeliveryAck;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Notes the answers and failures of fan-out subscriptions, which KCL only logs before it tries again; and explains a
 * second subscriber to a shard of one consumer. A consumer has one subscription for each shard: a call within 5 s of
 * another's is refused, a later one ends the other's subscription (Kinesis API reference, SubscribeToShard).
 */
public final class SubscriptionWatch {
    private static final Logger LOG = LoggerFactory.getLogger(SubscriptionWatch.class);
    private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ReadWatch reads;
    private final AtomicLong next = new AtomicLong(System.nanoTime());

    public SubscriptionWatch(ReadWatch reads) {
        this.reads = reads;
    }

    /** @return the same subscription; its failures are looked at on their way */
    RecordsPublisher watch(RecordsPublisher fanOut, StreamConfig stream, String shardId) {
        return new Watched(fanOut, stream, shardId);
    }

    private void look(Throwable failure, StreamConfig stream, String shardId) {
        if (ReadWatch.has(failure, ResourceInUseException.class)) explain(stream.consumerArn(), shardId);
        reads.failed(stream.streamIdentifier(), shardId, "SubscribeToShard", failure);
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
                    reads.read(stream.streamIdentifier(), shardId);
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
