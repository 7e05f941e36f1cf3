package crossaccountkcl.kcl;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.KinesisShardDetector;
import software.amazon.kinesis.leases.LeaseManagementConfig;

/**
 * Asks again where stock KCL loses records: for a worker's first batch it looks up the shard's hash range, with
 * ListShards, and if that fails, it throws the batch away and goes on with the next (KCL 3.5.1, ProcessTask's constructor
 * and ShardConsumerSubscriber.onNext).
 */
public final class PatientShardDetector extends KinesisShardDetector {
    private static final Logger LOG = LoggerFactory.getLogger(PatientShardDetector.class);
    /** Also when each call takes its whole time: a worker that can't list the shards must end some time. */
    private static final int ATTEMPTS = 20;

    private final Duration pause;

    public PatientShardDetector(LeaseManagementConfig config, StreamIdentifier stream, Duration pause) {
        super(
                config.kinesisClient(),
                stream,
                config.listShardsBackoffTimeInMillis(),
                config.maxListShardsRetryAttempts(),
                config.listShardsCacheAllowedAgeInSeconds(),
                config.maxCacheMissesBeforeReload(),
                config.cacheMissWarningModulus(),
                config.dynamoDbRequestTimeout());
        this.pause = pause;
    }

    /** @throws RuntimeException what ListShards failed with in the last attempt; SkippedBatches then ends the worker */
    @Override
    public Shard shard(String shardId) {
        for (int attempt = 1; ; attempt++) {
            try {
                return super.shard(shardId);
            } catch (RuntimeException e) {
                if (attempt >= ATTEMPTS) throw e;
                LOG.warn("The shards can't be listed, attempt {} of {}: {} waits", attempt, ATTEMPTS, shardId, e);
                rest(e);
            }
        }
    }

    private void rest(RuntimeException failure) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
