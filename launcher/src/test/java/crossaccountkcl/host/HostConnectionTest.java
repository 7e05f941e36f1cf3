package crossaccountkcl.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class HostConnectionTest {
    private static final int FRAMES = 40;
    private static final int LENGTH = 1024 * 1024;

    @TempDir
    Path directory;

    private static ByteBuffer recordsFrame() {
        return ByteBuffer.allocate(Frame.LENGTH_BYTES + LENGTH)
                .putInt(0, LENGTH)
                .put(Frame.LENGTH_BYTES, Frame.RECORDS)
                .putInt(Frame.LENGTH_BYTES + 1, 7);
    }

    @Test
    void framesOfTwoThreadsComeOutWhole() throws Exception {
        try (ScriptedNode node = new ScriptedNode(directory.resolve("node.sock"), n -> {
            n.welcome();
            int controls = 0;
            int records = 0;
            while (controls < FRAMES || records < FRAMES) {
                if (n.receiveEither()) controls++;
                else records++;
            }
            assertEquals(2 * FRAMES, controls + records);
        })) {
            HostConnection connection = HostConnection.open(directory.resolve("node.sock"));
            CompletableFuture<Void> other = CompletableFuture.runAsync(() -> run(() -> {
                for (int i = 0; i < FRAMES; i++) {
                    connection.send(message("leave"));
                    Thread.sleep(1);
                }
            }));
            for (int i = 0; i < FRAMES; i++) connection.write(recordsFrame());
            other.join();
            node.awaitEndOfScript();
            connection.close();
        }
    }

    /** So that "leave" does not come after the last message, however long it had to wait. */
    @Test
    void asksWhetherToSendOnceNothingElseIsBeingWritten() throws Exception {
        CountDownLatch waiting = new CountDownLatch(1);
        AtomicBoolean isWanted = new AtomicBoolean(true);
        try (ScriptedNode node = new ScriptedNode(directory.resolve("node.sock"), n -> {
            n.welcome();
            waiting.await();
            n.receiveRecords();
            n.expect("{'type':'leaseLost'}");
            n.expectEnd();
        })) {
            HostConnection connection = HostConnection.open(directory.resolve("node.sock"));
            CompletableFuture<Void> frame = CompletableFuture.runAsync(() -> run(() -> connection.write(recordsFrame())));
            Thread.sleep(100); // it fills the socket
            CompletableFuture<Void> leave = CompletableFuture.runAsync(
                    () -> run(() -> connection.sendIf(isWanted::get, message("leave"))));
            Thread.sleep(100);
            isWanted.set(false);
            waiting.countDown();
            frame.join();
            leave.join();
            connection.send(message("leaseLost"));
            connection.close();
            node.awaitEndOfScript();
        }
    }

    private static ObjectNode message(String type) {
        return HostConnection.JSON.createObjectNode().put("type", type);
    }

    private static void run(Executable executable) {
        try {
            executable.execute();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** As KCL does at the end; a thread that can't be interrupted would hold up its stop. */
    @Test
    void waitingForAnothersFrameCanBeInterrupted() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (ScriptedNode node = new ScriptedNode(directory.resolve("node.sock"), n -> {
            n.welcome();
            done.await(); // without reading, so that a frame fills the socket
        })) {
            HostConnection connection = HostConnection.open(directory.resolve("node.sock"));
            CompletableFuture<Throwable> first = CompletableFuture.supplyAsync(() -> assertThrows(
                    Exception.class, () -> {
                        while (true) connection.write(recordsFrame());
                    }));
            Thread.currentThread().interrupt();
            assertThrows(InterruptedIOException.class, () -> connection.write(recordsFrame()));
            assertEquals(true, Thread.interrupted()); // kept for KCL, and cleared for what follows here
            connection.close();
            first.join();
            done.countDown();
        }
    }
}
