package software.amazon.kinesis.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.Fakes;
import crossaccountkcl.aws.CredentialsWatch;
import crossaccountkcl.kcl.ShardReads;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.GetItemRequest;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsRequest;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItemsResponse;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.coordinator.migration.TableMigrationStateMachine;
import software.amazon.kinesis.coordinator.migration.TableMigrationStateMachineImpl;
import software.amazon.kinesis.coordinator.migration.TableMigrationSummary;
import software.amazon.kinesis.leases.exceptions.InvalidStateException;

/** KCL's own machine, in a leader that has just started while the move to one table has been PENDING for two days. */
class CountedMigrationTest {
    private final List<String> written = new CopyOnWriteArrayList<>();

    private final Fakes.NoDynamoDb dynamoDb = new Fakes.NoDynamoDb() {
        @Override
        public CompletableFuture<DescribeTableResponse> describeTable(DescribeTableRequest request) {
            return CompletableFuture.completedFuture(DescribeTableResponse.builder().build());
        }

        @Override
        public CompletableFuture<GetItemResponse> getItem(GetItemRequest request) {
            return CompletableFuture.completedFuture(
                    GetItemResponse.builder().item(pending()).build());
        }

        @Override
        public CompletableFuture<ScanResponse> scan(ScanRequest request) {
            return CompletableFuture.completedFuture(
                    ScanResponse.builder().items(List.of(pending())).build());
        }

        @Override
        public CompletableFuture<UpdateItemResponse> updateItem(UpdateItemRequest request) {
            written.add(request.attributeUpdates().get("tm").value().s());
            return CompletableFuture.completedFuture(UpdateItemResponse.builder().build());
        }

        @Override
        public CompletableFuture<TransactWriteItemsResponse> transactWriteItems(TransactWriteItemsRequest request) {
            written.add("transaction");
            return CompletableFuture.completedFuture(
                    TransactWriteItemsResponse.builder().build());
        }
    };

    private static Map<String, AttributeValue> pending() {
        long since = System.currentTimeMillis() - Duration.ofDays(2).toMillis();
        return Map.of(
                "key", AttributeValue.fromS("TableMigration3.5"),
                "tm", AttributeValue.fromS("TABLE_MIGRATION_STATUS_PENDING"),
                "mb", AttributeValue.fromS("worker-0"),
                "mts", AttributeValue.fromN(Long.toString(since)));
    }

    private TableMigrationStateMachine machine() throws Exception {
        TableMigrationStateMachine machine = (TableMigrationStateMachine) field(Scheduler.class, "tableMigrationStateMachine")
                .get(scheduler());
        machine.initialize();
        return machine;
    }

    private PromptScheduler scheduler() {
        ConfigsBuilder configs = Fakes.configs(dynamoDb);
        return new PromptScheduler(
                configs.checkpointConfig(),
                configs.coordinatorConfig().migrateAllEntitiesToLeaseTable(true),
                Fakes.leaseManagement(configs),
                configs.lifecycleConfig(),
                configs.metricsConfig(),
                configs.processorConfig(),
                configs.retrievalConfig(),
                Duration.ZERO,
                new ShardReads(Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "'}]")),
                new CredentialsWatch(10_000, (code, reason, cause) -> {}));
    }

    private static void count(TableMigrationStateMachine machine, int leaseOwners, int reporting, int toFormerTable)
            throws Exception {
        Object stock = field(CountedMigration.class, "stock").get(machine);
        ((TableMigrationStateMachineImpl) stock)
                .updateMigrationSummary(TableMigrationSummary.builder()
                        .workersWithUnexpiredLeases(leaseOwners)
                        .leaseOwnersWithActiveMetrics(reporting)
                        .activeWorkersWithMetricsInLegacyTable(toFormerTable)
                        .build());
    }

    private static Field field(Class<?> type, String name) throws NoSuchFieldException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    /** If this fails after a new version of KCL, CountedMigration can go. */
    @Test
    void stockKclSetsItBack() throws Exception {
        TableMigrationStateMachine machine = machine();
        ((TableMigrationStateMachine) field(CountedMigration.class, "stock").get(machine)).handleLeaderLockResult(true);
        assertEquals(List.of("TABLE_MIGRATION_STATUS_DEPLOYED"), written);
    }

    @Test
    void setsNothingBackBeforeTheWorkersAreCounted() throws Exception {
        TableMigrationStateMachine machine = machine();
        machine.handleLeaderLockResult(true);
        assertEquals(List.of(), written);
        count(machine, 1, 0, 0); // the leases of a worker that was killed
        machine.handleLeaderLockResult(true);
        assertEquals(List.of(), written);
    }

    @Test
    void completesOnceTheyAre() throws Exception {
        TableMigrationStateMachine machine = machine();
        count(machine, 1, 1, 0);
        assertThrows(InvalidStateException.class, () -> machine.handleLeaderLockResult(true)); // to change the lock
        assertEquals(List.of("transaction"), written);
    }

    @Test
    void setsItBackIfAWorkerReportsToTheFormerTable() throws Exception {
        TableMigrationStateMachine machine = machine();
        count(machine, 2, 1, 1);
        machine.handleLeaderLockResult(true);
        assertEquals(List.of("TABLE_MIGRATION_STATUS_DEPLOYED"), written);
    }
}
