package software.amazon.kinesis.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.Fakes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseSerializer;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

@Timeout(10)
class PromptSchedulerTest {
    private final AtomicInteger looks = new AtomicInteger();
    private int emptyForLooks = Integer.MAX_VALUE;

    private final Fakes.NoDynamoDb dynamoDb = new Fakes.NoDynamoDb() {
        @Override
        public CompletableFuture<ScanResponse> scan(ScanRequest request) {
            boolean empty = looks.incrementAndGet() <= emptyForLooks;
            return CompletableFuture.completedFuture(
                    ScanResponse.builder().items(empty ? List.of() : List.of(lease())).build());
        }
    };

    private static Map<String, AttributeValue> lease() {
        Lease lease = new Lease();
        lease.leaseKey("shard-1");
        lease.checkpoint(ExtendedSequenceNumber.LATEST);
        return new DynamoDBLeaseSerializer().toDynamoRecord(lease);
    }

    private PromptScheduler scheduler(Duration maxWait) {
        ConfigsBuilder configs = Fakes.configs(dynamoDb);
        return new PromptScheduler(
                configs.checkpointConfig(),
                configs.coordinatorConfig(),
                Fakes.leaseManagement(configs),
                configs.lifecycleConfig(),
                configs.metricsConfig(),
                configs.processorConfig(),
                configs.retrievalConfig(),
                maxWait);
    }

    @Test
    void syncsAnEmptyTableAtOnceIfItMayNotWait() throws Exception {
        assertTrue(scheduler(Duration.ZERO).shouldInitiateLeaseSync());
        assertEquals(1, looks.get());
    }

    @Test
    void syncsNotIfTheTableHasLeases() throws Exception {
        emptyForLooks = 0;
        assertFalse(scheduler(Duration.ZERO).shouldInitiateLeaseSync());
        assertFalse(scheduler(Duration.ofHours(1)).shouldInitiateLeaseSync());
        assertEquals(2, looks.get());
    }

    @Test
    void stopsWaitingAsSoonAsAnotherWorkerHasFilledTheTable() throws Exception {
        emptyForLooks = 2;
        assertFalse(scheduler(Duration.ofHours(100_000)).shouldInitiateLeaseSync());
        assertEquals(3, looks.get());
    }

    @Test
    void syncsWhenTheWaitIsOverAndTheTableStillEmpty() throws Exception {
        assertTrue(scheduler(Duration.ofMillis(300)).shouldInitiateLeaseSync());
    }

    @Test
    void takesMoreThanStockKclsOneStepASecond() {
        assertTrue(scheduler(Duration.ZERO).shardConsumerDispatchPollIntervalMillis() < 1_000);
    }
}
