package crossaccountkcl.run;

import crossaccountkcl.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Node holds the other end of stdin. The line {@code stop} asks for a graceful stop. Its end means that Node is gone,
 * however it went: without it nothing can be handled, and nobody would end the launcher.
 */
final class ParentWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ParentWatch.class);
    /** Time for the leases to be released, so that other workers can take them at once. */
    private static final long GRACE_WITHOUT_PARENT_MILLIS = 3_000;

    private ParentWatch() {}

    static void start(WorkerRun run) {
        Thread thread = new Thread(() -> watch(run), "parent-watch");
        thread.setDaemon(true);
        thread.start();
    }

    private static void watch(WorkerRun run) {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.equals("stop")) run.request(ExitCode.OK, "Node asked for it", null);
                else LOG.warn("An unknown line came from Node: '{}'", line);
            }
        } catch (IOException e) {
            LOG.warn("stdin can't be read", e);
        }
        haltSoon();
        run.request(ExitCode.DAEMON, "Node is gone", null);
    }

    private static void haltSoon() {
        Thread thread = new Thread(() -> {
            try {
                Thread.sleep(GRACE_WITHOUT_PARENT_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Launcher.halt(ExitCode.DAEMON);
        }, "halt-without-parent");
        thread.setDaemon(true);
        thread.start();
    }
}
