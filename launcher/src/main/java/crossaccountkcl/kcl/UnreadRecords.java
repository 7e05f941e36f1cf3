package crossaccountkcl.kcl;

import crossaccountkcl.aws.PatientCalls;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.HashKeyRange;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.retrieval.IteratorBuilder;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Reads a shard behind a position, to see whether anything is left in it. Calls block.
 *
 * @param pause between two calls of GetRecords: Kinesis allows five a second for a shard, all readers together
 */
record UnreadRecords(KinesisAsyncClient kinesis, PatientCalls calls, Duration pause) {
    /** An answer may be empty although records follow, after hours without one. More would hold up a stop. */
    private static final int ANSWERS = 50;
    /** Few: one behind the position is enough, and the first may be the record at the position. */
    private static final int RECORDS = 10;

    /**
     * @param shard without its range of hash keys, if that is unknown
     * @param position of the last record that was delivered, or where reading began
     * @param initialPosition for a position without a number; may be null
     * @return what is behind the position, or why that is unknown; null if Kinesis ends the shard without a record
     * @throws CompletionException if Kinesis refuses a call
     */
    String behind(
            String streamArn,
            Shard shard,
            ExtendedSequenceNumber position,
            InitialPositionInStreamExtended initialPosition) {
        GetShardIteratorRequest request = IteratorBuilder.request(
                        GetShardIteratorRequest.builder().streamARN(streamArn).shardId(shard.shardId()),
                        start(position, initialPosition),
                        initialPosition)
                .build();
        String iterator =
                calls.answer(() -> kinesis.getShardIterator(request)).shardIterator();
        for (int answers = 0; answers < ANSWERS; answers++) {
            if (answers > 0) PatientCalls.pause(pause);
            GetRecordsRequest next = GetRecordsRequest.builder()
                    .streamARN(streamArn)
                    .shardIterator(iterator)
                    .limit(RECORDS)
                    .build();
            GetRecordsResponse answer = calls.answer(() -> kinesis.getRecords(next));
            if (holdsAny(answer, streamArn, shard, position)) {
                return "the shard " + shard.shardId() + " of " + streamArn + " has records behind "
                        + position.sequenceNumber() + " that were not read";
            }
            iterator = answer.nextShardIterator();
            if (iterator == null) return null;
        }
        return "the shard " + shard.shardId() + " of " + streamArn + " did not end within " + ANSWERS
                + " answers of GetRecords behind " + position.sequenceNumber();
    }

    /** LATEST is another place now than when reading began: only an empty shard shows that nothing came since. */
    private static String start(ExtendedSequenceNumber position, InitialPositionInStreamExtended initialPosition) {
        boolean atTimestamp = position.equals(ExtendedSequenceNumber.AT_TIMESTAMP) && initialPosition != null;
        boolean known = !position.isSentinelCheckpoint() || atTimestamp;
        return (known ? position : ExtendedSequenceNumber.TRIM_HORIZON).sequenceNumber();
    }

    /** As KCL's ProcessTask would deliver them: what KCL drops from an aggregate is not unread. */
    private static boolean holdsAny(
            GetRecordsResponse answer, String streamArn, Shard shard, ExtendedSequenceNumber position) {
        List<KinesisClientRecord> records =
                answer.records().stream().map(KinesisClientRecord::fromRecord).toList();
        boolean automatic = RecordDistribution.isAutomatic(streamArn)
                || records.stream().anyMatch(record -> record.partitionKey() == null);
        HashKeyRange range = automatic ? null : shard.hashKeyRange();
        return deaggregate(records, range)
                .map(record -> new ExtendedSequenceNumber(record.sequenceNumber(), record.subSequenceNumber()))
                .anyMatch(record -> record.compareTo(position) > 0);
    }

    private static Stream<KinesisClientRecord> deaggregate(List<KinesisClientRecord> records, HashKeyRange range) {
        DroppedAggregates aggregates = new DroppedAggregates();
        return range == null
                ? aggregates.deaggregate(records).stream()
                : aggregates.deaggregate(records, range.startingHashKey(), range.endingHashKey()).stream();
    }
}
