package crossaccountkcl.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ParentWatchTest {
    private Process process;
    private BufferedReader out;
    private final List<ProcessHandle> children = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ParentWatchProbe.class.getName())
                .redirectErrorStream(true)
                .start();
        out = process.inputReader();
        for (String pid : out.readLine().split(" ")) {
            children.add(ProcessHandle.of(Long.parseLong(pid)).orElseThrow());
        }
        assertEquals("ready", out.readLine());
    }

    @AfterEach
    void kill() {
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }

    private void say(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        process.getOutputStream().flush();
    }

    @Test
    void theLineStopAsksForAGracefulStopAndOtherLinesForNothing() throws Exception {
        say("sto\nstopp\n STOP\n");
        Thread.sleep(200);
        assertFalse(out.ready());
        say("stop\n");
        assertEquals("code 0", out.readLine());
        assertTrue(process.isAlive());
    }

    @Test
    void theEndOfStdinStopsTheRunAndHaltsAJvmThatDoesNotEnd() throws Exception {
        long begin = System.nanoTime();
        process.getOutputStream().close();
        assertEquals("code " + ExitCode.DAEMON, out.readLine());
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(ExitCode.DAEMON, process.exitValue());
        assertTrue(System.nanoTime() - begin > TimeUnit.MILLISECONDS.toNanos(2_900), "time to release the leases");
        // What is left of the children is ended with it.
        for (ProcessHandle child : children) child.onExit().get(60, TimeUnit.SECONDS);
    }
}
