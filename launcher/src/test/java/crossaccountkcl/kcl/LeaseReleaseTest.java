package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.FakeScheduler;
import crossaccountkcl.Fakes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.LeaseRefresher;
import software.amazon.kinesis.leases.exceptions.DependencyException;

class LeaseReleaseTest {
    private final Map<String, Lease> table = new LinkedHashMap<>();
    private final List<Lease> held = new ArrayList<>();
    private final List<String> evicted = new ArrayList<>();
    /** The keys that the index of the table lists for the worker. */
    private final List<String> indexed = new ArrayList<>();
    private RuntimeException indexFails;
    /** So often the lease is renewed just before it would be given back. */
    private int renewals;
    private final List<DeleteItemRequest> deleted = new ArrayList<>();
    private RuntimeException deleteFails;
    private final List<UpdateItemRequest> updated = new ArrayList<>();
    private final List<String> assigned = new ArrayList<>();

    private final Fakes.NoDynamoDb dynamoDb = new Fakes.NoDynamoDb() {
        @Override
        public CompletableFuture<DeleteItemResponse> deleteItem(DeleteItemRequest request) {
            deleted.add(request);
            return deleteFails != null
                    ? Fakes.failed(deleteFails)
                    : CompletableFuture.completedFuture(DeleteItemResponse.builder().build());
        }

        @Override
        public CompletableFuture<UpdateItemResponse> updateItem(UpdateItemRequest request) {
            updated.add(request);
            return table.containsKey("finished meanwhile")
                    ? Fakes.failed(ConditionalCheckFailedException.builder().build())
                    : CompletableFuture.completedFuture(UpdateItemResponse.builder().build());
        }
    };

    private final Object leases = new Object() {
        @SuppressWarnings("unused") // called through the proxy
        Lease getLease(String key) throws DependencyException {
            if (key.equals("unreadable")) throw new DependencyException("no", null);
            return table.get(key);
        }

        @SuppressWarnings("unused")
        List<String> listLeaseKeysForWorker(String worker) {
            assertEquals("worker-1", worker);
            if (indexFails != null) throw indexFails;
            return List.copyOf(indexed);
        }

        @SuppressWarnings("unused")
        boolean assignLease(Lease lease, String owner) {
            return assigned.add(lease.leaseKey() + " to " + owner);
        }

        @SuppressWarnings("unused")
        boolean evictLease(Lease lease) {
            if (renewals > 0) return renewals-- < 0;
            return evicted.add(lease.leaseKey());
        }
    };

    private void hold(String key, String ownerInTable, String checkpointOwnerInTable) {
        held.add(lease(key, "worker-1", null));
        table.put(key, lease(key, ownerInTable, checkpointOwnerInTable));
    }

    private static Lease lease(String key, String owner, String checkpointOwner) {
        Lease lease = new Lease();
        lease.leaseKey(key);
        lease.leaseOwner(owner);
        lease.checkpointOwner(checkpointOwner);
        return lease;
    }

    private LeaseRelease noted() {
        return new LeaseRelease(new FakeScheduler(dynamoDb, held, Fakes.as(LeaseRefresher.class, leases)));
    }

    @Test
    void givesBackTheLeasesThatWereHeldWhenTheStopBegan() {
        hold("shard-1", "worker-1", null);
        hold("shard-2", "worker-1", null);
        LeaseRelease release = noted();
        held.clear(); // as the scheduler does when it stops
        assertTrue(release.run());
        assertEquals(List.of("shard-1", "shard-2"), evicted);
    }

    @Test
    void givesBackWhatWasAssignedToItSinceTheStopBegan() {
        hold("shard-1", "worker-1", null);
        LeaseRelease release = noted();
        table.put("shard-2", lease("shard-2", "worker-1", null));
        indexed.addAll(List.of("shard-2", "shard-1"));
        assertTrue(release.run());
        assertEquals(List.of("shard-1", "shard-2"), evicted);
    }

    /** The index is a moment behind, so what it names is looked at in the table. */
    @Test
    void leavesLeasesThatTheIndexStillNamesForIt() {
        table.put("taken", lease("taken", "worker-2", null));
        indexed.addAll(List.of("taken", "deleted"));
        assertTrue(noted().run());
        assertEquals(List.of(), evicted);
    }

