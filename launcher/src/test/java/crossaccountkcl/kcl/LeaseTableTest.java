package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.LauncherException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateGlobalSecondaryIndexAction;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.CreateTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.IndexStatus;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.TableStatus;
import software.amazon.awssdk.services.dynamodb.model.Tag;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateTableResponse;
import software.amazon.awssdk.services.dynamodb.waiters.DynamoDbAsyncWaiter;
import software.amazon.kinesis.common.DdbTableConfig;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseRefresher;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseSerializer;
import software.amazon.kinesis.leases.dynamodb.TableCreatorCallback;

@Timeout(120)
class LeaseTableTest {
    private static final Tag TAG = Tag.builder().key("team").value("orders").build();

    /** A table that is CREATING once described after it was made, then ACTIVE. */
    private static final class OneTable extends Fakes.NoDynamoDb {
        final List<CreateTableRequest> created = new ArrayList<>();
        final List<UpdateTableRequest> updated = new ArrayList<>();
        boolean exists;
        /** After which it is ACTIVE. */
        TableStatus status = TableStatus.CREATING;
        int notThereFor;
        int describedAfterwards;
        RuntimeException describeFails;
        RuntimeException createFails;

        @Override
        public CompletableFuture<DescribeTableResponse> describeTable(DescribeTableRequest request) {
            assertEquals("app", request.tableName());
            if (describeFails != null) return Fakes.failed(describeFails);
            boolean seen = exists && notThereFor-- <= 0;
            if (!seen) return Fakes.failed(ResourceNotFoundException.builder().message("none").build());
            TableStatus status = describedAfterwards++ == 0 ? this.status : TableStatus.ACTIVE;
            return CompletableFuture.completedFuture(DescribeTableResponse.builder()
                    .table(table -> {
                        table.tableStatus(status);
                        if (created.isEmpty()) return;
                        CreateTableRequest of = created.get(0);
                        table.billingModeSummary(summary -> summary.billingMode(of.billingMode()));
                        if (of.provisionedThroughput() == null) return;
                        table.provisionedThroughput(capacity -> capacity
                                .readCapacityUnits(of.provisionedThroughput().readCapacityUnits())
                                .writeCapacityUnits(of.provisionedThroughput().writeCapacityUnits()));
                    })
                    .build());
        }

        @Override
        public CompletableFuture<CreateTableResponse> createTable(CreateTableRequest request) {
            created.add(request);
            if (createFails != null && !(createFails instanceof ResourceInUseException)) return Fakes.failed(createFails);
            exists = true;
            if (createFails != null) return Fakes.failed(createFails);
            return CompletableFuture.completedFuture(CreateTableResponse.builder().build());
        }

        @Override
        public CompletableFuture<UpdateTableResponse> updateTable(UpdateTableRequest request) {
            updated.add(request);
            String index = request.globalSecondaryIndexUpdates().get(0).create().indexName();
            return CompletableFuture.completedFuture(UpdateTableResponse.builder()
                    .tableDescription(table -> table.globalSecondaryIndexes(GlobalSecondaryIndexDescription.builder()
                            .indexName(index)
                            .indexStatus(IndexStatus.ACTIVE)
                            .build()))
                    .build());
        }

        @Override
        public DynamoDbAsyncWaiter waiter() {
            return DynamoDbAsyncWaiter.builder().client(this).build();
        }
    }

    private static LeaseManagementConfig config(OneTable table, BillingMode billing) {
        return Fakes.configs(table)
                .leaseManagementConfig()
                .billingMode(billing)
                .initialLeaseTableReadCapacity(7)
                .initialLeaseTableWriteCapacity(8)
                .leaseTableDeletionProtectionEnabled(true)
                .tags(List.of(TAG));
    }

    private static CreateTableRequest requestOf(BillingMode billing) {
        OneTable table = new OneTable();
        LeaseTable.createIfMissing(config(table, billing));
        assertEquals(1, table.created.size());
        return table.created.get(0);
    }

    @Test
    void makesNoTableIfThereIsOne() {
        OneTable table = new OneTable();
        table.exists = true;
        LeaseTable.createIfMissing(config(table, BillingMode.PAY_PER_REQUEST));
        assertEquals(List.of(), table.created);
    }

    @Test
    void waitsForATableThatAnotherWorkerIsCreating() {
        OneTable table = new OneTable();
        table.exists = true;
        LeaseTable.createIfMissing(config(table, BillingMode.PAY_PER_REQUEST));
        assertEquals(2, table.describedAfterwards);
        assertEquals(List.of(), table.created);
    }

    @Test
    void takesATableThatIsUpdatingAsItIs() {
        OneTable table = new OneTable();
        table.exists = true;
        table.status = TableStatus.UPDATING;
        LeaseTable.createIfMissing(config(table, BillingMode.PAY_PER_REQUEST));
        assertEquals(1, table.describedAfterwards);
    }

    @Test
    void refusesATableThatIsBeingDeleted() {
        OneTable table = new OneTable();
        table.exists = true;
        table.status = TableStatus.DELETING;
        LauncherException e = assertThrows(
                LauncherException.class, () -> LeaseTable.createIfMissing(config(table, BillingMode.PAY_PER_REQUEST)));
        assertEquals(ExitCode.ACCESS, e.exitCode());
        assertEquals(
                "the lease table app can't be used: it is being deleted. Start again when it is gone: the application then"
                        + " begins anew, from its initial position",
                e.getMessage());
        assertEquals(List.of(), table.created);
    }

