package software.amazon.kinesis.lifecycle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.Fakes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscriber;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.RecordsRetrieved;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

@Timeout(30)
class PromptConsumerTest {
    private final ExecutorService tasks = Executors.newCachedThreadPool();
    private final CountDownLatch batchEnds = new CountDownLatch(1);

    @AfterEach
    void end() {
        batchEnds.countDown();
        tasks.shutdown();
    }

    /** Fails by its time limit with KCL's own consumer. */
    @Test
    void theSchedulerDoesNotWaitForTheFirstBatch() throws Exception {
        ShardConsumer consumer = PromptConsumer.of(made(), 0);
        consumer.subscribe();
        CountDownLatch batchBegun = new CountDownLatch(1);
        tasks.submit(() -> {
            // As handleInput does for as long as the record processor takes.
            synchronized (consumer) {
                batchBegun.countDown();
                batchEnds.await();
            }
            return null;
        });
        batchBegun.await();

        assertTrue(consumer.initializeComplete().join());
    }

    private ShardConsumer made() {
        RecordsPublisher publisher = Fakes.as(RecordsPublisher.class, new Object() {
            @SuppressWarnings("unused")
            public void subscribe(Subscriber<? super RecordsRetrieved> subscriber) {}
        });
        ShardInfo shard = new ShardInfo("shardId-000000000000", "token", List.of(), ExtendedSequenceNumber.LATEST);
        return new ShardConsumer(
                publisher, tasks, shard, Optional.empty(), null, null, 8, new NoOpTaskExecutionListener(), 0, null);
    }
}