    @Test
    void givesBackTheLeasesItHasNotedWithoutTheIndex() {
        hold("shard-1", "worker-1", null);
        indexFails = DynamoDbException.builder().message("not authorized").build();
        assertTrue(noted().run());
        assertEquals(List.of("shard-1"), evicted);
    }

    @Test
    void leavesLeasesThatAreNoLongerItsOwn() {
        hold("taken", "worker-2", null);
        hold("free", null, null);
        hold("ours", "worker-1", null);
        hold("deleted", "worker-1", null);
        table.remove("deleted");
        assertTrue(noted().run());
        assertEquals(List.of("ours"), evicted);
    }

    @Test
    void deletesItsMetricsAndNothingElseOfThatKey() {
        assertTrue(noted().run());
        DeleteItemRequest request = deleted.get(0);
        assertEquals("app", request.tableName());
        assertEquals(Map.of("leaseKey", AttributeValue.fromS("worker-1")), request.key());
        assertEquals("entityType = :metrics", request.conditionExpression());
        assertEquals(
                Map.of(":metrics", AttributeValue.fromS("WORKER_METRIC_STATS")), request.expressionAttributeValues());
    }

    @Test
    void givesLeasesBackWhereTheMetricsHaveATableOfTheirOwn() {
        hold("shard-1", "worker-1", null);
        deleteFails = ConditionalCheckFailedException.builder().build();
        assertTrue(noted().run());
        assertEquals(List.of("shard-1"), evicted);
    }

    @Test
    void aRefusedDeletionOfTheMetricsKeepsNoLease() {
        hold("shard-1", "worker-1", null);
        deleteFails = DynamoDbException.builder().message("not authorized").build();
        assertTrue(noted().run());
        assertEquals(List.of("shard-1"), evicted);
    }

    @Test
    void aLeaseThatCannotBeReadKeepsNoOther() {
        hold("unreadable", "worker-1", null);
        hold("shard-2", "worker-1", null);
        assertTrue(noted().run());
        assertEquals(List.of("shard-2"), evicted);
    }

    @Test
    void givesBackALeaseThatIsRenewedMeanwhile() {
        hold("shard-1", "worker-1", null);
        renewals = 2;
        assertTrue(noted().run());
        assertEquals(List.of("shard-1"), evicted);
    }

    @Test
    void doesNotTryForEver() {
        hold("shard-1", "worker-1", null);
        renewals = 100;
        assertTrue(noted().run());
        assertEquals(List.of(), evicted);
    }

    /** The stop came before this worker had learnt that it is to hand the lease over. */
    @Test
    void finishesTheHandOverToAnotherWorker() {
        hold("shard-1", "worker-2", "worker-1");
        assertTrue(noted().run());
        assertEquals(List.of("shard-1 to worker-2"), assigned);
        assertEquals(List.of(), evicted);
    }

    @Test
    void leavesALeaseThatWasToComeHereToTheWorkerThatStillHasIt() {
        table.put("shard-1", lease("shard-1", "worker-1", "worker-2"));
        indexed.add("shard-1");
        assertTrue(noted().run());
        UpdateItemRequest request = updated.get(0);
        assertEquals(Map.of("leaseKey", AttributeValue.fromS("shard-1")), request.key());
        assertEquals("SET leaseOwner = :before REMOVE checkpointOwner", request.updateExpression());
        assertEquals("leaseOwner = :worker AND checkpointOwner = :before", request.conditionExpression());
        assertEquals(
                Map.of(":worker", AttributeValue.fromS("worker-1"), ":before", AttributeValue.fromS("worker-2")),
                request.expressionAttributeValues());
        assertEquals(List.of(), evicted);
    }

    /** And so looks again, as long as the lease is its own. */
    @Test
    void doesNotTakeAHandOverThatWasFinishedMeanwhileForGivenBack() {
        table.put("finished meanwhile", lease("finished meanwhile", "worker-1", "worker-2"));
        indexed.add("finished meanwhile");
        assertTrue(noted().run());
        assertEquals(3, updated.size());
    }
}
