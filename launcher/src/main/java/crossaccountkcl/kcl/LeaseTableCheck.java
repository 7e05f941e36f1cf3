package crossaccountkcl.kcl;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.TrackedStreams;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.LeaseManagementConfig;

/**
 * Refuses a lease table whose leases KCL would not find, those of the other form and those of another creation epoch, or
 * whose checkpoints Kinesis would refuse ({@link ForeignLeases}).
 * Node has compared before the start and says more (src/leases/); this one has KCL's own client, which may have other
 * credentials, and sees what another worker has made in the meantime.
 */
public record LeaseTableCheck(TrackedStreams streams, boolean allowEpochChange) {
    /** {@code StreamIdentifier.serialize()} and the shard. */
    private static final Pattern MULTI_STREAM_KEY = Pattern.compile("(\\d{12}:[^:]+):(\\d+):[^:]+");
    /** KCL before 3.5 wrote no entityType. */
    private static final String ONLY_LEASES = "attribute_not_exists(entityType) OR entityType = :lease";

    /** @throws LauncherException if everything would be read again, or DynamoDB refuses */
    public void verify(LeaseManagementConfig config) {
        List<Map<String, AttributeValue>> leases = leases(config);
        List<String> keys = leases.stream().map(lease -> lease.get("leaseKey").s()).toList();
        for (String key : keys) {
            if (MULTI_STREAM_KEY.matcher(key).matches() == streams.isMultiStream()) continue;
            throw refusal(config, "has leases like " + key + ", of an application that tracks "
                    + (streams.isMultiStream() ? "one stream without its creation epoch" : "streams by creation epoch"));
        }
        if (streams.isMultiStream() && !allowEpochChange) streams.identifiers().forEach(it -> checkEpoch(config, it, keys));
        new ForeignLeases(config.tableName(), config.kinesisClient(), streams).verify(leases);
    }

    private static void checkEpoch(LeaseManagementConfig config, StreamIdentifier stream, List<String> keys) {
        String name = stream.accountIdOptional().orElseThrow() + ":" + stream.streamName();
        Set<String> epochs = new TreeSet<>();
        for (String key : keys) {
            var match = MULTI_STREAM_KEY.matcher(key);
            if (match.matches() && match.group(1).equals(name)) epochs.add(match.group(2));
        }
        String ours = String.valueOf(stream.streamCreationEpochOptional().orElseThrow());
        if (!epochs.isEmpty() && !epochs.contains(ours)) {
            throw refusal(config, "has leases of " + name + " with creation epoch " + epochs + ", not " + ours);
        }
    }

    private static LauncherException refusal(LeaseManagementConfig config, String found) {
        return new LauncherException(
                ExitCode.CONFIGURATION,
                "the lease table " + config.tableName() + " " + found + ": they would not be found, and everything that is"
                        + " retained read again (docs/streams.md)");
    }

    private static List<Map<String, AttributeValue>> leases(LeaseManagementConfig config) {
        DynamoDbAsyncClient dynamoDb = config.dynamoDBClient();
        List<Map<String, AttributeValue>> leases = new ArrayList<>();
        Map<String, AttributeValue> from = null;
        try {
            do {
                Map<String, AttributeValue> start = from;
                ScanResponse page = LeaseTable.whenThere(() -> dynamoDb.scan(request -> request.tableName(config.tableName())
                        .consistentRead(true)
                        .projectionExpression("leaseKey, checkpoint, startingHashKey, endingHashKey")
                        .filterExpression(ONLY_LEASES)
                        .expressionAttributeValues(Map.of(":lease", AttributeValue.fromS("LEASE")))
                        .exclusiveStartKey(start)));
                leases.addAll(page.items());
                from = page.hasLastEvaluatedKey() ? page.lastEvaluatedKey() : null;
            } while (from != null);
        } catch (CompletionException e) {
            throw LeaseTable.unusable(config, e);
        }
        return leases;
    }
}
