package crossaccountkcl.kcl;

import crossaccountkcl.aws.PatientCalls;
import java.math.BigInteger;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * What ListShards says of one shard.
 *
 * @param shard null if it is not listed
 * @param highest the highest number of the listed shards; of all of them, if the shard is not listed
 */
record ShardListing(String shardId, Shard shard, BigInteger highest) {
    private static final Pattern NUMBER = Pattern.compile("[0-9]+$");

    /** Asks for no more pages than it needs. */
    static ShardListing of(String streamArn, String shardId, KinesisAsyncClient kinesis, PatientCalls calls) {
        BigInteger highest = BigInteger.ONE.negate();
        Stream<Shard> shards = shards(streamArn, request -> calls.answer(() -> kinesis.listShards(request)));
        for (Shard shard : (Iterable<Shard>) shards::iterator) {
            highest = highest.max(numberOf(shard.shardId()));
            if (shard.shardId().equals(shardId)) return new ShardListing(shardId, shard, highest);
        }
        return new ShardListing(shardId, null, highest);
    }

    /** A page is asked for when the shards of those before it are used up. */
    static Stream<Shard> shards(String streamArn, Function<ListShardsRequest, ListShardsResponse> call) {
        ListShardsRequest first = ListShardsRequest.builder().streamARN(streamArn).build();
        return Stream.iterate(call.apply(first), Objects::nonNull, page -> pageAfter(page, call))
                .flatMap(page -> page.shards().stream());
    }

    private static ListShardsResponse pageAfter(
            ListShardsResponse page, Function<ListShardsRequest, ListShardsResponse> call) {
        if (page.nextToken() == null) return null;
        return call.apply(ListShardsRequest.builder().nextToken(page.nextToken()).build());
    }

    boolean isClosed() {
        return shard != null && shard.sequenceNumberRange().endingSequenceNumber() != null;
    }

    /** Whether the position is one of the listed shard: those of a stream that is made again are higher. */
    boolean contains(ExtendedSequenceNumber position) {
        if (shard == null || position.isSentinelCheckpoint()) return false;
        BigInteger number = new BigInteger(position.sequenceNumber());
        BigInteger start = new BigInteger(shard.sequenceNumberRange().startingSequenceNumber());
        if (number.compareTo(start) < 0) return false;
        if (!isClosed()) return true;
        BigInteger end = new BigInteger(shard.sequenceNumberRange().endingSequenceNumber());
        return number.compareTo(end) <= 0 || end.compareTo(start) < 0; // kinesis-local gives 2^63 - 1 for each end
    }

    /**
     * Whether a lease at the position can't be one of the stream as it is now. The numbers of shards count up, and that
     * with the highest one has no children: it is open, and listed.
     */
    boolean contradicts(ExtendedSequenceNumber position) {
        if (shard == null) return numberOf(shardId).compareTo(highest) > 0;
        return !position.isSentinelCheckpoint() && !contains(position);
    }

    private static BigInteger numberOf(String shardId) {
        Matcher number = NUMBER.matcher(shardId);
        return number.find() ? new BigInteger(number.group()) : BigInteger.ZERO;
    }
}
