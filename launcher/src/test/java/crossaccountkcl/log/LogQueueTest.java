package crossaccountkcl.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LogQueueTest {
    private static final String KCL = "software.amazon.kinesis.coordinator.Scheduler";
    private static final String OURS = "crossaccountkcl.run.WorkerRun";

    private final LoggerContext context = new LoggerContext();
    private final LogQueue queue = new LogQueue();
    private final Node node = new Node();

    /** Reads the first line, and no other until it is told to. */
    private static final class Node extends AppenderBase<ILoggingEvent> {
        final List<String> read = new CopyOnWriteArrayList<>();
        final CountDownLatch blocked = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);

        @Override
        protected void append(ILoggingEvent event) {
            blocked.countDown();
            awaitRelease();
            read.add(event.getFormattedMessage());
        }

        /** As a write to a pipe does, it goes on waiting when the queue's stop interrupts it. */
        private void awaitRelease() {
            while (released.getCount() > 0) {
                try {
                    released.await();
                } catch (InterruptedException e) {
                    // Looks again.
                }
            }
        }
    }

    @BeforeEach
    void startWithTenPlacesOfWhichFourAreKept() throws InterruptedException {
        context.setMDCAdapter(new LogbackMDCAdapter());
        node.setContext(context);
        node.start();
        queue.setContext(context);
        queue.setQueueSize(10);
        queue.setDiscardingThreshold(4);
        queue.setNeverBlock(true);
        queue.addAppender(node);
        queue.start();
        log(KCL, "the first");
        node.blocked.await();
    }

    private void log(String logger, String message) {
        queue.doAppend(new LoggingEvent(getClass().getName(), context.getLogger(logger), Level.INFO, message, null, null));
    }

    private List<String> readToTheEnd() {
        node.released.countDown();
        queue.stop();
        return node.read;
    }

    @Test
    void keepsOurOwnLinesWhateverElseIsLoggedWhileNodeDoesNotRead() {
        for (int line = 0; line < 1_000; line++) log(KCL, "noise");
        log(OURS, "KCL has started");
        log(KCL, "noise");

        List<String> read = readToTheEnd();

        assertTrue(read.contains("KCL has started"), read.toString());
        assertEquals(7, read.stream().filter("noise"::equals).count(), "the places that are not kept");
        assertEquals(
                "994 lines of KCL's log were dropped: Node did not read them in time", read.get(read.size() - 1));
    }

    @Test
    void countsWhatIsDroppedWhereNoPlaceIsLeftForOurOwnEither() {
        for (int line = 0; line < 100; line++) log(OURS, "state");

        List<String> read = readToTheEnd();

        long kept = read.stream().filter("state"::equals).count();
        assertTrue(kept >= 9, read.toString());
        assertTrue(read.contains((100 - kept) + " lines of KCL's log were dropped: Node did not read them in time")
                || queue.getNumberOfElementsInQueue() == 0 && kept == 100, read.toString());
    }

    @Test
    void reportsOnceThereIsRoomAgain() throws InterruptedException {
        for (int line = 0; line < 20; line++) log(KCL, "noise");
        node.released.countDown();
        while (queue.getNumberOfElementsInQueue() > 0) Thread.onSpinWait();

        log(KCL, "the next");
        List<String> read = readToTheEnd();

        assertEquals(
                List.of("13 lines of KCL's log were dropped: Node did not read them in time", "the next"),
                read.subList(read.size() - 2, read.size()));
    }

    @Test
    void reportsNothingWhereNothingIsDropped() {
        log(KCL, "the second");

        assertEquals(List.of("the first", "the second"), readToTheEnd());
    }
}
