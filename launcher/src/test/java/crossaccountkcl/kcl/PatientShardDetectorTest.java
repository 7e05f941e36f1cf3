package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.Fakes;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.arns.Arn;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.coordinator.streamInfo.StreamIdCache;
import software.amazon.kinesis.coordinator.streamInfo.StreamIdOnboardingState;
import software.amazon.kinesis.leases.LeaseManagementConfig;

class PatientShardDetectorTest {
    private static final int ATTEMPTS = 20;
    private static final StreamIdentifier STREAM =
            StreamIdentifier.singleStreamInstance(Arn.fromString(Fakes.STREAM_ARN));

    private final Fakes.ListedShards kinesis = new Fakes.ListedShards();

    @BeforeAll
    static void asKclDoes() {
        StreamIdCache.initialize(null, StreamIdOnboardingState.NOT_ONBOARDED);
    }

    private PatientShardDetector detector(Duration timeout) {
        LeaseManagementConfig config =
                new LeaseManagementConfig("table", "app", new Fakes.NoDynamoDb(), kinesis, "worker-1");
        return new PatientShardDetector(config.dynamoDbRequestTimeout(timeout), STREAM, Duration.ZERO);
    }

    @Test
    void asksAgainWhenKinesisFailsOrDoesNotAnswer() {
        kinesis.fail(SdkClientException.create("connection refused"));
        kinesis.pending();
        kinesis.page(null, Fakes.ListedShards.open("shard-1"));

        assertEquals("shard-1", detector(Duration.ofMillis(50)).shard("shard-1").shardId());
        assertEquals(3, kinesis.asked.size());
    }

    @Test
    void asksOnce() {
        kinesis.page(null, Fakes.ListedShards.open("shard-1"));
        PatientShardDetector detector = detector(Duration.ofMinutes(1));

        detector.shard("shard-1");
        detector.shard("shard-1");

        assertEquals(1, kinesis.asked.size());
    }

    @Test
    void givesUpAtSomeTime() {
        for (int i = 0; i < ATTEMPTS; i++) kinesis.fail(SdkClientException.create("connection refused"));

        PatientShardDetector detector = detector(Duration.ofMinutes(1));

        assertThrows(RuntimeException.class, () -> detector.shard("shard-1"));
        assertEquals(ATTEMPTS, kinesis.asked.size());
    }
}
