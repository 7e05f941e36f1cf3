package crossaccountkcl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.leases.LeaseSerializer;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseSerializer;

/**
 * Makes a new application's lease table with its index in one call. KCL makes the table first and the index after it,
 * and looks every 10 s whether the index is there.
 */
final class LeaseTable {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseTable.class);
    /** DynamoDBLeaseRefresher.LEASE_OWNER_TO_LEASE_KEY_INDEX_NAME, package-private there (KCL 3.5.1). */
    private static final String INDEX = "LeaseOwnerToLeaseKeyIndex";
    private static final int WAIT_ATTEMPTS = 240;
    private static final Duration WAIT_BETWEEN = Duration.ofMillis(500);

    private LeaseTable() {}

    /** @throws LauncherException if DynamoDB can't be reached or refuses */
    static void createIfMissing(LeaseManagementConfig config) {
        DynamoDbAsyncClient dynamoDb = config.dynamoDBClient();
        try {
            if (exists(dynamoDb, config.tableName())) return;
            LOG.info("Making the lease table {} with its index", config.tableName());
            create(dynamoDb, config);
            awaitActive(dynamoDb, config.tableName());
        } catch (CompletionException e) {
            throw unusable(config, e);
        }
    }

    static LauncherException unusable(LeaseManagementConfig config, CompletionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return new LauncherException(
                ExitCode.ACCESS, "the lease table " + config.tableName() + " can't be used: " + cause.getMessage(), cause);
    }

    private static boolean exists(DynamoDbAsyncClient dynamoDb, String table) {
        try {
            dynamoDb.describeTable(request -> request.tableName(table)).join();
            return true;
        } catch (CompletionException e) {
            if (e.getCause() instanceof ResourceNotFoundException) return false;
            throw e;
        }
    }

    private static void create(DynamoDbAsyncClient dynamoDb, LeaseManagementConfig config) {
        try {
            dynamoDb.createTable(request(config)).join();
        } catch (CompletionException e) {
            // Another worker that started at the same moment was first.
            if (!(e.getCause() instanceof ResourceInUseException)) throw e;
        }
    }

    /** The request that KCL's DynamoDBLeaseRefresher makes, and the index. */
    private static CreateTableRequest request(LeaseManagementConfig config) {
        LeaseSerializer schema = new DynamoDBLeaseSerializer();
        List<AttributeDefinition> attributes = new ArrayList<>(schema.getAttributeDefinitions());
        schema.getWorkerIdToLeaseKeyIndexAttributeDefinitions().stream()
                .filter(attribute -> !attributes.contains(attribute))
                .forEach(attributes::add);
        ProvisionedThroughput throughput = config.billingMode() == BillingMode.PROVISIONED
                ? ProvisionedThroughput.builder()
                        .readCapacityUnits((long) config.initialLeaseTableReadCapacity())
                        .writeCapacityUnits((long) config.initialLeaseTableWriteCapacity())
                        .build()
                : null;
        return CreateTableRequest.builder()
                .tableName(config.tableName())
                .keySchema(schema.getKeySchema())
                .attributeDefinitions(attributes)
                .billingMode(config.billingMode())
                .provisionedThroughput(throughput)
                .deletionProtectionEnabled(config.leaseTableDeletionProtectionEnabled())
                .tags(config.tags())
                .globalSecondaryIndexes(GlobalSecondaryIndex.builder()
                        .indexName(INDEX)
                        .keySchema(schema.getWorkerIdToLeaseKeyIndexKeySchema())
                        .projection(projection -> projection.projectionType(ProjectionType.KEYS_ONLY))
                        .provisionedThroughput(throughput)
                        .build())
                .build();
    }

    private static void awaitActive(DynamoDbAsyncClient dynamoDb, String table) {
        try (var waiter = dynamoDb.waiter()) {
            waiter.waitUntilTableExists(
                            request -> request.tableName(table),
                            override -> override.maxAttempts(WAIT_ATTEMPTS)
                                    .backoffStrategyV2(BackoffStrategy.fixedDelay(WAIT_BETWEEN)))
                    .join();
        }
    }
}
