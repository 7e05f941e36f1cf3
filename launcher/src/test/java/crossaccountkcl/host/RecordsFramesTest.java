package crossaccountkcl.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

class RecordsFramesTest {
    private static final int MIB = 1024 * 1024;

    private record Decoded(Long arrival, long sub, String key, String sequence, ByteBuffer data) {}

    private record Batch(long millisBehind, List<Decoded> records) {}

    private static KinesisClientRecord record(String sequence, String key, long sub, Instant arrival, ByteBuffer data) {
        return KinesisClientRecord.builder()
                .sequenceNumber(sequence)
                .partitionKey(key)
                .subSequenceNumber(sub)
                .approximateArrivalTimestamp(arrival)
                .data(data)
                .build();
    }

    private static KinesisClientRecord record(String sequence, int bytes) {
        return record(sequence, "k", 0, Instant.EPOCH, ByteBuffer.allocate(bytes));
    }

    private static ByteBuffer reusable() {
        return ByteBuffer.allocate(64);
    }

    /** Copies, as the frames share one buffer. */
    private static List<byte[]> frames(List<KinesisClientRecord> records, Long millisBehind) throws IOException {
        RecordsFrames frames = new RecordsFrames(records, millisBehind, reusable());
        List<byte[]> all = new ArrayList<>();
        while (frames.hasNext()) {
            ByteBuffer frame = frames.next();
            byte[] copy = new byte[frame.remaining()];
            frame.get(copy);
            all.add(copy);
        }
        assertThrows(NoSuchElementException.class, frames::next);
        return all;
    }

