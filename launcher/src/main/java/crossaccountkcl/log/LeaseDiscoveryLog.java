package crossaccountkcl.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Duration;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * One line when a worker can no longer find the leases that are assigned to it, and one when it can again. Stock KCL
 * (3.5.1) asks the index by lease owner about once a second and logs each failure with its stack; DynamoDB may refuse an
 * index for minutes that it describes as ACTIVE.
 */
public final class LeaseDiscoveryLog extends TurboFilter {
    private static final String COORDINATOR = "software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseCoordinator";
    private static final String FAILED = "Failed to execute lease discovery";
    private static final String DISCOVERER = "software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseDiscoverer";
    private static final String DONE = "New leases assigned to worker";

    private long failures;
    private long since;

    @Override
    public FilterReply decide(
            Marker marker, Logger logger, Level level, String format, Object[] params, Throwable failure) {
        if (format == null) return FilterReply.NEUTRAL;
        if (logger.getName().equals(COORDINATOR) && format.equals(FAILED)) {
            failed(failure);
            return FilterReply.DENY;
        }
        // Asked here also where the level is off.
        if (logger.getName().equals(DISCOVERER) && format.startsWith(DONE)) done();
        return FilterReply.NEUTRAL;
    }

    private synchronized void failed(Throwable failure) {
        if (failures++ > 0) return;
        since = System.nanoTime();
        log().warn(
                "The leases that are assigned to this worker can't be found: {}. KCL asks the index"
                        + " LeaseOwnerToLeaseKeyIndex about once a second; until it answers, this worker reads only the"
                        + " shards that it has. See docs/faults.md",
                reasonOf(failure));
    }

    private synchronized void done() {
        if (failures == 0) return;
        log().warn(
                "The leases that are assigned to this worker are found again, after {} s and {} failures",
                Duration.ofNanos(System.nanoTime() - since).toSeconds(),
                failures);
        failures = 0;
    }

    private static String reasonOf(Throwable failure) {
        if (failure == null) return "KCL gives no reason";
        Throwable root = failure;
        while (root.getCause() != null) root = root.getCause();
        return root.getClass().getSimpleName() + ": " + root.getMessage();
    }

    /** Not in a static field: the class is loaded while the log is being configured. */
    private static org.slf4j.Logger log() {
        return LoggerFactory.getLogger(LeaseDiscoveryLog.class);
    }
}
