package crossaccountkcl.kcl;

import crossaccountkcl.Fakes;
import java.util.List;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/** Reports the end of a shard as KCL's publishers do. */
final class EndReport {
    private EndReport() {}

    /** @return what the publisher hands to KCL's subscriber */
    static ProcessRecordsInput through(
            ReportedEnds ends,
            ShardInfo shard,
            InitialPositionInStreamExtended initialPosition,
            boolean childrenNamed,
            KinesisClientRecord... records) {
        RecordsRetrieved retrieved = end(childrenNamed, records);
        RecordsPublisher watched = ends.watch(
                Fakes.as(RecordsPublisher.class, new Object() {
                    @SuppressWarnings("unused")
                    void start(ExtendedSequenceNumber from, InitialPositionInStreamExtended initialPosition) {}

                    @SuppressWarnings("unused")
                    void subscribe(Subscriber<? super RecordsRetrieved> subscriber) {
                        subscriber.onNext(retrieved);
                    }
                }),
                shard);
        watched.start(shard.checkpoint(), initialPosition);
        watched.subscribe(new Ignoring());
        return retrieved.processRecordsInput();
    }

    static RecordsRetrieved end(boolean childrenNamed, KinesisClientRecord... records) {
        ChildShard child = ChildShard.builder().shardId("shard-7").build();
        ProcessRecordsInput end = ProcessRecordsInput.builder()
                .records(List.of(records))
                .isAtShardEnd(true)
                .childShards(childrenNamed ? List.of(child) : List.of())
                .build();
        return Fakes.as(RecordsRetrieved.class, new Object() {
            @SuppressWarnings("unused") // called through the proxy
            ProcessRecordsInput processRecordsInput() {
                return end;
            }
        });
    }

    static final class Ignoring implements Subscriber<RecordsRetrieved> {
        @Override
        public void onSubscribe(Subscription subscription) {}

        @Override
        public void onNext(RecordsRetrieved records) {}

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onComplete() {}
    }
}
