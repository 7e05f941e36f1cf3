package crossaccountkcl.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs a failure of KCL or the AWS SDK that repeats with its stack once, and then in one line a minute with a count. KCL
 * logs the stack of every attempt, for every shard: with credentials that are not valid, 1.5 MB a minute.
 *
 * <p>Two events repeat if they have the same logger, level, message, and exceptions with their messages, apart from what
 * differs between shards and requests: digits and long identifiers. After a minute without one the next has its stack.
 */
public final class RepeatedStacks extends Filter<ILoggingEvent> {
    private static final Logger LOG = LoggerFactory.getLogger(RepeatedStacks.class);
    private static final List<String> LIBRARIES = List.of("software.amazon.", "com.amazonaws.", "io.netty.");
    private static final long INTERVAL_SECONDS = 60;
    /** Above it events pass: so many different failures are not repetitions. */
    private static final int MAX_KINDS = 500;
    private static final int MAX_CAUSES = 10;
    private static final int MAX_TEXT = 600;

    private final Map<String, Repetition> repetitions = new HashMap<>();
    private ScheduledExecutorService timer;

    private static final class Repetition {
        private int count;
        private String loggerName;
        private String message;
        private IThrowableProxy failure;
    }

    @Override
    public void start() {
        super.start();
        if (getContext() != null) getContext().register(this); // or nobody would stop it
        timer = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "repeated-stacks");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleAtFixedRate(this::report, INTERVAL_SECONDS, INTERVAL_SECONDS, TimeUnit.SECONDS);
    }

    /** Reports what was counted since the last report, so that the end of the process hides nothing. */
    @Override
    public void stop() {
        if (timer != null) timer.shutdownNow();
        report();
        super.stop();
    }

    @Override
    public FilterReply decide(ILoggingEvent event) {
        IThrowableProxy failure = event.getThrowableProxy();
        if (failure == null || LIBRARIES.stream().noneMatch(event.getLoggerName()::startsWith)) {
            return FilterReply.NEUTRAL;
        }
        String key = keyOf(event, failure);
        synchronized (repetitions) {
            Repetition repetition = repetitions.get(key);
            if (repetition == null) {
                if (repetitions.size() < MAX_KINDS) repetitions.put(key, new Repetition());
                return FilterReply.NEUTRAL;
            }
            repetition.count++;
            repetition.loggerName = event.getLoggerName();
            repetition.message = event.getFormattedMessage();
            repetition.failure = failure;
            return FilterReply.DENY;
        }
    }

    /** One line for each failure that was logged again since the last report; the others are forgotten. */
    void report() {
        List<Repetition> reported = new ArrayList<>();
        synchronized (repetitions) {
            repetitions.values().removeIf(repetition -> repetition.count == 0);
            for (Map.Entry<String, Repetition> entry : repetitions.entrySet()) {
                reported.add(entry.getValue());
                entry.setValue(new Repetition());
            }
        }
        for (Repetition one : reported) {
            // Not at ERROR: Node takes the launcher's own errors for the reason of its end.
            LOG.atWarn()
                    .addKeyValue("repeatedLogger", one.loggerName)
                    .addKeyValue("repeated", one.count)
                    .log("Logged again {} times in the last {} s, without the stack: {}: {}",
                            one.count, INTERVAL_SECONDS, trim(one.message), trim(textOf(root(one.failure))));
        }
    }

    private static String keyOf(ILoggingEvent event, IThrowableProxy failure) {
        StringBuilder key = new StringBuilder(event.getLoggerName()).append(event.getLevel());
        key.append(general(event.getFormattedMessage()));
        IThrowableProxy cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            key.append('\n').append(general(textOf(cause)));
            cause = cause.getCause();
        }
        return key.toString();
    }

    /** Without what differs from shard to shard and from request to request. */
    private static String general(String text) {
        return text.replaceAll("\\b(?=[\\w+/=-]*\\d)[\\w+/=-]{8,}", "#").replaceAll("\\d+", "#");
    }

    private static IThrowableProxy root(IThrowableProxy failure) {
        IThrowableProxy root = failure;
        for (int depth = 0; root.getCause() != null && depth < MAX_CAUSES; depth++) root = root.getCause();
        return root;
    }

    private static String textOf(IThrowableProxy failure) {
        String type = failure.getClassName();
        return type.substring(type.lastIndexOf('.') + 1) + ": " + failure.getMessage();
    }

    private static String trim(String text) {
        String oneLine = text.strip().replaceAll(":$", "");
        return oneLine.length() <= MAX_TEXT ? oneLine : oneLine.substring(0, MAX_TEXT) + "…";
    }
}
