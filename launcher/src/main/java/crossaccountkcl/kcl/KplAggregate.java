package crossaccountkcl.kcl;

import com.google.protobuf.InvalidProtocolBufferException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.kpl.Messages.AggregatedRecord;
import software.amazon.kinesis.retrieval.kpl.Messages.Record;

/**
 * Reads the records of a KPL aggregate: magic number, protobuf message, MD5 of the message. All of them or none: a
 * producer may put any bytes, with the right MD5 too.
 */
final class KplAggregate {
    private static final int DIGEST_BYTES = 16;
    /** Kinesis's limit. Without it, one key that many records share would make gigabytes of an aggregate. */
    private static final int MAX_KEY_CHARACTERS = 256;
    private static final Pattern HASH_KEY = Pattern.compile("[0-9]{1,39}");
    private static final BigInteger MAX_HASH_KEY = BigInteger.TWO.pow(128).subtract(BigInteger.ONE);

    /** The MD5 is right and the contents are not. The message holds nothing of them, so that it may be logged. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    /** @param explicitHashKey or null */
    record UserRecord(String partitionKey, String explicitHashKey, BigInteger hashKey, byte[] data) {}

    private record Key(String text, BigInteger hashKey) {}

    private final List<String> partitionKeyTable;
    private final List<String> hashKeyTable;
    /** The keys that were asked for. Most records of an aggregate share theirs with others. */
    private final Key[] partitionKeys;
    private final Key[] hashKeys;

    private KplAggregate(AggregatedRecord message) {
        partitionKeyTable = message.getPartitionKeyTableList();
        hashKeyTable = message.getExplicitHashKeyTableList();
        partitionKeys = new Key[partitionKeyTable.size()];
        hashKeys = new Key[hashKeyTable.size()];
    }

    /**
     * @param data left as it is
     * @return the records in their order; null if the data are no aggregate
     * @throws Malformed if they are one by the MD5, and break the rules of the format or of Kinesis's keys
     */
    static List<UserRecord> read(ByteBuffer data) throws Malformed {
        byte[] message = messageOf(data);
        if (message == null) return null;
        AggregatedRecord aggregate;
        try {
            aggregate = AggregatedRecord.parseFrom(message);
        } catch (InvalidProtocolBufferException | RuntimeException e) {
            throw new Malformed("no message of the KPL's format (" + e.getClass().getSimpleName() + ")");
        }
        return new KplAggregate(aggregate).read(aggregate.getRecordsList());
    }

    private static byte[] messageOf(ByteBuffer data) {
        byte[] magic = AggregatorUtil.AGGREGATED_RECORD_MAGIC;
        // KCL takes an empty message for no aggregate.
        if (data == null || data.remaining() <= magic.length + DIGEST_BYTES) return null;
        ByteBuffer view = data.duplicate();
        for (byte expected : magic) if (view.get() != expected) return null;
        byte[] message = new byte[view.remaining() - DIGEST_BYTES];
        byte[] digest = new byte[DIGEST_BYTES];
        view.get(message).get(digest);
        return Arrays.equals(digest, md5(message)) ? message : null;
    }

    private List<UserRecord> read(List<Record> records) throws Malformed {
        List<UserRecord> read = new ArrayList<>(records.size());
        for (Record record : records) {
            Key partitionKey = partitionKey(record.getPartitionKeyIndex());
            Key hashKey = record.hasExplicitHashKeyIndex() ? hashKey(record.getExplicitHashKeyIndex()) : null;
            read.add(new UserRecord(
                    partitionKey.text(),
                    hashKey == null ? null : hashKey.text(),
                    (hashKey == null ? partitionKey : hashKey).hashKey(),
                    record.getData().toByteArray()));
        }
        return read;
    }

    private Key partitionKey(long at) throws Malformed {
        int index = index("partition key", at, partitionKeys.length);
        if (partitionKeys[index] == null) {
            String text = partitionKeyTable.get(index);
            int characters = text.codePointCount(0, text.length());
            if (characters > MAX_KEY_CHARACTERS) {
                throw new Malformed("a partition key of " + characters + " characters, expected at most "
                        + MAX_KEY_CHARACTERS);
            }
            partitionKeys[index] = new Key(text, new BigInteger(1, md5(text.getBytes(StandardCharsets.UTF_8))));
        }
        return partitionKeys[index];
    }

    private Key hashKey(long at) throws Malformed {
        int index = index("explicit hash key", at, hashKeys.length);
        if (hashKeys[index] == null) {
            String text = hashKeyTable.get(index);
            BigInteger hashKey = HASH_KEY.matcher(text).matches() ? new BigInteger(text) : null;
            if (hashKey == null || hashKey.compareTo(MAX_HASH_KEY) > 0) {
                throw new Malformed("explicit hash key " + index + " is not a number from 0 to 2^128 - 1");
            }
            hashKeys[index] = new Key(text, hashKey);
        }
        return hashKeys[index];
    }

    /** Of 64 bits, unsigned. */
    private static int index(String what, long index, int size) throws Malformed {
        if (index >= 0 && index < size) return (int) index;
        throw new Malformed(what + " " + Long.toUnsignedString(index) + " of a table of " + size);
    }

    private static byte[] md5(byte[] data) {
        try {
            return MessageDigest.getInstance("MD5").digest(data);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