    @Test
    void waitsForATableThatIsNotDescribedAtOnce() {
        OneTable table = new OneTable();
        table.notThereFor = 2;
        LeaseTable.createIfMissing(config(table, BillingMode.PAY_PER_REQUEST));
        assertEquals(2, table.describedAfterwards);
        assertEquals(1, table.created.size());
    }

    @Test
    void waitsUntilTheTableIsActive() {
        OneTable table = new OneTable();
        LeaseTable.createIfMissing(config(table, BillingMode.PAY_PER_REQUEST));
        assertEquals(2, table.describedAfterwards);
    }

    @Test
    void asksForNoCapacityWhenPaidPerRequest() {
        CreateTableRequest request = requestOf(BillingMode.PAY_PER_REQUEST);
        assertEquals(BillingMode.PAY_PER_REQUEST, request.billingMode());
        assertNull(request.provisionedThroughput());
        assertNull(request.globalSecondaryIndexes().get(0).provisionedThroughput());
    }

    @Test
    void givesTableAndIndexTheConfiguredCapacityWhenProvisioned() {
        CreateTableRequest request = requestOf(BillingMode.PROVISIONED);
        ProvisionedThroughput expected =
                ProvisionedThroughput.builder().readCapacityUnits(7L).writeCapacityUnits(8L).build();
        assertEquals(BillingMode.PROVISIONED, request.billingMode());
        assertEquals(expected, request.provisionedThroughput());
        assertEquals(expected, request.globalSecondaryIndexes().get(0).provisionedThroughput());
    }

    @Test
    void passesTagsAndDeletionProtectionOn() {
        CreateTableRequest request = requestOf(BillingMode.PAY_PER_REQUEST);
        assertEquals(List.of(TAG), request.tags());
        assertEquals(true, request.deletionProtectionEnabled());
    }

    /** KCL's own code runs against a fake of its own, first its CreateTable, then its UpdateTable for the index. */
    @ParameterizedTest
    @EnumSource(value = BillingMode.class, names = {"PAY_PER_REQUEST", "PROVISIONED"})
    void makesTheTableAndTheIndexThatKclWouldMake(BillingMode billing) throws Exception {
        OneTable kcls = new OneTable();
        DdbTableConfig tableConfig = new DdbTableConfig();
        tableConfig.billingMode(billing);
        tableConfig.readCapacity(7);
        tableConfig.writeCapacity(8);
        DynamoDBLeaseRefresher refresher = new DynamoDBLeaseRefresher(
                "app", kcls, new DynamoDBLeaseSerializer(), true, TableCreatorCallback.NOOP_TABLE_CREATOR_CALLBACK,
                Duration.ofSeconds(5), tableConfig, true, false, List.of(TAG));
        refresher.createLeaseTableIfNotExists();
        refresher.createLeaseOwnerToLeaseKeyIndexIfNotExists();
        CreateTableRequest expected = kcls.created.get(0);
        UpdateTableRequest withIndex = kcls.updated.get(0);
        CreateGlobalSecondaryIndexAction index = withIndex.globalSecondaryIndexUpdates().get(0).create();

        CreateTableRequest ours = requestOf(billing);
        Set<AttributeDefinition> attributes = new HashSet<>(expected.attributeDefinitions());
        attributes.addAll(withIndex.attributeDefinitions());
        assertEquals(attributes, new HashSet<>(ours.attributeDefinitions()));
        assertEquals(attributes.size(), ours.attributeDefinitions().size(), "DynamoDB refuses one given twice");
        assertEquals(
                List.of(GlobalSecondaryIndex.builder()
                        .indexName(index.indexName())
                        .keySchema(index.keySchema())
                        .projection(index.projection())
                        .provisionedThroughput(index.provisionedThroughput())
                        .build()),
                ours.globalSecondaryIndexes());
        assertEquals(
                expected,
                ours.toBuilder()
                        .attributeDefinitions(expected.attributeDefinitions())
                        .globalSecondaryIndexes((List<GlobalSecondaryIndex>) null)
                        .build());
    }

    @Test
    void waitsForTheTableOfAnotherWorkerThatWasFirst() {
        OneTable table = new OneTable();
        table.createFails = ResourceInUseException.builder().message("being created").build();
        LeaseTable.createIfMissing(config(table, BillingMode.PAY_PER_REQUEST));
        assertEquals(2, table.describedAfterwards);
    }

    @Test
    void saysWhichTableWasRefusedAndInAwssOwnWords() {
        String text = "User: arn:aws:sts::1:assumed-role/r is not authorized to perform: dynamodb:CreateTable";
        RuntimeException denied = DynamoDbException.builder().message(text).build();
        OneTable noCreate = new OneTable();
        noCreate.createFails = denied;
        OneTable noDescribe = new OneTable();
        noDescribe.describeFails = denied;
        for (OneTable table : List.of(noCreate, noDescribe)) {
            LauncherException e = assertThrows(
                    LauncherException.class,
                    () -> LeaseTable.createIfMissing(config(table, BillingMode.PAY_PER_REQUEST)));
            assertEquals(ExitCode.ACCESS, e.exitCode());
            assertEquals("the lease table app can't be used: " + text, e.getMessage());
            assertSame(denied, e.getCause());
        }
    }
}
