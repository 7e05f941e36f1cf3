package software.amazon.kinesis.retrieval.kpl;

import java.math.BigInteger;
import java.util.Objects;
import software.amazon.kinesis.checkpoint.SentinelCheckpoint;

/**
 * Stands in for KCL's class of this name: the launcher's jar comes before KCL's on the class path. KCL compares each
 * record with the checkpoint and with the greatest record before it, and makes a BigInteger of 56 digits of each of the
 * four numbers, a third of what a worker's JVM did in Java. Here a number is looked at once, when it is made, and compared
 * by its digits.
 *
 * <p>Order, equality, hash code, texts and types of failures are those of KCL 3.5.1, which a test compares with it.
 * {@code KclMembers} refuses a KCL whose class is another one. docs/decisions/0021.
 */
public class ExtendedSequenceNumber implements Comparable<ExtendedSequenceNumber> {
    public static final ExtendedSequenceNumber LATEST = of(SentinelCheckpoint.LATEST);
    public static final ExtendedSequenceNumber SHARD_END = of(SentinelCheckpoint.SHARD_END);
    public static final ExtendedSequenceNumber TRIM_HORIZON = of(SentinelCheckpoint.TRIM_HORIZON);
    public static final ExtendedSequenceNumber AT_TIMESTAMP = of(SentinelCheckpoint.AT_TIMESTAMP);

    /** In ascending order, but for {@link #INVALID}, which has none. */
    private enum Kind {
        INVALID,
        AT_TIMESTAMP,
        TRIM_HORIZON,
        LATEST,
        NUMBER,
        SHARD_END
    }

    private final String sequenceNumber;
    private final long subSequenceNumber;
    private final Kind kind;
    /** Of a number in ASCII digits: how many zeros it begins with. Else -1. */
    private final int zeros;

    public ExtendedSequenceNumber(String sequenceNumber) {
        this(sequenceNumber, 0L);
    }

    /** @param subSequenceNumber of the user record within a KPL aggregate; null for 0 */
    public ExtendedSequenceNumber(String sequenceNumber, Long subSequenceNumber) {
        this.sequenceNumber = sequenceNumber;
        this.subSequenceNumber = subSequenceNumber == null ? 0L : subSequenceNumber;
        boolean ascii = isAsciiNumber(sequenceNumber);
        this.kind = ascii ? Kind.NUMBER : kindOf(sequenceNumber);
        this.zeros = ascii ? leadingZeros(sequenceNumber) : -1;
    }

    private static ExtendedSequenceNumber of(SentinelCheckpoint sentinel) {
        return new ExtendedSequenceNumber(sentinel.toString());
    }

    private static boolean isAsciiNumber(String text) {
        if (text == null) return false;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') return false;
        }
        return !text.isEmpty();
    }

    private static int leadingZeros(String number) {
        int zeros = 0;
        while (zeros < number.length() && number.charAt(zeros) == '0') zeros++;
        return zeros;
    }

    private static Kind kindOf(String text) {
        if (text == null || text.isEmpty()) return Kind.INVALID;
        // Digits of other scripts, which Kinesis never sends, are digits to KCL.
        if (text.chars().allMatch(Character::isDigit)) return Kind.NUMBER;
        return switch (text) {
            case "AT_TIMESTAMP" -> Kind.AT_TIMESTAMP;
            case "TRIM_HORIZON" -> Kind.TRIM_HORIZON;
            case "LATEST" -> Kind.LATEST;
            case "SHARD_END" -> Kind.SHARD_END;
            default -> Kind.INVALID;
        };
    }

    /**
     * Sequence numbers by their value, and by the subsequence number where they are equal. AT_TIMESTAMP, TRIM_HORIZON and
     * LATEST, in this order, are less than all of them, SHARD_END is greater.
     *
     * @throws IllegalArgumentException if one of the two is neither a number nor a sentinel
     */
    @Override
    public int compareTo(ExtendedSequenceNumber other) {
        if (kind == Kind.INVALID || other.kind == Kind.INVALID) {
            throw new IllegalArgumentException("Expected a sequence number or a sentinel checkpoint value but "
                    + "received: first=" + sequenceNumber + " and second=" + other.sequenceNumber);
        }
        if (kind != other.kind) return kind.compareTo(other.kind);
        if (kind == Kind.SHARD_END) return 0;
        int order = kind == Kind.NUMBER ? compareNumbers(other) : 0;
        return order == 0 ? Long.compare(subSequenceNumber, other.subSequenceNumber) : order;
    }

    private int compareNumbers(ExtendedSequenceNumber other) {
        if (zeros < 0 || other.zeros < 0) {
            return new BigInteger(sequenceNumber).compareTo(new BigInteger(other.sequenceNumber));
        }
        int length = sequenceNumber.length() - zeros;
        int otherLength = other.sequenceNumber.length() - other.zeros;
        if (length != otherLength) return Integer.compare(length, otherLength);
        for (int i = 0; i < length; i++) {
            int order = sequenceNumber.charAt(zeros + i) - other.sequenceNumber.charAt(other.zeros + i);
            if (order != 0) return order;
        }
        return 0;
    }

    public String sequenceNumber() {
        return sequenceNumber;
    }

    public long subSequenceNumber() {
        return subSequenceNumber;
    }

    public boolean isShardEnd() {
        return sequenceNumber.equals(SentinelCheckpoint.SHARD_END.toString());
    }

    public boolean isSentinelCheckpoint() {
        return kind != Kind.INVALID && kind != Kind.NUMBER;
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof ExtendedSequenceNumber other
                && other.canEqual(this)
                && subSequenceNumber == other.subSequenceNumber
                && Objects.equals(sequenceNumber, other.sequenceNumber);
    }

    /** For subclasses, as in KCL's. */
    protected boolean canEqual(Object other) {
        return other instanceof ExtendedSequenceNumber;
    }

    /** KCL's own, so that sets of them are in the same order. */
    @Override
    public int hashCode() {
        return (59 + Long.hashCode(subSequenceNumber)) * 59 + (sequenceNumber == null ? 43 : sequenceNumber.hashCode());
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        if (sequenceNumber != null) text.append("SequenceNumber: ").append(sequenceNumber).append(',');
        if (subSequenceNumber >= 0) text.append("SubsequenceNumber: ").append(subSequenceNumber);
        return text.append('}').toString();
    }
}
