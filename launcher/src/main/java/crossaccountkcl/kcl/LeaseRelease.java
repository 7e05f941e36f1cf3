package crossaccountkcl.kcl;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.leases.EntityType;
import software.amazon.kinesis.leases.Lease;
import software.amazon.kinesis.leases.LeaseRefresher;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.leases.exceptions.LeasingException;

/**
 * Gives back what a gracefully stopped worker leaves in the lease table. Stock KCL leaves its name on the leases, so
 * that others wait for their expiry, and its metrics, for which leases go on being assigned to it for a minute.
 */
public final class LeaseRelease {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseRelease.class);
    private static final int ATTEMPTS = 3;

    private final Scheduler scheduler;
    private final List<String> leaseKeys;

    /** Notes the leases that are held now: once the scheduler stops it forgets them. */
    public LeaseRelease(Scheduler scheduler) {
        this.scheduler = scheduler;
        this.leaseKeys = scheduler.leaseCoordinator().getAssignments().stream().map(Lease::leaseKey).toList();
    }

    /**
     * Of the shards whose record processors have ended, or never began: from then on another worker may read them.
     *
     * @return true: what can't be given back is logged, and expires
     */
    public boolean run() {
        String worker = scheduler.leaseManagementConfig().workerIdentifier();
        giveBack("worker's metrics", () -> deleteMetrics(worker));
        Set<String> keys = new LinkedHashSet<>(leaseKeys);
        // And what was assigned to it since; the index may be a moment behind, so the first ones are not left out.
        giveBack("leases that came last", () -> keys.addAll(scheduler.leaseRefresher().listLeaseKeysForWorker(worker)));
        keys.removeAll(unfinished());
        for (String key : keys) giveBack("lease " + key, () -> leave(key, worker));
        return true;
    }

    /** The leases whose shards are still at work. */
    public Set<String> unfinished() {
        return scheduler.shardInfoShardConsumerMap().entrySet().stream()
                .filter(entry -> !entry.getValue().isShutdown())
                .map(entry -> ShardInfo.getLeaseKey(entry.getKey()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** One that fails, as for want of dynamodb:DeleteItem, must not keep the others. */
    private static void giveBack(String what, Step step) {
        try {
            step.run();
        } catch (LeasingException | RuntimeException e) {
            LOG.warn("The {} could not be given back; it expires by itself", what, e);
        }
    }

    private void leave(String key, String worker) throws LeasingException {
        // A renewal that is still under way may come between the two calls.
        for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
            Lease lease = scheduler.leaseRefresher().getLease(key);
            boolean ours = lease != null
                    && (worker.equals(lease.leaseOwner()) || worker.equals(lease.checkpointOwner()));
            if (!ours) return; // it is another worker's by now
            if (leave(lease, worker)) {
                LOG.info("Gave back the lease {}", key);
                return;
            }
        }
        LOG.warn("The lease {} could not be given back: it was changed meanwhile. It expires by itself", key);
    }

    /** While a lease is handed over, its owner is the next one, and its checkpoint owner the one before. */
    private boolean leave(Lease lease, String worker) throws LeasingException {
        LeaseRefresher leases = scheduler.leaseRefresher();
        String before = lease.checkpointOwner();
        if (before == null) return leases.evictLease(lease);
        if (before.equals(worker)) return leases.assignLease(lease, lease.leaseOwner());
        return leaveToTheOneBefore(lease.leaseKey(), worker, before);
    }

    /** The lease's counter stays: the other worker, which still reads the shard, keeps the lease. */
    private boolean leaveToTheOneBefore(String key, String worker, String before) {
        try {
            scheduler.leaseManagementConfig()
                    .dynamoDBClient()
                    .updateItem(request -> request.tableName(scheduler.leaseManagementConfig().tableName())
                            .key(Map.of("leaseKey", AttributeValue.fromS(key)))
                            .updateExpression("SET leaseOwner = :before REMOVE checkpointOwner")
                            .conditionExpression("leaseOwner = :worker AND checkpointOwner = :before")
                            .expressionAttributeValues(Map.of(
                                    ":worker", AttributeValue.fromS(worker), ":before", AttributeValue.fromS(before))))
                    .join();
            return true;
        } catch (CompletionException e) {
            if (e.getCause() instanceof ConditionalCheckFailedException) return false;
            throw e;
        }
    }

    private void deleteMetrics(String worker) {
        try {
            scheduler.leaseManagementConfig()
                    .dynamoDBClient()
                    .deleteItem(request -> request.tableName(scheduler.leaseManagementConfig().tableName())
                            .key(Map.of("leaseKey", AttributeValue.fromS(worker)))
                            .conditionExpression("entityType = :metrics")
                            .expressionAttributeValues(Map.of(
                                    ":metrics",
                                    AttributeValue.fromS(EntityType.WORKER_METRIC_STATS.getDdbValue()))))
                    .join();
        } catch (CompletionException e) {
            // KCL 3.0 to 3.4, and an application that comes from there, has the metrics in a table of their own.
            if (!(e.getCause() instanceof ConditionalCheckFailedException)) throw e;
        }
    }

    private interface Step {
        void run() throws LeasingException;
    }
}
