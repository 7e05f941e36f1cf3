package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import crossaccountkcl.Fakes;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

class ReportedEndsTest {
    private static final InitialPositionInStreamExtended LATEST =
            InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.LATEST);
    private static final ShardInfo SHARD =
            new ShardInfo("shard-1", "token", List.of(), ExtendedSequenceNumber.LATEST, null);
    private static final ShardInfo OF_MANY =
            new ShardInfo("shard-1", "token", List.of(), ExtendedSequenceNumber.LATEST, "111111111111:orders:1");
    private static final ReportedEnds.End NOTHING = new ReportedEnds.End(null, false, null);

    private final ReportedEnds ends = new ReportedEnds();

    private static KinesisClientRecord record(String sequenceNumber) {
        return KinesisClientRecord.builder().sequenceNumber(sequenceNumber).build();
    }

    @Test
    void knowsNothingOfAShardThatWasNotRead() {
        assertEquals(NOTHING, ends.of("shard-1"));
    }

    @Test
    void notesWhetherKinesisNamedTheChildren() {
        EndReport.through(ends, SHARD, LATEST, true);
        assertEquals(new ReportedEnds.End(LATEST, true, null), ends.of("shard-1"));
        assertEquals(NOTHING, ends.of("111111111111:orders:1:shard-1"));
        EndReport.through(ends, OF_MANY, LATEST, false);
        assertEquals(new ReportedEnds.End(LATEST, false, null), ends.of("111111111111:orders:1:shard-1"));
    }

    @Test
    void notesTheLastRecordThatCameWithTheEnd() {
        EndReport.through(ends, SHARD, LATEST, true, record("1"), record("2"));
        assertEquals(new ReportedEnds.End(LATEST, true, "2"), ends.of("shard-1"));
    }

    /** As KCL's polling does: the end is reported again, without the children, until the shard is shut down. */
    @Test
    void keepsTheChildrenWithinASubscriptionAndForgetsThemWithTheNext() {
        Queue<RecordsRetrieved> events = new ArrayDeque<>();
        RecordsPublisher watched = ends.watch(
                Fakes.as(RecordsPublisher.class, new Object() {
                    @SuppressWarnings("unused") // called through the proxy
                    void subscribe(Subscriber<? super RecordsRetrieved> subscriber) {
                        while (!events.isEmpty()) subscriber.onNext(events.remove());
                    }
                }),
                SHARD);
        events.add(EndReport.end(true, record("2")));
        events.add(EndReport.end(false));
        watched.subscribe(new EndReport.Ignoring());
        assertEquals(new ReportedEnds.End(null, true, "2"), ends.of("shard-1"));
        events.add(EndReport.end(false));
        watched.subscribe(new EndReport.Ignoring());
        assertEquals(NOTHING, ends.of("shard-1"));
    }

    @Test
    void beginsAnewWithANewConsumerOfTheShard() {
        EndReport.through(ends, SHARD, LATEST, true);
        RecordsPublisher next = ends.watch(
                Fakes.as(RecordsPublisher.class, new Object() {
                    @SuppressWarnings("unused") // called through the proxy
                    void shutdown() {}
                }),
                SHARD);
        assertEquals(NOTHING, ends.of("shard-1"));
        EndReport.through(ends, SHARD, LATEST, true);
        next.shutdown(); // of the one before, which is late
        assertEquals(new ReportedEnds.End(LATEST, true, null), ends.of("shard-1"));
    }
}
