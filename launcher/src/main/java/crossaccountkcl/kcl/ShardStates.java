package crossaccountkcl.kcl;

import crossaccountkcl.TrackedStreams;
import crossaccountkcl.aws.PatientCalls;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Asks Kinesis whether a shard was read to its end, and whether a stream is still there. Calls block.
 *
 * @param delay between two attempts of a call that failed for want of an answer or of capacity
 */
public record ShardStates(TrackedStreams streams, KinesisAsyncClient kinesis, Duration delay) {
    private static final Logger LOG = LoggerFactory.getLogger(ShardStates.class);
    private static final int CALLS_A_SECOND = 5;

    public ShardStates(TrackedStreams streams, KinesisAsyncClient kinesis) {
        this(streams, kinesis, Duration.ofSeconds(1));
    }

    /**
     * Asks whether nothing of a shard is left to be read. The reasons for the answers are in
     * docs/decisions/0007-the-end-of-a-shard.md.
     *
     * @param position of the last record that was delivered, or where reading began
     * @return why that is not proven, or null if it is
     */
    String whyNotEnded(
            StreamIdentifier stream, String shardId, ExtendedSequenceNumber position, ReportedEnds.End reported) {
        String arn = streams.arnOf(stream);
        try {
            ShardListing listing = ShardListing.of(arn, shardId, kinesis, calls());
            Shard shard = listing.shard();
            if (isKnownToBeMadeAgain(stream, arn, isOfThisStream(listing, position, reported))) return madeAgain(arn);
            if (listing.contradicts(position)) {
                return "the lease of " + shardId + " at " + position.sequenceNumber() + " is not of the stream " + arn
                        + " as it is now: the stream was deleted and made again";
            }
            if (shard == null) return whyNotExpired(stream, shardId, position, reported);
            if (listing.isClosed() && reported.childrenNamed()) return null;
            String unread = listing.isClosed() || reported.childrenNamed()
                    ? behind(arn, shard, position, reported)
                    : open(stream, shardId);
            if (unread == null) return null;
            String gone = whyGone(stream);
            return gone == null ? unread : gone;
        } catch (CompletionException e) {
            if (isNotFound(e)) {
                String gone = whyGone(stream);
                if (gone != null) return gone;
            }
            return "KCL took the shard " + shardId + " of " + arn + " for ended, which Kinesis did not confirm: "
                    + reasonOf(e.getCause());
        }
    }

    private String behind(String arn, Shard shard, ExtendedSequenceNumber position, ReportedEnds.End reported) {
        return new UnreadRecords(kinesis, calls(), delay.dividedBy(CALLS_A_SECOND))
                .behind(arn, shard, position, reported.initialPosition());
    }

    private String open(StreamIdentifier stream, String shardId) {
        String consumer = streams.consumerArnOf(stream).map(it -> " or the consumer " + it).orElse("");
        return "Kinesis did not find the shard " + shardId + " of " + streams.arnOf(stream) + consumer
                + ", and lists the shard as open";
    }

    /** Kinesis lists a shard until the last of its records has expired. */
    private String whyNotExpired(
            StreamIdentifier stream, String shardId, ExtendedSequenceNumber position, ReportedEnds.End reported) {
        String arn = streams.arnOf(stream);
        if (streams.createdAt(stream).isEmpty()) {
            return "Kinesis does not list the shard " + shardId + " of " + arn + ", and it is unknown whether this stream"
                    + " had it or an earlier one of the same name. If this one had it, it has expired: delete its lease"
                    + " from the lease table";
        }
        if (reported.childrenNamed()) return null;
        try {
            return behind(arn, Shard.builder().shardId(shardId).build(), position, reported);
        } catch (CompletionException e) {
            if (!isNotFound(e)) throw e;
        }
        if (isMadeAgain(stream, arn)) return madeAgain(arn);
        LOG.warn(
                "The shard {} of {} has expired: Kinesis does not list it any more. It counts as ended; records behind {}"
                        + " that were not read are lost",
                shardId,
                arn,
                position.sequenceNumber());
        return null;
    }

    /**
     * Whether the shard as it is listed now is the one that was read: by its sequence numbers; or because nothing was
     * delivered before Kinesis itself reported the end, so that the end covers no record of another stream.
     */
    private static boolean isOfThisStream(
            ShardListing listing, ExtendedSequenceNumber position, ReportedEnds.End reported) {
        return listing.contains(position)
                || listing.isClosed() && reported.childrenNamed() && position.isSentinelCheckpoint();
    }

    /** @param isOfThisStream then a call that is throttled or denied stops nobody */
    private boolean isKnownToBeMadeAgain(StreamIdentifier stream, String arn, boolean isOfThisStream) {
        if (streams.createdAt(stream).isEmpty()) return false;
        try {
            return isMadeAgain(stream, arn);
        } catch (CompletionException e) {
            if (!isOfThisStream || isNotFound(e)) throw e;
            return false;
        }
    }

    /**
     * Asks whether the stream, or the registered consumer that it is read by, is still there.
     *
     * @return why nothing can be read any more, for the log; or null if Kinesis does not say so: a call that is denied or
     *     gets no answer proves nothing
     */
    String whyGone(StreamIdentifier stream) {
        String arn = streams.arnOf(stream);
        try {
            if (isMadeAgain(stream, arn)) return madeAgain(arn);
        } catch (CompletionException e) {
            if (isNotFound(e)) return "the stream " + arn + " does not exist any more";
            LOG.info("It is unknown whether {} is still there: {}", arn, reasonOf(e.getCause()));
        }
        return streams.consumerArnOf(stream)
                .filter(this::isGone)
                .map(consumer -> "the consumer " + consumer + " does not exist any more; a new one has another ARN")
                .orElse(null);
    }

    private boolean isGone(String consumerArn) {
        try {
            var answer = calls().answer(() -> kinesis.describeStreamConsumer(it -> it.consumerARN(consumerArn)));
            return answer.consumerDescription().consumerStatus() == ConsumerStatus.DELETING;
        } catch (CompletionException e) {
            if (isNotFound(e)) return true;
            LOG.info("It is unknown whether {} is still there: {}", consumerArn, reasonOf(e.getCause()));
            return false;
        }
    }

    private boolean isMadeAgain(StreamIdentifier stream, String arn) {
        var summary = calls().answer(() -> kinesis.describeStreamSummary(request -> request.streamARN(arn)));
        long now = summary.streamDescriptionSummary().streamCreationTimestamp().getEpochSecond();
        return streams.createdAt(stream).filter(known -> known != now).isPresent();
    }

    private static String madeAgain(String arn) {
        return "the stream " + arn + " was deleted and made again; its leases are those of the stream before";
    }

    private static boolean isNotFound(CompletionException e) {
        return e.getCause() instanceof ResourceNotFoundException;
    }

    private PatientCalls calls() {
        return new PatientCalls(delay);
    }

    private static String reasonOf(Throwable failure) {
        return failure instanceof TimeoutException
                ? "it did not answer within " + PatientCalls.LIMIT.toSeconds() + " s"
                : failure.getMessage();
    }
}
