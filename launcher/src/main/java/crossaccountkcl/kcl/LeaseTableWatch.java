package crossaccountkcl.kcl;

import crossaccountkcl.ExitCode;
import crossaccountkcl.StopSignal;
import crossaccountkcl.aws.ServiceCalls;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.kinesis.leases.LeaseManagementConfig;

/**
 * Notices that the lease table was deleted under the worker. KCL (3.5.1) makes the table only when it starts: without it
 * every renewal fails, the leases expire, and the worker would run on without reading, for ever.
 *
 * <p>The table is described when a call of KCL's finds no table, which makes a call of its own every few seconds needless:
 * KCL renews its leases more often. And once a minute, for a table that was replaced between two calls.
 */
public final class LeaseTableWatch {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseTableWatch.class);
    private static final long INTERVAL_SECONDS = 5;
    private static final Duration UNASKED = Duration.ofSeconds(60);
    private static final String NO_TABLE = "ResourceNotFoundException";
    /** A deletion is no transient failure; the time is for a table that is being replaced. */
    static final Duration LIMIT = Duration.ofSeconds(60);

    private final LeaseManagementConfig config;
    private final StopSignal stop;
    private String tableId;
    private Long describedAt;
    private long missingSince;
    private boolean missing;
    private boolean stopped;

    public LeaseTableWatch(LeaseManagementConfig config, StopSignal stop) {
        this.config = config;
        this.stop = stop;
    }

    /** Looks every few seconds until the JVM ends. */
    public void start() {
        Executors.newSingleThreadScheduledExecutor(work -> {
                    Thread thread = new Thread(work, "lease-table-watch");
                    thread.setDaemon(true);
                    return thread;
                })
                .scheduleWithFixedDelay(() -> look(System.nanoTime()), 0, INTERVAL_SECONDS, TimeUnit.SECONDS);
    }

    /** @param now as System.nanoTime() */
    void look(long now) {
        if (stopped || !mustDescribe(now)) return;
        describedAt = now;
        try {
            found(config.dynamoDBClient()
                    .describeTable(request -> request.tableName(config.tableName()))
                    .join());
        } catch (CompletionException e) {
            // Any other failure is DynamoDB's, and KCL's calls fail by it as well: KCL logs it and tries again.
            if (e.getCause() instanceof ResourceNotFoundException) notFound(now);
            else LOG.debug("The lease table {} can't be described", config.tableName(), e);
        } catch (RuntimeException e) {
            // What is thrown here would end the schedule.
            LOG.warn("The lease table {} can't be looked at", config.tableName(), e);
        }
    }

    private boolean mustDescribe(long now) {
        return missing
                || describedAt == null
                || now - describedAt >= UNASKED.toNanos()
                || ServiceCalls.failing().entrySet().stream().anyMatch(LeaseTableWatch::findsNoTable);
    }

    private static boolean findsNoTable(Map.Entry<ServiceCalls.Call, ServiceCalls.Failing> failing) {
        return failing.getKey().service().equals("DynamoDB")
                && failing.getValue().failure().code().equals(NO_TABLE);
    }

    private void found(DescribeTableResponse answer) {
        String id = answer.table().tableId();
        if (tableId != null && id != null && !id.equals(tableId)) {
            LOG.warn(
                    "The lease table {} was deleted and made again. Unless it was restored, its checkpoints are lost, and"
                            + " shards are read from the initial position",
                    config.tableName());
        } else if (missing) {
            LOG.warn("The lease table {} exists again", config.tableName());
        }
        tableId = id;
        missing = false;
    }

    private void notFound(long now) {
        if (!missing) {
            missing = true;
            missingSince = now;
            LOG.warn(
                    "The lease table {} does not exist any more: it was deleted while the worker ran. Nothing can be"
                            + " checkpointed, and nothing is read once the leases have expired. The worker stops if the table"
                            + " is missing for {} s",
                    config.tableName(),
                    LIMIT.toSeconds());
        }
        if (now - missingSince < LIMIT.toNanos()) return;
        stopped = true;
        stop.request(
                ExitCode.ACCESS,
                "the lease table " + config.tableName() + " does not exist any more: it was deleted while the worker ran, and"
                        + " its checkpoints with it. Restore it before the next start, which makes an empty one and reads from"
                        + " the initial position (docs/operation.md)",
                null);
    }
}
