package crossaccountkcl.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import software.amazon.kinesis.coordinator.WorkerStateChangeListener.WorkerState;

class JsonLinesTest {
    private final LoggerContext context = new LoggerContext();

    private String encode(Level level, String message, Throwable cause, Object... args) {
        LoggingEvent event =
                new LoggingEvent(getClass().getName(), context.getLogger("a.b.C"), level, message, cause, args);
        event.setThreadName("shard-1");
        return encode(event);
    }

    private String encode(LoggingEvent event) {
        JsonLines encoder = new JsonLines();
        encoder.setContext(context);
        encoder.start();
        return new String(encoder.encode(event), StandardCharsets.UTF_8);
    }

    private static JsonNode parse(String line) throws Exception {
        return new ObjectMapper().readTree(line);
    }

    @Test
    void writesLevelLoggerThreadAndMessage() {
        assertEquals(
                "{\"level\":\"warn\",\"logger\":\"a.b.C\",\"thread\":\"shard-1\",\"msg\":\"took 3 of 4\"}\n",
                encode(Level.WARN, "took {} of {}", null, 3, 4));
    }

    @Test
    void writesOneLineOfAsciiWhateverTheMessageHolds() throws Exception {
        String message = "a\nb\r\nc\u2028d\u2029e\u0085f\u0000 pé漢 \ud83d\ude00 \"\\";
        String line = encode(Level.INFO, message, null);
        assertEquals(line.length() - 1, line.indexOf('\n'));
        assertTrue(line.chars().allMatch(c -> c == '\n' || c >= 0x20 && c < 0x7f), line);
        assertEquals(message, parse(line).get("msg").asText());
    }

    @Test
    void writesTheStackWithItsCausesInTheSameLine() throws Exception {
        Exception failure = new IllegalStateException("outer\u2028", new RuntimeException("inner"));
        String line = encode(Level.ERROR, "failed", failure);
        assertEquals(line.length() - 1, line.indexOf('\n'));
        assertFalse(line.contains("\u2028"));
        String stack = parse(line).get("stack").asText();
        assertTrue(stack.startsWith("java.lang.IllegalStateException: outer\u2028"), stack);
        assertTrue(stack.contains("JsonLinesTest.writesTheStack"), stack);
        assertTrue(stack.contains("Caused by: java.lang.RuntimeException: inner"), stack);
    }

    @Test
    void writesTheFieldsOfTheEvent() throws Exception {
        LoggingEvent event = new LoggingEvent("x", context.getLogger("a.b.C"), Level.INFO, "KCL has started", null, null);
        event.setThreadName("main");
        event.addKeyValuePair(new KeyValuePair("workerState", WorkerState.STARTED));
        event.addKeyValuePair(new KeyValuePair("worker", null));
        JsonNode line = parse(encode(event));
        assertEquals("STARTED", line.get("workerState").asText());
        assertEquals("null", line.get("worker").asText());
        assertEquals("KCL has started", line.get("msg").asText());
    }

    @Test
    void writesNoStackWithoutAFailure() throws Exception {
        assertFalse(parse(encode(Level.ERROR, "failed", null)).has("stack"));
    }

    @Test
    void writesNothingBeforeAndAfterTheEvents() {
        assertEquals(0, new JsonLines().headerBytes().length + new JsonLines().footerBytes().length);
    }
}
