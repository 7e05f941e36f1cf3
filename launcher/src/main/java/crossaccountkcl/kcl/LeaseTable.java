package crossaccountkcl.kcl;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.aws.ConnectionFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.leases.LeaseSerializer;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseSerializer;

/**
 * Makes a new application's lease table with its index in one call. KCL makes the table first and the index after it,
 * and looks every 10 s whether the index is there.
 */
public final class LeaseTable {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseTable.class);
    /** DynamoDBLeaseRefresher.LEASE_OWNER_TO_LEASE_KEY_INDEX_NAME, package-private there (KCL 3.5.1). */
    private static final String INDEX = "LeaseOwnerToLeaseKeyIndex";
    private static final Duration MAX_WAIT = Duration.ofMinutes(2);
    private static final Duration WAIT_BETWEEN = Duration.ofMillis(500);

    private LeaseTable() {}

    /**
     * Returns when the table can be used: of several workers that start a new application one makes it, and the others
     * wait for it.
     *
     * @throws LauncherException if DynamoDB can't be reached or refuses, if the table is being deleted, or still being
     *     created after {@link #MAX_WAIT}
     */
    public static void createIfMissing(LeaseManagementConfig config) {
        try {
            TableStatus status = statusOf(config);
            if (status == null) {
                LOG.info("Making the lease table {} with its index", config.tableName());
                create(config.dynamoDBClient(), config);
            } else if (status == TableStatus.CREATING) {
                LOG.info("The lease table {} is being created: waiting until it is ACTIVE", config.tableName());
            }
            awaitUsable(config, status);
        } catch (CompletionException e) {
            throw unusable(config, e);
        }
    }

    /** @param status as it was described before anything was done; null if there was no table */
    private static void awaitUsable(LeaseManagementConfig config, TableStatus status) {
        long begin = System.nanoTime();
        TableStatus now = status == null ? statusOf(config) : status;
        // DescribeTable is eventually consistent: a table that was just made may not be there for it.
        while (now == null || now == TableStatus.CREATING) {
            if (System.nanoTime() - begin > MAX_WAIT.toNanos()) {
                throw unusable(config, "it is still being created after " + MAX_WAIT.toSeconds() + " s; start again");
            }
            pause();
            now = statusOf(config);
        }
        if (now == TableStatus.DELETING) {
            throw unusable(
                    config,
                    "it is being deleted. Start again when it is gone: the application then begins anew, from its"
                            + " initial position");
        }
    }

    /**
     * Makes a call again while the table is not there for it, which it may not be just after it was made.
     *
     * @throws CompletionException what else the call fails with
     */
    static <T> T whenThere(Supplier<CompletableFuture<T>> call) {
        long begin = System.nanoTime();
        while (true) {
            try {
                return call.get().join();
            } catch (CompletionException e) {
                boolean wait = e.getCause() instanceof ResourceNotFoundException
                        && System.nanoTime() - begin < MAX_WAIT.toNanos();
                if (!wait) throw e;
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(WAIT_BETWEEN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the lease table", e);
        }
    }

    static LauncherException unusable(LeaseManagementConfig config, CompletionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        String connection = ConnectionFailure.of(cause);
        String reason = connection == null ? cause.getMessage() : connection;
        return new LauncherException(
                ExitCode.ACCESS, "the lease table " + config.tableName() + " can't be used: " + reason, cause);
    }

    private static LauncherException unusable(LeaseManagementConfig config, String reason) {
        return new LauncherException(
                ExitCode.ACCESS, "the lease table " + config.tableName() + " can't be used: " + reason);
    }

    /** @return null if there is no table */
    private static TableStatus statusOf(LeaseManagementConfig config) {
        try {
            return config.dynamoDBClient()
                    .describeTable(request -> request.tableName(config.tableName()))
                    .join()
                    .table()
                    .tableStatus();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ResourceNotFoundException) return null;
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
}
