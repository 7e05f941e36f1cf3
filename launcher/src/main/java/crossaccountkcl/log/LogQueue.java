package crossaccountkcl.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.event.KeyValuePair;

/**
 * The log on its way to Node, which may not read for a while: a handler that blocks Node's event loop must not hold up the
 * renewal of leases, so no caller waits, and lines are dropped instead. How many is in a line of its own. The places
 * within {@code discardingThreshold} are kept for the lines of this project: Node takes the worker's state from some and
 * the reason of its end from others.
 */
public final class LogQueue extends AsyncAppender {
    private static final String OURS = "crossaccountkcl.";
    /** The line that says how many were dropped: when the log is stopped the queue may be full. */
    private static final int PLACE_OF_THE_REPORT = 1;

    private final AtomicLong dropped = new AtomicLong();

    @Override
    protected void append(ILoggingEvent event) {
        if (getRemainingCapacity() >= getDiscardingThreshold()) reportDropped();
        if (getRemainingCapacity() <= PLACE_OF_THE_REPORT) dropped.incrementAndGet();
        else super.append(event);
    }

    /** Asked only where no more places are left than those that are kept. */
    @Override
    protected boolean isDiscardable(ILoggingEvent event) {
        boolean drop = !event.getLoggerName().startsWith(OURS);
        if (drop) dropped.incrementAndGet();
        return drop;
    }

    @Override
    public void stop() {
        reportDropped();
        super.stop();
    }

    private void reportDropped() {
        long lines = dropped.getAndSet(0);
        if (lines == 0) return;
        LoggingEvent event = new LoggingEvent(
                getClass().getName(),
                ((LoggerContext) getContext()).getLogger(getClass()),
                Level.WARN,
                "{} lines of KCL's log were dropped: Node did not read them in time",
                null,
                new Object[] {lines});
        event.addKeyValuePair(new KeyValuePair("dropped", lines));
        super.append(event);
    }
}
