package crossaccountkcl.kcl1;

import com.amazonaws.SdkClientException;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.KinesisClientLibConfiguration;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.Worker;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.WorkerStateChangeListener.WorkerState;
import com.amazonaws.services.kinesis.multilang.MultiLangDaemon;
import com.amazonaws.services.kinesis.multilang.MultiLangDaemonConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.LogManager;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Runs the MultiLangDaemon of KCL 1.15 on the stream whose ARN is in STREAM_ARN, where its child finds it too. The only
 * argument is the stock daemon's .properties file. The log goes to stderr.
 *
 * <p>Exit codes: 2 the configuration can't be used; 3 there are no credentials; 1 the daemon or a child failed; 143, as that of the stock daemon,
 * after SIGTERM.
 */
public final class Launcher {
    static {
        // Before any logger is made. An own configuration has precedence.
        if (System.getProperty("java.util.logging.config.file") == null) configureLog();
    }

    private static final Log LOG = LogFactory.getLog(Launcher.class);
    private static final String WITHOUT_CHECKPOINTS = ": records since the last checkpoints come again";
    private static final int FAILED = 1;
    private static final int CONFIGURATION = 2;
    private static final int ACCESS = 3;

    private Launcher() {}

    public static void main(String[] args) throws Exception {
        MultiLangDaemonConfig config;
        try {
            config = configure(args);
        } catch (IOException | IllegalArgumentException e) {
            say(e.getMessage());
            System.exit(CONFIGURATION);
            return;
        } catch (SdkClientException e) { // it asks for the credentials by then
            say(e.getMessage());
            System.exit(ACCESS);
            return;
        }
        KinesisClientLibConfiguration kcl = config.getKinesisClientLibConfiguration();
        AtomicBoolean started = new AtomicBoolean();
        // MultiLangDaemon.main would do this too, but lets nobody give it a configurator.
        Worker worker = new Worker.Builder()
                .recordProcessorFactory(config.getRecordProcessorFactory())
                .config(kcl)
                .execService(config.getExecutorService())
                .workerStateChangeListener(state -> {
                    if (state == WorkerState.STARTED) started.set(true);
                })
                .build();
        AtomicBoolean over = new AtomicBoolean();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (!over.compareAndSet(false, true)) return;
            // KCL's graceful stop fails before that, for want of what it would stop.
            if (started.get()) stop(worker, kcl.getShutdownGraceMillis());
            else say("stopped before it had begun: nothing was read");
        }));
        LOG.info("Reading " + kcl.getStreamArn());
        new MultiLangDaemon(worker).call();
        // KCL returns 0 also when it has given up; after a signal it is the signal that decides.
        if (over.compareAndSet(false, true)) say("the worker ended by itself; its log says why");
        System.exit(FAILED);
    }

    private static void configureLog() {
        try (var configuration = Launcher.class.getResourceAsStream("logging.properties")) {
            LogManager.getLogManager().readConfiguration(configuration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MultiLangDaemonConfig configure(String[] args) throws IOException {
        if (args.length != 1) throw new IllegalArgumentException("expected one argument, the .properties file");
        // The daemon writes to its children in this one: other partition keys would arrive as '?'.
        if (!Charset.defaultCharset().equals(StandardCharsets.UTF_8)) {
            throw new IllegalArgumentException(
                    "the default charset is " + Charset.defaultCharset() + ": start it as java -Dfile.encoding=UTF-8 -jar ...");
        }
        var configurator = new SharedStreamConfigurator(System.getenv("STREAM_ARN"));
        return new MultiLangDaemonConfig(args[0], Thread.currentThread().getContextClassLoader(), configurator);
    }

    /** The children make their last checkpoints. Also run when one has failed, to let the others do so. */
    private static void stop(Worker worker, long graceMillis) {
        try {
            boolean complete = worker.startGracefulShutdown().get(graceMillis, TimeUnit.MILLISECONDS);
            say(complete ? "stopped, after a last checkpoint of every shard" : "stopped" + WITHOUT_CHECKPOINTS);
        } catch (TimeoutException e) {
            say("not stopped within shutdownGraceMillis, " + graceMillis + WITHOUT_CHECKPOINTS);
        } catch (InterruptedException | ExecutionException e) {
            say("the stop failed, by " + e + WITHOUT_CHECKPOINTS);
        }
    }

    /** To stderr itself: java.util.logging, in a shutdown hook of its own, has closed the log by now. */
    private static void say(String message) {
        System.err.println("launcher-kcl1: " + message);
    }
}
