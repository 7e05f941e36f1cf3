package software.amazon.kinesis.multilang;

import java.util.ArrayList;
import java.util.List;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/**
 * Cuts a batch into messages of at most {@value #TARGET_LENGTH} characters of JSON. What Kinesis answers at once, 10 MiB,
 * is one; but a KPL aggregate of 1 MiB may hold 170,000 records, each with the same long key: a line that neither the
 * JVM's memory nor the child can take. The child checkpoints by sequence number, so a part is as good as a batch.
 */
final class MessageParts {
    static final int TARGET_LENGTH = 32 * 1024 * 1024;
    /** Names, sequence number, sub-sequence number and arrival time of one record. */
    private static final int RECORD_LENGTH = 256;
    /** U+2028 is written as \\u2028. */
    private static final int CHARACTER_LENGTH = 6;

    private MessageParts() {}

    static List<ProcessRecordsInput> of(ProcessRecordsInput batch) {
        List<ProcessRecordsInput> parts = new ArrayList<>();
        List<KinesisClientRecord> part = new ArrayList<>();
        long length = 0;
        for (KinesisClientRecord record : batch.records()) {
            long added = lengthOf(record);
            if (!part.isEmpty() && length + added > TARGET_LENGTH) {
                parts.add(batch.toBuilder().records(part).build());
                part = new ArrayList<>();
                length = 0;
            }
            part.add(record);
            length += added;
        }
        parts.add(batch.toBuilder().records(part).build());
        return parts;
    }

    private static long lengthOf(KinesisClientRecord record) {
        long data = record.data() == null ? 0 : record.data().remaining();
        long key = record.partitionKey() == null ? 0 : record.partitionKey().length();
        return RECORD_LENGTH + data * 4 / 3 + key * CHARACTER_LENGTH;
    }
}
