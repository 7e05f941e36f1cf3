package crossaccountkcl.kcl;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.RequestDetails;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.metrics.MetricsFactory;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.RecordsDeliveryAck;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.RetrievalFactory;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Notes which ends of shards Kinesis itself reported. KCL (3.5.1) hands a record processor the end that Kinesis
 * reported, with the shard's children, and the end that it concluded from a ResourceNotFoundException, without children,
 * as the same event.
 */
public final class ReportedEnds {
    private static final End NONE = new End(null, false, null);

    private final Map<String, Watched> byLease = new ConcurrentHashMap<>();

    /**
     * @param initialPosition where a shard without a numbered position is read from; null if nothing was read
     * @param childrenNamed whether the end came with the shard's children: then it is Kinesis's own report
     * @param lastRecord the sequence number of the last record that came together with the end; null if none did
     */
    record End(InitialPositionInStreamExtended initialPosition, boolean childrenNamed, String lastRecord) {
        /** For an end that came with records which were not delivered. */
        End doubted() {
            return new End(initialPosition, false, lastRecord);
        }
    }

    /** Retrieval whose shards' ends are noted on their way. */
    public record Retrieval(RetrievalFactory retrieval, ReportedEnds ends) implements RetrievalFactory {
        @Override
        public RecordsPublisher createGetRecordsCache(
                ShardInfo shard, StreamConfig stream, MetricsFactory metrics, String consumerId) {
            return ends.watch(retrieval.createGetRecordsCache(shard, stream, metrics, consumerId), shard);
        }
    }

    RecordsPublisher watch(RecordsPublisher publisher, ShardInfo shard) {
        String leaseKey = ShardInfo.getLeaseKey(shard);
        Watched watched = new Watched(publisher, leaseKey);
        byLease.put(leaseKey, watched);
        return watched;
    }

    /** @return what is known of the shard's end; no children and no records, if nothing is */
    End of(String leaseKey) {
        Watched watched = byLease.get(leaseKey);
        return watched == null ? NONE : watched.end;
    }

    /** KCL's publisher, and what it has said of its shard's end. */
    public final class Watched implements RecordsPublisher {
        private final RecordsPublisher publisher;
        private final String leaseKey;
        private volatile End end = NONE;

        Watched(RecordsPublisher publisher, String leaseKey) {
            this.publisher = publisher;
            this.leaseKey = leaseKey;
        }

        public RecordsPublisher publisher() {
            return publisher;
        }

        private void note(ProcessRecordsInput input) {
            // While polling KCL continues to report the end, without the children.
            if (!input.isAtShardEnd() || end.childrenNamed()) return;
            List<KinesisClientRecord> records = input.records();
            String last = records.isEmpty() ? null : records.get(records.size() - 1).sequenceNumber();
            boolean childrenNamed = input.childShards() != null && !input.childShards().isEmpty();
            end = new End(end.initialPosition(), childrenNamed, last);
        }

        @Override
        public void start(ExtendedSequenceNumber from, InitialPositionInStreamExtended initialPosition) {
            end = new End(initialPosition, false, null);
            publisher.start(from, initialPosition);
        }

        @Override
        public void subscribe(Subscriber<? super RecordsRetrieved> subscriber) {
            // KCL may not have taken the end, nor what came before it, from the subscription before.
            end = new End(end.initialPosition(), false, null);
            publisher.subscribe(new Subscriber<RecordsRetrieved>() {
                @Override
                public void onSubscribe(Subscription subscription) {
                    subscriber.onSubscribe(subscription);
                }

                @Override
                public void onNext(RecordsRetrieved records) {
                    note(records.processRecordsInput());
                    subscriber.onNext(records);
                }

                @Override
                public void onError(Throwable failure) {
                    subscriber.onError(failure);
                }

                @Override
                public void onComplete() {
                    subscriber.onComplete();
                }
            });
        }

        @Override
        public void restartFrom(RecordsRetrieved records) {
            publisher.restartFrom(records);
        }

        @Override
        public void shutdown() {
            byLease.remove(leaseKey, this);
            publisher.shutdown();
        }

        @Override
        public void notify(RecordsDeliveryAck ack) {
            publisher.notify(ack);
        }

        @Override
        public RequestDetails getLastSuccessfulRequestDetails() {
            return publisher.getLastSuccessfulRequestDetails();
        }
    }
}
