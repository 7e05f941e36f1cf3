package software.amazon.kinesis.multilang;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The child processes that have answered {@code initialize}. SIGTERM tells them that the worker stops, and they leave what
 * they have not begun; a child that is still starting would die of it.
 */
final class ReadyChildren {
    private final Set<Process> running = ConcurrentHashMap.newKeySet();
    private boolean stopping;

    synchronized void add(Process child) {
        if (stopping) {
            signal(child);
            return;
        }
        running.add(child);
        child.onExit().thenRun(() -> running.remove(child));
    }

    synchronized void leave() {
        stopping = true;
        running.forEach(ReadyChildren::signal);
    }

    /** By its handle: {@code Process.destroy} closes the pipes too. */
    private static void signal(Process child) {
        child.toHandle().destroy();
    }
}
