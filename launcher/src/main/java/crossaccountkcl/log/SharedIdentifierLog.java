package crossaccountkcl.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Says that another process renews this worker's leases: two workers have the same identifier, and both handle every
 * record. KCL (3.5.1) takes each such renewal for its own whose answer was lost. Node refuses an identifier that is in
 * use when it starts; two workers that start at once are found here.
 */
public final class SharedIdentifierLog extends TurboFilter {
    private static final String REFRESHER = "software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseRefresher";
    private static final String RENEWED = "Detected spurious renewal failure";
    private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** Lost answers come now and then. */
    private static final int MANY = 5;

    private final Deque<Long> renewed = new ArrayDeque<>();
    private boolean said;

    @Override
    public FilterReply decide(
            Marker marker, Logger logger, Level level, String format, Object[] params, Throwable failure) {
        if (format != null && format.startsWith(RENEWED) && logger.getName().equals(REFRESHER)) renewed();
        return FilterReply.NEUTRAL;
    }

    private synchronized void renewed() {
        long now = System.nanoTime();
        while (!renewed.isEmpty() && now - renewed.peekFirst() > PERIOD_NANOS) renewed.removeFirst();
        if (renewed.isEmpty()) said = false;
        renewed.addLast(now);
        if (said || renewed.size() < MANY) return;
        said = true;
        log().warn(
                "Another process seems to renew the leases of this worker: {} times within a minute. If two workers have"
                        + " the same workerIdentifier, both handle every record: give each its own, or leave it out."
                        + " If DynamoDB's answers are being lost, nothing is wrong. See docs/fleet.md",
                renewed.size());
    }

    /** Not in a static field: the class is loaded while the log is being configured. */
    private static org.slf4j.Logger log() {
        return LoggerFactory.getLogger(SharedIdentifierLog.class);
    }
}
