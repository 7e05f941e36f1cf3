package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import crossaccountkcl.Fakes;
import crossaccountkcl.aws.PatientCalls;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;
import software.amazon.kinesis.retrieval.kpl.Messages;

class UnreadRecordsTest {
    private static final InitialPositionInStreamExtended TRIM_HORIZON =
            InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON);

    private final List<GetShardIteratorRequest> iterators = new ArrayList<>();
    private final List<GetRecordsRequest> asked = new ArrayList<>();
    private final Queue<CompletableFuture<GetRecordsResponse>> answers = new ArrayDeque<>();

    private final Fakes.NoKinesis kinesis = new Fakes.NoKinesis() {
        @Override
        public CompletableFuture<GetShardIteratorResponse> getShardIterator(GetShardIteratorRequest request) {
            iterators.add(request);
            return CompletableFuture.completedFuture(
                    GetShardIteratorResponse.builder().shardIterator("first").build());
        }

        @Override
        public CompletableFuture<GetRecordsResponse> getRecords(GetRecordsRequest request) {
            asked.add(request);
            return answers.remove();
        }
    };

    private void answer(String nextIterator, Record... records) {
        answers.add(CompletableFuture.completedFuture(GetRecordsResponse.builder()
                .records(records)
                .nextShardIterator(nextIterator)
                .build()));
    }

    private String behind(ExtendedSequenceNumber position) {
        return behind(position, TRIM_HORIZON);
    }

    private String behind(ExtendedSequenceNumber position, InitialPositionInStreamExtended initialPosition) {
        return behind(Fakes.ListedShards.closed("shard-1"), position, initialPosition);
    }

    private String behind(
            Shard shard, ExtendedSequenceNumber position, InitialPositionInStreamExtended initialPosition) {
        return new UnreadRecords(kinesis, new PatientCalls(Duration.ZERO), Duration.ZERO)
                .behind(Fakes.STREAM_ARN, shard, position, initialPosition);
    }

    private static String unread(String position) {
        return "the shard shard-1 of " + Fakes.STREAM_ARN + " has records behind " + position + " that were not read";
    }

    private static ExtendedSequenceNumber at(String sequenceNumber, long subSequenceNumber) {
        return new ExtendedSequenceNumber(sequenceNumber, subSequenceNumber);
    }

    private static Record record(String sequenceNumber) {
        return record(sequenceNumber, SdkBytes.fromUtf8String("data"));
    }

    private static Record record(String sequenceNumber, SdkBytes data) {
        return Record.builder()
                .sequenceNumber(sequenceNumber)
                .partitionKey("key")
                .data(data)
                .build();
    }

    /** A KPL aggregate with one record for each explicit hash key. */
    private static Record aggregate(String sequenceNumber, String... hashKeys) throws Exception {
        Messages.AggregatedRecord.Builder message =
                Messages.AggregatedRecord.newBuilder().addPartitionKeyTable("key");
        for (int index = 0; index < hashKeys.length; index++) {
            message.addExplicitHashKeyTable(hashKeys[index])
                    .addRecords(Messages.Record.newBuilder()
                            .setPartitionKeyIndex(0)
                            .setExplicitHashKeyIndex(index)
                            .setData(ByteString.copyFromUtf8("data")));
        }
        byte[] body = message.build().toByteArray();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.write(AggregatorUtil.AGGREGATED_RECORD_MAGIC);
        data.write(body);
        data.write(MessageDigest.getInstance("MD5").digest(body));
        return record(sequenceNumber, SdkBytes.fromByteArray(data.toByteArray()));
    }

    @Test
    void findsNothingBehindTheLastRecord() {
        answer(null, record("7"));
        assertNull(behind(at("7", 0)));
        assertEquals(
                List.of(GetShardIteratorRequest.builder()
                        .streamARN(Fakes.STREAM_ARN)
                        .shardId("shard-1")
                        .shardIteratorType(ShardIteratorType.AT_SEQUENCE_NUMBER)
                        .startingSequenceNumber("7")
                        .build()),
                iterators);
    }

    @Test
    void asksOnThroughEmptyAnswers() {
        answer("second", record("7"));
        answer("third");
        answer("fourth");
        answer(null, record("8"));
        assertEquals(unread("7"), behind(at("7", 0)));
        assertEquals(
                List.of("first", "second", "third", "fourth"),
                asked.stream().map(GetRecordsRequest::shardIterator).toList());
        assertEquals(
                List.of(Fakes.STREAM_ARN),
                asked.stream().map(GetRecordsRequest::streamARN).distinct().toList());
    }

    @Test
    void takesTheRestOfAnAggregateForUnread() throws Exception {
        answer(null, aggregate("7", "0", "0", "0"));
        assertEquals(unread("7"), behind(at("7", 1)));
        answer(null, aggregate("7", "0", "0", "0"));
        assertNull(behind(at("7", 2)));
    }

    /** KCL delivers nothing of it, so that the position never gets behind it. */
    @Test
    void doesNotTakeForUnreadWhatKclDrops() throws Exception {
        Shard shard = Fakes.ListedShards.closed("shard-1").toBuilder()
                .hashKeyRange(range -> range.startingHashKey("0").endingHashKey("99"))
                .build();
        answer(null, record("7"), aggregate("8", "100"));
        assertNull(behind(shard, at("7", 0), TRIM_HORIZON));
    }

    @Test
    void readsFromWhereReadingBeganIfNothingWasDelivered() {
        answer(null, record("7"));
        assertEquals(unread("TRIM_HORIZON"), behind(ExtendedSequenceNumber.TRIM_HORIZON));
        assertEquals(ShardIteratorType.TRIM_HORIZON, iterators.get(0).shardIteratorType());

        Date time = new Date(1_700_000_000_000L);
        answer(null);
        assertNull(behind(
                ExtendedSequenceNumber.AT_TIMESTAMP,
                InitialPositionInStreamExtended.newInitialPositionAtTimestamp(time)));
        assertEquals(ShardIteratorType.AT_TIMESTAMP, iterators.get(1).shardIteratorType());
        assertEquals(time.toInstant(), iterators.get(1).timestamp());
    }

    /** The latest of a closed shard is its end, whatever came since the worker began there. */
    @ParameterizedTest
    @ValueSource(strings = {"LATEST", "AT_TIMESTAMP"})
    void readsTheWholeShardIfItIsUnknownWhereReadingBegan(String position) {
        answer(null, record("7"));
        assertEquals(unread(position), behind(new ExtendedSequenceNumber(position), null));
        assertEquals(ShardIteratorType.TRIM_HORIZON, iterators.get(0).shardIteratorType());
    }

    @Test
    void doesNotAskForEver() {
        for (int i = 0; i < 50; i++) answer("next");
        assertEquals(
                "the shard shard-1 of " + Fakes.STREAM_ARN + " did not end within 50 answers of GetRecords behind 7",
                behind(at("7", 0)));
        assertEquals(50, asked.size());
    }

    @Test
    void waitsWhileOthersUseTheShardsThroughput() {
        for (int i = 0; i < 4; i++) {
            answers.add(Fakes.failed(ProvisionedThroughputExceededException.builder()
                    .message("rate exceeded")
                    .build()));
        }
        answer(null);
        assertNull(behind(at("7", 0)));
    }

    @Test
    void takesARefusalForAnAnswer() {
        for (RuntimeException no : List.of(
                AccessDeniedException.builder().message("not authorized").build(),
                InvalidArgumentException.builder().message("did not come from this stream").build())) {
            answers.add(Fakes.failed(no));
            CompletionException thrown = assertThrows(CompletionException.class, () -> behind(at("7", 0)));
            assertSame(no, thrown.getCause());
        }
        assertEquals(2, asked.size());
    }
}
