package crossaccountkcl.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import software.amazon.kinesis.retrieval.KinesisClientRecord;

/**
 * Cuts a batch into frames of about {@value #TARGET_LENGTH} bytes, so that a batch of many small records from KPL
 * aggregates, whose keys are repeated in each, can't outgrow a frame or the memory of either end. An empty batch is one
 * frame without records: it still tells how far behind the shard is.
 *
 * <p>The buffer of the last frame is used again for the next: write it out before asking for more. That of the last batch
 * is used again for the next: to grow one for each batch took a quarter of the CPU of the threads that deliver.
 */
final class RecordsFrames {
    static final int TARGET_LENGTH = 1024 * 1024;

    private static final long UNKNOWN = -1;

    private final Iterator<KinesisClientRecord> records;
    private final long millisBehindLatest;
    private final ByteBuffer given;
    private ByteBuffer buffer;
    private Encoded pending;
    private boolean started;

    private record Encoded(KinesisClientRecord record, byte[] partitionKey, byte[] sequenceNumber) {
        int length() {
            return Frame.RECORD_HEADER_BYTES + partitionKey.length + sequenceNumber.length + dataLength();
        }

        int dataLength() {
            return record.data() == null ? 0 : record.data().remaining();
        }
    }

    RecordsFrames(List<KinesisClientRecord> records, Long millisBehindLatest, ByteBuffer reusable) {
        this.records = records.iterator();
        this.millisBehindLatest = millisBehindLatest == null ? UNKNOWN : millisBehindLatest;
        this.given = reusable;
        this.buffer = reusable;
    }

    /** For the next batch; a buffer that one large record needed is not kept. */
    ByteBuffer reusable() {
        return buffer.capacity() <= TARGET_LENGTH ? buffer : given;
    }

    boolean hasNext() {
        return !started || pending != null || records.hasNext();
    }

    /** @throws IOException if a record can't be put into any frame; the message names it */
    ByteBuffer next() throws IOException {
        if (!hasNext()) throw new NoSuchElementException();
        started = true;
        buffer.clear().position(Frame.LENGTH_BYTES + Frame.RECORDS_HEADER_BYTES);
        int count = 0;
        while (advance() && (count == 0 || buffer.position() + pending.length() <= TARGET_LENGTH)) {
            put(pending);
            pending = null;
            count++;
        }
        buffer.putInt(0, buffer.position() - Frame.LENGTH_BYTES);
        buffer.put(4, Frame.RECORDS);
        buffer.putInt(5, count);
        buffer.putLong(9, millisBehindLatest);
        return buffer.flip();
    }

    private boolean advance() throws IOException {
        if (pending == null && records.hasNext()) pending = encode(records.next());
        return pending != null;
    }

    private static Encoded encode(KinesisClientRecord record) throws IOException {
        String key = record.partitionKey() == null ? "" : record.partitionKey();
        Encoded encoded = new Encoded(
                record,
                key.getBytes(StandardCharsets.UTF_8),
                record.sequenceNumber().getBytes(StandardCharsets.US_ASCII));
        long length = (long) Frame.RECORDS_HEADER_BYTES + encoded.length();
        if (length > Frame.MAX_LENGTH || encoded.partitionKey().length > 0xffff || encoded.sequenceNumber().length > 0xff) {
            throw new IOException("record " + record.sequenceNumber() + " does not fit into a frame: " + length
                    + " bytes with a partition key of " + encoded.partitionKey().length + "; the limit is "
                    + Frame.MAX_LENGTH);
        }
        return encoded;
    }

    private void put(Encoded encoded) {
        ensureRoomFor(encoded.length());
        KinesisClientRecord record = encoded.record();
        Instant arrival = record.approximateArrivalTimestamp();
        buffer.putInt(encoded.dataLength())
                .putLong(arrival == null ? UNKNOWN : arrival.toEpochMilli())
                .putLong(record.subSequenceNumber())
                .putShort((short) encoded.partitionKey().length)
                .put((byte) encoded.sequenceNumber().length)
                .put(encoded.partitionKey())
                .put(encoded.sequenceNumber());
        // A copy of the view: KCL and others may still read the record's own buffer.
        if (record.data() != null) buffer.put(record.data().duplicate());
    }

    private void ensureRoomFor(int bytes) {
        if (buffer.remaining() >= bytes) return;
        int needed = buffer.position() + bytes;
        ByteBuffer larger = ByteBuffer.allocate(Math.max(needed, Math.min(buffer.capacity() * 2, TARGET_LENGTH)));
        larger.put(buffer.flip());
        buffer = larger;
    }
}
