package crossaccountkcl;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import software.amazon.awssdk.arns.Arn;
import software.amazon.awssdk.regions.Region;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.processor.FormerStreamsLeasesDeletionStrategy;
import software.amazon.kinesis.processor.FormerStreamsLeasesDeletionStrategy.AutoDetectionAndDeferredDeletionStrategy;
import software.amazon.kinesis.processor.MultiStreamTracker;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.processor.StreamTracker;

/**
 * The streams that are read, each by its ARN. Either one stream without a creation epoch, whose lease keys are the shard
 * ids; or any number with one, KCL's multi-stream form, whose lease keys are {@code account:stream:epoch:shardId}.
 *
 * <p>KCL hands on identifiers that carry no ARN in the multi-stream form, so it is looked up here.
 */
public final class TrackedStreams {
    /** The launcher's key that lists them. */
    public static final String KEY = "launcher.streams";

    private final Map<StreamIdentifier, Entry> entries = new LinkedHashMap<>();

    /**
     * One stream, as Node writes it.
     *
     * @param creationEpoch seconds since 1970, or null
     * @param streamCreatedAt when the stream that Node has found was created, in seconds since 1970, or null
     * @param consumerArn the owner's enhanced fan-out consumer, or null to poll
     * @param initialPosition TRIM_HORIZON, LATEST or seconds since 1970; null for that of the stock keys
     */
    record Entry(
            String streamArn, Long creationEpoch, Long streamCreatedAt, String consumerArn, String initialPosition) {
        private StreamIdentifier identifier() {
            Arn arn = Arn.fromString(streamArn);
            return creationEpoch == null
                    ? StreamIdentifier.singleStreamInstance(arn)
                    : StreamIdentifier.multiStreamInstance(arn, creationEpoch);
        }

        private StreamConfig config(StreamIdentifier identifier, InitialPositionInStreamExtended stock) {
            return new StreamConfig(identifier, initialPosition == null ? stock : parsePosition(), consumerArn);
        }

        private InitialPositionInStreamExtended parsePosition() {
            return initialPosition.matches("[0-9]+")
                    ? InitialPositionInStreamExtended.newInitialPositionAtTimestamp(
                            new Date(Long.parseLong(initialPosition) * 1_000))
                    : InitialPositionInStreamExtended.newInitialPosition(
                            InitialPositionInStream.valueOf(initialPosition));
        }
    }

    private TrackedStreams(List<Entry> list) {
        if (list.isEmpty()) throw invalid("no stream", list);
        if (list.stream().map(Entry::streamArn).distinct().count() < list.size()) {
            throw invalid("the same stream twice", list);
        }
        if (list.size() > 1 && list.stream().anyMatch(entry -> entry.creationEpoch() == null)) {
            throw invalid("several streams, and one without creationEpoch", list);
        }
        for (Entry entry : list) {
            StreamIdentifier identifier = entry.identifier();
            entry.config(identifier, null); // that a malformed position is found now
            entries.put(identifier, entry);
        }
    }

    /** @throws LauncherException if the text is not a list of streams that KCL can track */
    public static TrackedStreams parse(String json) {
        try {
            return new TrackedStreams(List.of(new ObjectMapper().readValue(json, Entry[].class)));
        } catch (JsonProcessingException | IllegalArgumentException | NullPointerException e) {
            throw invalid(e.getMessage(), json);
        }
    }

    private static LauncherException invalid(String what, Object text) {
        return new LauncherException(
                ExitCode.CONFIGURATION, "launcher settings: " + KEY + " is " + text + ": " + what);
    }

    /** In the multi-stream form; false means one stream whose leases are named by the shard alone. */
    public boolean isMultiStream() {
        return entries.values().iterator().next().creationEpoch() != null;
    }

    public Stream<String> arns() {
        return entries.values().stream().map(Entry::streamArn);
    }

    /** KCL rejects a stream of another region than its Kinesis client's: all are of one. */
    public Region region() {
        return arns().findFirst().flatMap(arn -> Arn.fromString(arn).region()).map(Region::of).orElseThrow();
    }

    /** @throws IllegalArgumentException for a stream that is not tracked */
    public String arnOf(StreamIdentifier stream) {
        return entry(stream).streamArn();
    }

    public Optional<String> consumerArnOf(StreamIdentifier stream) {
        return Optional.ofNullable(entry(stream).consumerArn());
    }

    /** @return when the stream was created, in seconds since 1970; it tells it from a later one of its name */
    public Optional<Long> createdAt(StreamIdentifier stream) {
        return Optional.ofNullable(entry(stream).streamCreatedAt());
    }

    private Entry entry(StreamIdentifier stream) {
        Entry entry = entries.get(stream);
        if (entry == null) throw new IllegalArgumentException("the stream " + stream + " is not configured");
        return entry;
    }

    /** The streams' identifiers, as they stand in lease keys of the multi-stream form. */
    public Set<StreamIdentifier> identifiers() {
        return entries.keySet();
    }

    /**
     * What KCL is given.
     *
     * @param stock where a shard without a checkpoint is read from, unless its stream has its own position
     * @param formerStreamsRetention how long the leases of streams that are not tracked any more are kept
     */
    public StreamTracker tracker(InitialPositionInStreamExtended stock, Duration formerStreamsRetention) {
        List<StreamConfig> configs = entries.entrySet().stream()
                .map(entry -> entry.getValue().config(entry.getKey(), stock))
                .toList();
        if (!isMultiStream()) {
            return new SingleStreamTracker(configs.get(0).streamIdentifier(), configs.get(0));
        }
        FormerStreamsLeasesDeletionStrategy deletion = new AutoDetectionAndDeferredDeletionStrategy() {
            @Override
            public Duration waitPeriodToDeleteFormerStreams() {
                return formerStreamsRetention;
            }
        };
        return new MultiStreamTracker() {
            @Override
            public List<StreamConfig> streamConfigList() {
                return configs;
            }

            @Override
            public FormerStreamsLeasesDeletionStrategy formerStreamsLeasesDeletionStrategy() {
                return deletion;
            }
        };
    }
}
