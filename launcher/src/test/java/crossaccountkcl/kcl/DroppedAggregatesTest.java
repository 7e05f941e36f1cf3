package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import crossaccountkcl.CapturedLog;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.kpl.Messages.AggregatedRecord;
import software.amazon.kinesis.retrieval.kpl.Messages.Record;

class DroppedAggregatesTest {
    private static final BigInteger START = BigInteger.ZERO;
    private static final BigInteger END = BigInteger.valueOf(99);

    private final CapturedLog log = new CapturedLog(DroppedAggregates.class);
    private final DroppedAggregates aggregates = new DroppedAggregates();

    @AfterEach
    void endLog() {
        log.close();
    }

    private static KinesisClientRecord record(int sequenceNumber, ByteBuffer data) {
        return KinesisClientRecord.builder()
                .sequenceNumber(String.valueOf(sequenceNumber))
                .partitionKey("outer")
                .data(data)
                .build();
    }

    private static KinesisClientRecord plain(int sequenceNumber) {
        return record(sequenceNumber, ByteBuffer.wrap("plain".getBytes()));
    }

    /** An aggregate with one record for each explicit hash key. */
    private static KinesisClientRecord aggregate(int sequenceNumber, int... hashKeys) throws Exception {
        AggregatedRecord.Builder message = AggregatedRecord.newBuilder().addPartitionKeyTable("key");
        for (int index = 0; index < hashKeys.length; index++) {
            message.addExplicitHashKeyTable(String.valueOf(hashKeys[index]))
                    .addRecords(Record.newBuilder()
                            .setPartitionKeyIndex(0)
                            .setExplicitHashKeyIndex(index)
                            .setData(ByteString.copyFromUtf8("data")));
        }
        byte[] body = message.build().toByteArray();
        ByteBuffer data = ByteBuffer.allocate(4 + body.length + 16);
        data.put(AggregatorUtil.AGGREGATED_RECORD_MAGIC)
                .put(body)
                .put(MessageDigest.getInstance("MD5").digest(body))
                .flip();
        return record(sequenceNumber, data);
    }

    /** @return sequence and sub-sequence numbers of what KCL keeps */
    private List<String> kept(KinesisClientRecord... records) {
        return aggregates.deaggregate(List.of(records), START, END).stream()
                .map(record -> record.sequenceNumber() + "/" + record.subSequenceNumber())
                .toList();
    }

    private void assertOneErrorOf(String numbers) {
        assertEquals(1, log.warnings().size(), log.warnings().toString());
        String error = log.warnings().get(0);
        assertTrue(error.contains("the shard's range 0 to 99: "), error);
        assertTrue(error.contains("Sequence numbers " + numbers + ". "), error);
    }

    @Test
    void isSilentWhereNothingIsDropped() throws Exception {
        assertEquals(
                List.of("1/0", "2/0", "2/1", "3/0", "4/0"),
                kept(plain(1), aggregate(2, 0, 99), plain(3), aggregate(4, 50)));
        assertEquals(List.of(), log.warnings());
    }

    @Test
    void saysThatAggregatesWereDroppedWhole() throws Exception {
        assertEquals(
                List.of("2/0", "2/1", "4/0"),
                kept(aggregate(1, 100), aggregate(2, 1, 2), aggregate(3, 1, 2, 100), plain(4), aggregate(5, 200, 1)));
        assertOneErrorOf("1 to 5");
        assertTrue(log.warnings().get(0).startsWith("KCL dropped 3 of 5 records, "));
    }

    @Test
    void saysItOfAnAggregateThatHoldsNothing() throws Exception {
        assertEquals(List.of("2/0"), kept(aggregate(1), plain(2)));
        assertOneErrorOf("1 to 1");
    }

    @Test
    void saysItWhereTheRangeCameAsText() throws Exception {
        aggregates.deaggregate(Stream.of(aggregate(7, 100)).toList(), "0", "99");
        assertOneErrorOf("7 to 7");
    }

    @Test
    void keepsEverythingWhereTheRangeIsNotKnown() throws Exception {
        assertEquals(2, aggregates.deaggregate(List.of(aggregate(1, 100, 200))).size());
        assertEquals(List.of(), log.warnings());
    }

    @Test
    void leavesAnAggregateWithAWrongDigestAsItIs() throws Exception {
        KinesisClientRecord broken = aggregate(1, 100);
        broken.data().put(broken.data().limit() - 1, (byte) (broken.data().get(broken.data().limit() - 1) + 1));
        assertEquals(List.of("1/0"), kept(broken));
        assertEquals(List.of(), log.warnings());
    }
}
