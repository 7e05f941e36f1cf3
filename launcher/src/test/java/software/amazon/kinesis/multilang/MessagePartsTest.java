package software.amazon.kinesis.multilang;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.multilang.messages.ProcessRecordsMessage;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

class MessagePartsTest {
    private static final int MIB = 1024 * 1024;

    private static KinesisClientRecord record(String key, int bytes) {
        return KinesisClientRecord.builder()
                .sequenceNumber("49590338271490256608559692538361571095921575989136588898")
                .subSequenceNumber(Integer.MAX_VALUE)
                .approximateArrivalTimestamp(Instant.now())
                .partitionKey(key)
                .data(bytes < 0 ? null : ByteBuffer.allocate(bytes))
                .build();
    }

    private static List<ProcessRecordsInput> parts(List<KinesisClientRecord> records) {
        return MessageParts.of(ProcessRecordsInput.builder()
                .records(records)
                .millisBehindLatest(7L)
                .isAtShardEnd(true)
                .build());
    }

    /** The parts hold these records, in order, and their messages are short enough. */
    private static int assertHolds(List<KinesisClientRecord> records) throws JsonProcessingException {
        ObjectMapper ascii = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
        List<ProcessRecordsInput> parts = parts(records);
        List<KinesisClientRecord> held = new ArrayList<>();
        for (ProcessRecordsInput part : parts) {
            held.addAll(part.records());
            assertEquals(7L, part.millisBehindLatest());
            assertTrue(part.isAtShardEnd());
            int length = ascii.writeValueAsString(new ProcessRecordsMessage(part)).length();
            assertTrue(length <= MessageParts.TARGET_LENGTH, length + " characters");
        }
        assertEquals(records, held);
        return parts.size();
    }

    @Test
    void leavesAnEmptyBatchAndWhatKinesisAnswersAtOnceWhole() throws Exception {
        assertEquals(1, assertHolds(List.of()));
        assertEquals(1, assertHolds(List.of(record(null, -1))));
        assertEquals(1, assertHolds(List.of(record("k", 10 * MIB))));
        assertEquals(1, assertHolds(Collections.nCopies(10_000, record("k".repeat(256), 1_000))));
    }

    /** 270 MiB in one line, which the child refuses. */
    @Test
    void cutsWhatAnAggregateMayHold() throws Exception {
        assertTrue(assertHolds(Collections.nCopies(160_000, record("\u2028".repeat(256), 0))) > 8);
        assertEquals(3, assertHolds(Collections.nCopies(3, record("k", 20 * MIB))));
    }
}
