package crossaccountkcl;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What one class logs at WARN and above, until it is closed. */
public final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final Logger logger;

    public CapturedLog(Class<?> ofClass) {
        logger = loggerOf(ofClass);
        logger.setLevel(Level.WARN);
        logger.setAdditive(false);
        logger.addAppender(this);
        start();
    }

    /** Logback's, also if another test class is just initializing SLF4J, which hands out stand-ins meanwhile. */
    public static Logger loggerOf(Class<?> ofClass) {
        while (true) {
            if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) return context.getLogger(ofClass);
            Thread.onSpinWait();
        }
    }

    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    @Override
    protected void append(ILoggingEvent event) {
        warnings.add(event.getFormattedMessage());
    }

    @Override
    public void close() {
        logger.detachAppender(this);
        logger.setLevel(null);
        logger.setAdditive(true);
    }
}