    private static Batch decode(byte[] frame) {
        ByteBuffer in = ByteBuffer.wrap(frame);
        assertEquals(frame.length - 4, in.getInt());
        assertEquals('R', in.get());
        int count = in.getInt();
        long millisBehind = in.getLong();
        List<Decoded> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int dataLength = in.getInt();
            long arrival = in.getLong();
            long sub = in.getLong();
            int keyLength = Short.toUnsignedInt(in.getShort());
            int sequenceLength = Byte.toUnsignedInt(in.get());
            String key = text(in, keyLength);
            String sequence = text(in, sequenceLength);
            ByteBuffer data = in.slice(in.position(), dataLength);
            in.position(in.position() + dataLength);
            records.add(new Decoded(arrival == -1 ? null : arrival, sub, key, sequence, data));
        }
        assertFalse(in.hasRemaining());
        return new Batch(millisBehind, records);
    }

    private static String text(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void assertBytes(String hex, List<byte[]> frames) {
        assertEquals(1, frames.size());
        assertEquals(hex.replaceAll("\\s", ""), HexFormat.of().formatHex(frames.get(0)));
    }

    @Test
    void writesEveryFieldAtItsOffset() throws IOException {
        StringBuilder allBytes = new StringBuilder();
        ByteBuffer data = ByteBuffer.allocate(256);
        for (int i = 0; i < 256; i++) {
            allBytes.append(String.format("%02x", i));
            data.put((byte) i);
        }
        List<KinesisClientRecord> records = List.of(
                record("4959", "pé漢\u2028\u0001\"", 7, Instant.ofEpochMilli(1_700_000_000_123L), data.flip()));
        String rest = """
                00000100
                0000018bcfe5687b
                0000000000000007
                000b
                04
                70 c3a9 e6bca2 e280a8 01 22
                34393539
                """ + allBytes;
        assertBytes("00000133 52 00000001 ffffffffffffffff" + rest, frames(records, null));
        assertBytes("00000133 52 00000001 00000000000005dc" + rest, frames(records, 1500L));
    }

    @Test
    void sendsAFrameWithoutRecordsForAnEmptyBatch() throws IOException {
        assertBytes("0000000d 52 00000000 0000000000000000", frames(List.of(), 0L));
        assertBytes("0000000d 52 00000000 ffffffffffffffff", frames(List.of(), null));
    }

    @Test
    void takesMissingDataKeyAndArrivalForEmptyAndUnknown() throws IOException {
        assertBytes(
                "00000025 52 00000001 ffffffffffffffff 00000000 ffffffffffffffff 0000000000000000 0000 01 39",
                frames(List.of(record("9", null, 0, null, null)), null));
    }

    @Test
    void leavesTheRecordsOwnBufferAsItWas() throws IOException {
        ByteBuffer data = ByteBuffer.wrap("..data..".getBytes(StandardCharsets.US_ASCII)).position(2).limit(6);
        Batch batch = decode(frames(List.of(record("1", "k", 0, null, data)), null).get(0));
        assertEquals("data", StandardCharsets.US_ASCII.decode(batch.records.get(0).data).toString());
        assertEquals(2, data.position());
        assertEquals(6, data.limit());
    }

    @Test
    void takesReadOnlyAndDirectBuffers() throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(3).put(new byte[] {1, 2, 3}).flip();
        for (ByteBuffer data : List.of(ByteBuffer.wrap(new byte[] {1, 2, 3}).asReadOnlyBuffer(), direct)) {
            Batch batch = decode(frames(List.of(record("1", "k", 0, null, data)), null).get(0));
            assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), batch.records.get(0).data);
        }
    }

    @Test
    void sendsALargeRecordAlone() throws IOException {
        List<byte[]> frames = frames(List.of(record("1", 10), record("2", 10 * MIB), record("3", 10)), 5L);
        assertEquals(3, frames.size());
        for (int i = 0; i < 3; i++) {
            Batch batch = decode(frames.get(i));
            assertEquals(5, batch.millisBehind);
            assertEquals(1, batch.records.size());
            assertEquals(String.valueOf(i + 1), batch.records.get(0).sequence);
        }
        assertEquals(10 * MIB, decode(frames.get(1)).records.get(0).data.remaining());
    }

    @Test
    void fillsAFrameToTheTargetAndNotAByteMore() throws IOException {
        int overhead = 4 + 13 + 2 * (23 + 1 + 1);
        assertEquals(1, frames(List.of(record("1", 100), record("2", MIB - overhead - 100)), null).size());
        assertEquals(2, frames(List.of(record("1", 100), record("2", MIB - overhead - 99)), null).size());
    }

    @Test
    void losesAndReordersNothingWhateverTheSizes() throws IOException {
        Random random = new Random(20_240_501);
        for (int round = 0; round < 150; round++) {
            List<KinesisClientRecord> records = randomBatch(random);
            List<byte[]> frames = frames(records, (long) round);
            List<Decoded> all = new ArrayList<>();
            for (int i = 0; i < frames.size(); i++) {
                byte[] frame = frames.get(i);
                Batch batch = decode(frame);
                assertEquals(round, batch.millisBehind);
                assertTrue(frame.length <= MIB || batch.records.size() == 1, "round " + round);
                if (i > 0) assertTrue(frames.get(i - 1).length + firstLength(batch) > MIB, "split too early");
                all.addAll(batch.records);
            }
            assertEquals(records.stream().map(RecordsFramesTest::expected).toList(), all, "round " + round);
        }
    }

    private static List<KinesisClientRecord> randomBatch(Random random) {
        int largest = new int[] {1, 50, 5_000, 300_000, 2 * MIB}[random.nextInt(5)];
        List<KinesisClientRecord> records = new ArrayList<>();
        int total = 0;
        int count = random.nextInt(400);
        while (records.size() < count && total < 6 * MIB) {
            byte[] data = new byte[random.nextInt(largest)];
            random.nextBytes(data);
            total += data.length;
            records.add(record(
                    String.valueOf(random.nextLong() >>> 1),
                    "ключ\ud83d\ude00".repeat(random.nextInt(20)),
                    random.nextInt(),
                    random.nextInt(10) == 0 ? null : Instant.ofEpochMilli(random.nextLong() >>> 20),
                    ByteBuffer.wrap(data)));
        }
        return records;
    }

    private static int firstLength(Batch batch) {
        Decoded first = batch.records.get(0);
        return 23 + first.key.getBytes(StandardCharsets.UTF_8).length + first.sequence.length() + first.data.remaining();
    }

    private static Decoded expected(KinesisClientRecord record) {
        Instant arrival = record.approximateArrivalTimestamp();
        return new Decoded(
                arrival == null ? null : arrival.toEpochMilli(),
                record.subSequenceNumber(),
                record.partitionKey(),
                record.sequenceNumber(),
                record.data());
    }

    @Test
    void namesARecordThatFitsIntoNoFrame() {
        IOException e = assertThrows(IOException.class, () -> frames(List.of(record("4959", 16 * MIB)), null));
        assertEquals(
                "record 4959 does not fit into a frame: 16777257 bytes with a partition key of 1; the limit is 16777216",
                e.getMessage());
    }

    @Test
    void namesARecordWhosePartitionKeyIsTooLong() throws IOException {
        List<KinesisClientRecord> longest = List.of(record("49", "k".repeat(65_535), 0, null, null));
        assertEquals(65_535, decode(frames(longest, null).get(0)).records.get(0).key.length());
        IOException e = assertThrows(
                IOException.class, () -> frames(List.of(record("49", "k".repeat(65_536), 0, null, null)), null));
        assertTrue(e.getMessage().startsWith("record 49 does not fit into a frame"), e.getMessage());
    }

    @Test
    void reusesTheGivenBufferWhileItIsLargeEnough() throws IOException {
        ByteBuffer reusable = ByteBuffer.allocate(1000);
        ByteBuffer frame = new RecordsFrames(List.of(record("1", 100)), null, reusable).next();
        assertTrue(frame == reusable);
    }

    @Test
    void theNextBatchUsesTheBufferThatTheLastHasGrown() throws IOException {
        List<KinesisClientRecord> records = Collections.nCopies(2_000, record("1", 1_000));
        ByteBuffer kept = fill(records, reusable());
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertSame(kept, fill(records, kept));
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        // Keys and numbers of 2,000 records; a buffer of 1 MiB alone would be more.
        assertTrue(allocated < MIB, allocated + " bytes");
    }

    @Test
    void aBufferThatOneLargeRecordNeededIsNotKept() throws IOException {
        ByteBuffer given = reusable();
        assertSame(given, fill(List.of(record("1", 3 * MIB)), given));
    }

    private static ByteBuffer fill(List<KinesisClientRecord> records, ByteBuffer reusable) throws IOException {
        RecordsFrames frames = new RecordsFrames(records, 0L, reusable);
        while (frames.hasNext()) frames.next();
        return frames.reusable();
    }
}
