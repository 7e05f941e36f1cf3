package crossaccountkcl.kcl;

import crossaccountkcl.aws.PatientCalls;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;

/**
 * Whether the records of a stream are in the shards of their hash keys. Calls block.
 *
 * <p>The owner may change the stream's strategy at any time, so Kinesis is asked before anything is dropped for its hash
 * keys. Once a stream has been seen to distribute its records by itself it is not asked any more: records of that time
 * remain in it.
 */
final class RecordPlacement {
    private static final Logger LOG = LoggerFactory.getLogger(RecordPlacement.class);
    /** DescribeStreamSummary: 20 calls a second for an account, all readers together. */
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final String streamArn;
    private final KinesisAsyncClient kinesis;
    private final PatientCalls calls;
    private final Duration pause;
    private long askedAt;
    private boolean byKey;
    private boolean asked;

    RecordPlacement(String streamArn, KinesisAsyncClient kinesis) {
        this(streamArn, kinesis, new PatientCalls(PAUSE), PAUSE);
    }

    /** @param pause between two calls */
    RecordPlacement(String streamArn, KinesisAsyncClient kinesis, PatientCalls calls, Duration pause) {
        this.streamArn = streamArn;
        this.kinesis = kinesis;
        this.calls = calls;
        this.pause = pause;
    }

    void noteRecordWithoutKey() {
        if (isAutomatic()) return;
        RecordDistribution.noteAutomatic(streamArn);
        LOG.info(
                "{} has a record without a partition key: its records are, or were, distributed by Kinesis"
                        + " (RecordDistributionStrategy AUTO), and KPL aggregates are not checked for their hash keys",
                streamArn);
    }

    /**
     * Whether the records that have been read so far are where their hash keys say.
     *
     * @return false also if that is unknown: a record that is handed out twice is better than one that is lost
     */
    boolean isByKey() {
        long came = System.nanoTime();
        synchronized (this) {
            if (isAutomatic()) return false;
            // A call that began after the records were read, for another shard, answers for these too.
            boolean answered = asked && askedAt - came > 0;
            if (!answered) ask();
            return byKey;
        }
    }

    private boolean isAutomatic() {
        return RecordDistribution.isAutomatic(streamArn);
    }

    private void ask() {
        if (asked) PatientCalls.pause(pause.minusNanos(Math.min(pause.toNanos(), System.nanoTime() - askedAt)));
        askedAt = System.nanoTime();
        asked = true;
        try {
            calls.answer(() -> kinesis.describeStreamSummary(request -> request.streamARN(streamArn)));
            byKey = !isAutomatic();
            if (!byKey) {
                LOG.info(
                        "Kinesis distributes the records of {} (RecordDistributionStrategy AUTO): KPL aggregates are not"
                                + " checked for their hash keys",
                        streamArn);
            }
        } catch (CompletionException e) {
            byKey = false;
            LOG.warn(
                    "It is unknown whether the records of {} are in the shards of their hash keys: KPL aggregates whose"
                            + " hash keys are outside the shard's range are handed out, perhaps a second time. {}",
                    streamArn,
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
        }
    }
}
