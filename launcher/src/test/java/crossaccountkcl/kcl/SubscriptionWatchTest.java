package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.Fakes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.RequestDetails;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.retrieval.RecordsDeliveryAck;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

class SubscriptionWatchTest {
    private static final String CONSUMER = Fakes.STREAM_ARN + "/consumer/c:1700000000";
    private static final RecordsRetrieved RECORDS = Fakes.as(RecordsRetrieved.class, new Object());

    private final CapturedLog log = new CapturedLog(SubscriptionWatch.class);
    private final ShardStates shards = new ShardStates(
            Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "','consumerArn':'" + CONSUMER + "'}]"),
            new Fakes.NoKinesis());
    private final StreamConfig stream = shards.streams()
            .tracker(InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.LATEST), Duration.ZERO)
            .streamConfigList()
            .get(0);
    private final ShardReads reads = new ShardReads(shards.streams());
    private final SubscriptionWatch watch =
            new SubscriptionWatch(new ReadWatch(reads, shards, (code, reason, cause) -> {}));
    private final List<Object> events = new ArrayList<>();

    @AfterEach
    void endLog() {
        log.close();
    }

    /** A subscription that says what it was called for, and ends as it is told. */
    private final class Publisher implements RecordsPublisher {
        private Subscriber<? super RecordsRetrieved> subscriber;

        @Override
        public void subscribe(Subscriber<? super RecordsRetrieved> to) {
            subscriber = to;
        }

        @Override
        public void start(ExtendedSequenceNumber from, InitialPositionInStreamExtended initialPosition) {
            events.add("start " + from.sequenceNumber());
        }

        @Override
        public void restartFrom(RecordsRetrieved records) {
            events.add(records);
        }

        @Override
        public void shutdown() {
            events.add("shutdown");
        }

        @Override
        public void notify(RecordsDeliveryAck ack) {
            events.add("notify");
        }

        @Override
        public RequestDetails getLastSuccessfulRequestDetails() {
            return new RequestDetails("request", "now");
        }
    }

    private final class Events implements Subscriber<RecordsRetrieved> {
        @Override
        public void onSubscribe(Subscription subscription) {
            events.add("onSubscribe");
        }

        @Override
        public void onNext(RecordsRetrieved records) {
            events.add(records);
        }

        @Override
        public void onError(Throwable failure) {
            events.add(failure);
        }

        @Override
        public void onComplete() {
            events.add("onComplete");
        }
    }

    private static ResourceInUseException inUse() {
        return (ResourceInUseException) ResourceInUseException.builder().message("in use").build();
    }

    private static ResourceNotFoundException notFound() {
        return (ResourceNotFoundException)
                ResourceNotFoundException.builder().message("not found").build();
    }

    private void fail(String shard, Throwable failure) {
        Publisher publisher = new Publisher();
        watch.watch(publisher, stream, shard).subscribe(new Events());
        publisher.subscriber.onError(failure);
        assertSame(failure, events.get(events.size() - 1));
    }

    private void assertOneWarning() {
        assertEquals(1, log.warnings().size(), log.warnings().toString());
        String warning = log.warnings().get(0);
        assertTrue(warning.startsWith("Another subscriber uses " + CONSUMER + " for shard-1. "), warning);
    }

    @Test
    void explainsARefusedSubscriptionWithConsumerAndShardAndPassesTheFailureOn() {
        fail("shard-1", inUse());
        assertOneWarning();
    }

    @Test
    void findsTheRefusalAmongTheCauses() {
        fail("shard-1", new CompletionException(new RuntimeException(inUse())));
        assertOneWarning();
    }

    @Test
    void isSilentAfterThatForAMinute() {
        fail("shard-1", inUse());
        fail("shard-1", inUse());
        fail("shard-2", inUse());
        assertOneWarning();
    }

    @Test
    void isSilentOnOtherFailuresAndDoesNotCountThem() {
        fail("shard-1", LimitExceededException.builder().message("too many").build());
        fail("shard-1", new CompletionException(null));
        assertEquals(List.of(), log.warnings());
        fail("shard-1", inUse());
        assertOneWarning();
    }

    @Test
    void notesFailuresAndAnswersOfTheShard() {
        ShardReads.Shard shard = new ShardReads.Shard(Fakes.STREAM_ARN, "shard-1");
        fail("shard-1", new CompletionException(notFound()));
        assertEquals("SubscribeToShard", reads.of(shard).failure().operation());
        Publisher publisher = new Publisher();
        watch.watch(publisher, stream, "shard-1").subscribe(new Events());
        publisher.subscriber.onNext(RECORDS);
        assertNull(reads.of(shard).failure());
    }

    @Test
    void changesNothingElse() {
        Publisher publisher = new Publisher();
        RecordsPublisher watched = watch.watch(publisher, stream, "shard-1");
        watched.start(ExtendedSequenceNumber.LATEST, null);
        watched.subscribe(new Events());
        publisher.subscriber.onSubscribe(null);
        publisher.subscriber.onNext(RECORDS);
        watched.notify(null);
        publisher.subscriber.onComplete();
        watched.restartFrom(RECORDS);
        watched.shutdown();
        assertEquals(
                List.of("start LATEST", "onSubscribe", RECORDS, "notify", "onComplete", RECORDS, "shutdown"), events);
        assertSame("request", watched.getLastSuccessfulRequestDetails().getRequestId());
    }
}
