package crossaccountkcl.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Any bytes from Node end in a message or in an IOException. {@code -Dfuzz.inputs=1000000} for more of them. */
class ControlFramesFuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 20_000);
    private static final long SEED = Long.getLong("fuzz.seed", 20_250_101);
    private static final String[] MESSAGES = {
        "{\"type\":\"welcome\",\"version\":1}",
        "{\"type\":\"done\",\"action\":\"records\"}",
        "{\"type\":\"checkpoint\",\"sequenceNumber\":\"49590338271490256608559692538361571095921575989136588898\","
                + "\"subSequenceNumber\":0}",
        "{\"type\":\"checkpoint\"}",
        "{\"type\":\"failed\",\"kind\":\"handler\",\"reason\":\"p\u00e9\u6f22 \ud83d\ude00 \\u0000 \\\" line\\n\"}",
        "{\"type\":\"refused\",\"reason\":\"'records' came in state 'hello'\"}",
    };
    private static final String[] PIECES = {
        "[", "{", "{\"a\":", "\"", "\\u", "\\ud800", "1e999999999", "-0.0", "9".repeat(1200), "null", "NaN", "//", "/*",
        "\u0000", "\u2028", "\ufeff", ",", ":", "]", "}", "\"type\":", "\"type\":\"done\"", "true",
    };

    /** What is asked of it beyond the bytes there are shows how much memory was taken. */
    private static final class Bytes implements ReadableByteChannel {
        private final ByteBuffer bytes;
        private final int piece;
        int mostAskedFor;
        int reads;

        Bytes(byte[] bytes, int piece) {
            this.bytes = ByteBuffer.wrap(bytes);
            this.piece = piece;
        }

        @Override
        public int read(ByteBuffer into) {
            mostAskedFor = Math.max(mostAskedFor, into.capacity());
            reads++;
            if (!bytes.hasRemaining()) return -1;
            int count = Math.min(Math.min(into.remaining(), piece), bytes.remaining());
            into.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    /** Reads messages until the input ends or is refused. @return how many there were */
    private static int readAll(byte[] input, int piece) {
        Bytes channel = new Bytes(input, piece);
        int messages = 0;
        try {
            while (true) {
                JsonNode message = ControlFrames.read(channel);
                assertTrue(message.isObject() && message.get("type").isTextual());
                messages++;
                assertTrue(messages <= input.length / 5);
            }
        } catch (IOException e) {
            assertTrue(e.getMessage() != null && !e.getMessage().isBlank());
            assertTrue(channel.mostAskedFor <= Frame.MAX_CONTROL_LENGTH, "asked for " + channel.mostAskedFor);
            assertTrue(channel.reads <= input.length + 2, channel.reads + " reads of " + input.length + " bytes");
        }
        return messages;
    }

    private static byte[] frame(byte[] body) {
        return ByteBuffer.allocate(5 + body.length).putInt(1 + body.length).put((byte) 'J').put(body).array();
    }

    private static byte[] concat(byte[] a, byte[] b) {
        return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
    }

    private static byte[] input(Random random) {
        byte[] input = new byte[0];
        for (int frames = random.nextInt(4); frames >= 0; frames--) input = concat(input, oneFrame(random));
        return random.nextInt(3) == 0 ? mutated(input, random) : input;
    }

    private static byte[] oneFrame(Random random) {
        switch (random.nextInt(5)) {
            case 0: // a message
                return frame(message(random));
            case 1: // a message with some bytes changed, and its length right
                return frame(mutated(message(random), random));
            case 2: // pieces of JSON, often deep
                return frame(pieces(random));
            case 3: // any bytes with a right length
                byte[] body = new byte[random.nextInt(200)];
                random.nextBytes(body);
                return frame(body);
            default: // any bytes
                byte[] bytes = new byte[random.nextInt(40)];
                random.nextBytes(bytes);
                if (bytes.length > 2) bytes[0] = bytes[1] = 0;
                return bytes;
        }
    }

    private static byte[] message(Random random) {
        return MESSAGES[random.nextInt(MESSAGES.length)].getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] pieces(Random random) {
        StringBuilder text = new StringBuilder();
        int most = random.nextInt(10) == 0 ? Frame.MAX_CONTROL_LENGTH / 4 : 200;
        for (int kinds = random.nextInt(4); kinds >= 0 && text.length() < most; kinds--) {
            String piece = PIECES[random.nextInt(PIECES.length)];
            text.append(piece.repeat(1 + random.nextInt(Math.max(1, most / piece.length() / 2))));
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] mutated(byte[] bytes, Random random) {
        byte[] result = bytes.clone();
        for (int changes = random.nextInt(4); changes >= 0 && result.length > 0; changes--) {
            int at = random.nextInt(result.length);
            switch (random.nextInt(4)) {
                case 0 -> result[at] = (byte) random.nextInt(256);
                case 1 -> result[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> result = Arrays.copyOf(result, at);
                default -> result = concat(Arrays.copyOf(result, at), bytes);
            }
        }
        return result;
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES) // for a million inputs on a busy machine
    void anyBytesEndInAMessageOrAnIoException() {
        Random random = new Random(SEED);
        long messages = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = input(random);
            try {
                messages += readAll(input, 1 + random.nextInt(100));
            } catch (Throwable e) {
                fail("input " + i + " of seed " + SEED + ": " + HexFormat.of().formatHex(input), e);
            }
        }
        assertTrue(messages > INPUTS / 10, "only " + messages + " messages: the inputs are of no use");
    }

    /** The reader is what the fuzz takes it for. */
    @Test
    void readsTheMessagesThatAreThere() {
        for (String message : MESSAGES) {
            byte[] frame = frame(message.getBytes(StandardCharsets.UTF_8));
            assertEquals(2, readAll(concat(frame, frame), 3));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":", "[{\"type\":"})
    void refusesWhatIsNestedTooDeep(String piece) {
        byte[] input = frame(piece.repeat(60_000 / piece.length()).getBytes(StandardCharsets.UTF_8));
        assertThrows(ProtocolException.class, () -> ControlFrames.read(new Bytes(input, Integer.MAX_VALUE)));
    }

    /** Found by looking: Jackson reads one value and leaves the rest. */
    @ParameterizedTest
    @ValueSource(strings = {"{\"type\":\"done\"}{\"type\":\"failed\"}", "{\"type\":\"done\"} x", "{\"type\":\"done\"}]"})
    void refusesMoreThanOneObject(String body) {
        byte[] input = frame(body.getBytes(StandardCharsets.UTF_8));
        assertThrows(ProtocolException.class, () -> ControlFrames.read(new Bytes(input, Integer.MAX_VALUE)));
    }
}
