package crossaccountkcl.host;

/**
 * Constants of the frame format, version 1: {@code u32 length, u8 type, body}, big-endian; the length counts type and
 * body. docs/protocol.md has every offset; src/worker/host/frames.ts is the other end.
 */
final class Frame {
    static final int VERSION = 1;
    static final int LENGTH_BYTES = 4;
    /** Kinesis takes records of up to 10 MiB, so that one with its keys fits. */
    static final int MAX_LENGTH = 16 * 1024 * 1024;
    static final int MAX_CONTROL_LENGTH = 64 * 1024;
    /** JSON in UTF-8. */
    static final byte CONTROL = 'J';
    static final byte RECORDS = 'R';
    /** Type, record count and millisBehindLatest. */
    static final int RECORDS_HEADER_BYTES = 1 + 4 + 8;
    /** Data length, arrival time, sub-sequence number, lengths of partition key and sequence number. */
    static final int RECORD_HEADER_BYTES = 4 + 8 + 8 + 2 + 1;

    private Frame() {}
}
