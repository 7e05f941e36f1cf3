package crossaccountkcl.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.CodedOutputStream;
import crossaccountkcl.kcl.DroppedAggregates;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.helpers.NOPLogger;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.multilang.messages.ProcessRecordsMessage;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/**
 * From Kinesis's record to what is sent to Node, in both transports: whatever a producer puts, nothing is thrown, and
 * every record comes out or is counted as dropped. {@code -Dfuzz.inputs=1000000} for more of them.
 */
class AggregatesFuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 20_000);
    private static final long SEED = Long.getLong("fuzz.seed", 20_250_101);
    private static final BigInteger[] RANGE_ENDS = {
        BigInteger.ZERO, BigInteger.valueOf(99), BigInteger.TWO.pow(127), BigInteger.TWO.pow(128).subtract(BigInteger.ONE)
    };
    private static final String[] HASH_KEYS = {
        "0", "5", "99", "100", "-1", "+1", "", " 1", "x", "1e3", "007", "\u0663", "9".repeat(39), "9".repeat(40),
        "1".repeat(5_000), BigInteger.TWO.pow(128).toString(), BigInteger.TWO.pow(127).toString(), "0x10", "1.0"
    };
    private static final String[] KEYS = {
        "key", "", "p\u00e9\u6f22\ud83d\ude00\u2028\u0000\"\\", "k".repeat(256), "k".repeat(257), "\ud83d\ude00".repeat(256)
    };
    private static final String LONG_KEY = "k".repeat(65_536);
    private static final Pattern COUNT = Pattern.compile("(?:KCL dropped )?(\\d+) of \\d+ records");

    private final ObjectMapper json = new ObjectMapper();
    /** Not the class's own log: other tests count its lines at the same time. */
    private final Logger log = new LoggerContext().getLogger("aggregates");

    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final DroppedAggregates logged = new DroppedAggregates(log);

    private final DroppedAggregates aggregates = new DroppedAggregates(NOPLogger.NOP_LOGGER);

    private static byte[] aggregate(byte[] message) throws Exception {
        return ByteBuffer.allocate(4 + message.length + 16)
                .put(AggregatorUtil.AGGREGATED_RECORD_MAGIC)
                .put(message)
                .put(MessageDigest.getInstance("MD5").digest(message))
                .array();
    }

    private interface Writing {
        void to(CodedOutputStream out) throws IOException;
    }

    private static byte[] written(Writing writing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        writing.to(out);
        out.flush();
        return bytes.toByteArray();
    }

    /** Fields in any order and number, indexes near and far, what the format does not know, and its required fields not. */
    private static byte[] message(Random random) throws IOException {
        boolean odd = random.nextInt(3) == 0;
        int keys = odd ? random.nextInt(4) : 1 + random.nextInt(3);
        int hashKeys = random.nextInt(3);
        return written(out -> {
            for (int i = 0; i < keys; i++) {
                String key = !odd ? "key-" + i : random.nextInt(500) == 0 ? LONG_KEY : KEYS[random.nextInt(KEYS.length)];
                out.writeString(1, key);
            }
            for (int i = 0; i < hashKeys; i++) {
                out.writeString(2, odd ? HASH_KEYS[random.nextInt(HASH_KEYS.length)] : String.valueOf(random.nextInt(120)));
            }
            int records = random.nextInt(200) == 0 ? 2_000 : random.nextInt(5);
            for (int i = 0; i < records; i++) out.writeByteArray(3, record(random, keys, hashKeys, odd));
            if (odd && random.nextInt(4) == 0) out.writeUInt64(random.nextInt(20) + 1, random.nextLong());
        });
    }

    private static byte[] record(Random random, int keys, int hashKeys, boolean odd) throws IOException {
        return written(out -> {
            if (!odd || random.nextInt(20) > 0) out.writeUInt64(1, index(random, keys, odd));
            if (hashKeys > 0 && random.nextBoolean()) out.writeUInt64(2, index(random, hashKeys, odd));
            byte[] data = new byte[random.nextInt(8)];
            random.nextBytes(data);
            if (!odd || random.nextInt(20) > 0) out.writeByteArray(3, data);
        });
    }

    private static long index(Random random, int size, boolean odd) {
        if (!odd || random.nextInt(8) > 0) return size == 0 ? 0 : random.nextInt(size);
        long[] far = {size, -1, Long.MIN_VALUE, Integer.MAX_VALUE, 1L << 31, 1L << 32, (1L << 32) + 1, random.nextLong()};
        return far[random.nextInt(far.length)];
    }

    private static byte[] data(Random random) throws Exception {
        switch (random.nextInt(8)) {
            case 0: // any bytes
                return bytes(random, random.nextInt(60));
            case 1: // the magic number and any bytes
                byte[] start = bytes(random, 4 + random.nextInt(40));
                System.arraycopy(AggregatorUtil.AGGREGATED_RECORD_MAGIC, 0, start, 0, 4);
                return start;
            case 2: // any bytes with a right checksum
                return aggregate(bytes(random, random.nextInt(60)));
            case 3: // an aggregate that was changed on its way
                return mutated(aggregate(message(random)), random);
            case 4, 5: // a changed message with a right checksum
                return aggregate(mutated(message(random), random));
            default:
                return aggregate(message(random));
        }
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] mutated(byte[] bytes, Random random) {
        byte[] result = bytes.clone();
        for (int changes = random.nextInt(4); changes >= 0 && result.length > 0; changes--) {
            int at = random.nextInt(result.length);
            switch (random.nextInt(4)) {
                case 0 -> result[at] = (byte) random.nextInt(256);
                case 1 -> result[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> result = Arrays.copyOf(result, at);
                default -> Arrays.fill(result, at, Math.min(result.length, at + 10), (byte) 0xff); // a long varint
            }
        }
        return result;
    }

    private static List<KinesisClientRecord> batch(List<byte[]> data) {
        List<KinesisClientRecord> records = new ArrayList<>();
        for (byte[] bytes : data) {
            Record record = Record.builder()
                    .sequenceNumber(String.valueOf(records.size()))
                    .partitionKey(records.size() % 2 == 0 ? "outer" : null) // as with automatic distribution
                    .data(SdkBytes.fromByteArray(bytes))
                    .build();
            records.add(KinesisClientRecord.fromRecord(record));
        }
        return records;
    }

    /** @return how many records were taken out of aggregates */
    private int check(List<byte[]> data, BigInteger start, BigInteger end) throws IOException {
        lines.list.clear();
        List<KinesisClientRecord> kept = logged.deaggregate(batch(data), start, end);
        int dropped = 0;
        for (ILoggingEvent line : lines.list) {
            String text = line.getFormattedMessage();
            assertTrue(text.length() < 1_000, text);
            if (text.startsWith("KCL dropped")) dropped += count(text);
        }
        Set<String> came = new HashSet<>();
        for (KinesisClientRecord record : kept) {
            came.add(record.sequenceNumber());
            byte[] put = data.get(Integer.parseInt(record.sequenceNumber()));
            if (!record.aggregated()) assertEquals(ByteBuffer.wrap(put), record.data());
        }
        assertEquals(data.size(), came.size() + dropped);

        int framed = 0;
        RecordsFrames frames = new RecordsFrames(kept, 0L, ByteBuffer.allocate(64));
        while (frames.hasNext()) framed += frames.next().getInt(5);
        assertEquals(kept.size(), framed);

        ProcessRecordsInput input = ProcessRecordsInput.builder().records(kept).millisBehindLatest(0L).build();
        JsonNode sent = json.readTree(json.writeValueAsString(new ProcessRecordsMessage(input))).get("records");
        assertEquals(kept.size(), sent.size());
        for (int i = 0; i < sent.size(); i++) {
            assertEquals(kept.get(i).data().rewind(), ByteBuffer.wrap(sent.get(i).get("data").binaryValue()));
        }
        return (int) kept.stream().filter(KinesisClientRecord::aggregated).count();
    }

    private static int count(String line) {
        Matcher matcher = COUNT.matcher(line);
        assertTrue(matcher.lookingAt(), line);
        return Integer.parseInt(matcher.group(1));
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES) // for a million inputs on a busy machine
    void everyRecordComesOutOrIsCountedAsDropped() throws Exception {
        lines.start();
        log.addAppender(lines);
        Random random = new Random(SEED);
        long takenApart = 0;
        for (int inputs = 0; inputs < INPUTS; ) {
            List<byte[]> data = new ArrayList<>();
            for (int i = random.nextInt(8); i >= 0; i--) data.add(data(random));
            BigInteger end = RANGE_ENDS[random.nextInt(RANGE_ENDS.length)];
            try {
                takenApart += check(data, BigInteger.ZERO, end);
            } catch (Throwable e) {
                List<String> hex = data.stream().map(HexFormat.of()::formatHex).toList();
                fail("input " + inputs + " of seed " + SEED + ", range to " + end + ": " + hex, e);
            }
            inputs += data.size();
        }
        assertTrue(takenApart > INPUTS / 10, "only " + takenApart + " were taken apart: the inputs are of no use");
    }

    /** What KCL can take apart is taken apart as KCL does it. */
    @Test
    void agreesWithKclWhereItCanReadAnAggregate() throws Exception {
        Random random = new Random(SEED);
        AggregatorUtil stock = new AggregatorUtil();
        for (int i = 0; i < INPUTS / 4; i++) {
            List<byte[]> data = new ArrayList<>();
            for (int count = random.nextInt(4); count >= 0; count--) data.add(valid(random));
            BigInteger end = RANGE_ENDS[random.nextInt(RANGE_ENDS.length)];
            assertEquals(
                    stock.deaggregate(batch(data), BigInteger.ZERO, end),
                    aggregates.deaggregate(batch(data), BigInteger.ZERO, end),
                    "seed " + SEED + ", input " + i);
        }
    }

    private static byte[] valid(Random random) throws Exception {
        if (random.nextInt(4) == 0) return "plain".getBytes(StandardCharsets.UTF_8);
        int keys = 1 + random.nextInt(3);
        int hashKeys = random.nextInt(3);
        return aggregate(written(out -> {
            for (int i = 0; i < keys; i++) out.writeString(1, KEYS[random.nextInt(4)]);
            for (int i = 0; i < hashKeys; i++) out.writeString(2, String.valueOf(random.nextInt(120)));
            for (int i = random.nextInt(5); i > 0; i--) out.writeByteArray(3, record(random, keys, hashKeys, false));
        }));
    }

    /** As many as a record of 1 MiB can hold, which make a batch of 180 times its size with the longest keys. */
    @Test
    void takesAnAggregateOfTheMostRecordsApart() throws Exception {
        byte[] record = written(out -> {
            out.writeUInt64(1, 0);
            out.writeByteArray(3, new byte[0]);
        });
        int count = (1024 * 1024 - 1_100) / (record.length + 2);
        byte[] all = aggregate(written(out -> {
            out.writeString(1, "\ud83d\ude00".repeat(256));
            for (int i = 0; i < count; i++) out.writeByteArray(3, record);
        }));
        List<KinesisClientRecord> kept = aggregates.deaggregate(batch(List.of(all)), BigInteger.ZERO, RANGE_ENDS[3]);
        assertEquals(count, kept.size());
        int framed = 0;
        RecordsFrames frames = new RecordsFrames(kept, 0L, ByteBuffer.allocate(64));
        while (frames.hasNext()) {
            ByteBuffer frame = frames.next();
            assertTrue(frame.remaining() <= RecordsFrames.TARGET_LENGTH);
            framed += frame.getInt(5);
        }
        assertEquals(count, framed);
    }
}
