package software.amazon.kinesis.coordinator;

import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * How soon the scheduler takes its next step. Stock KCL takes one step a second with every shard: from a new lease to its
 * first records are four steps, from a stop to the end five. Here steps are shorter at such times. Not always: a step also
 * renews a fan-out subscription that has failed, of which Kinesis allows five a second.
 */
final class StepPace {
    /** KCL's own wait between two steps. */
    static final long STEP_MILLIS = 200;
    /** What a step lacks to stock KCL's, 1 s. */
    private static final long CALM_MILLIS = 800;
    /** From a new lease to its first records; the tasks between the steps take their time too. */
    private static final long HURRY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private boolean hurrying;
    private Set<String> assigned = Set.of();
    private long assignedAt;

    /** From now on: the worker stops. */
    synchronized void hurry() {
        hurrying = true;
        notifyAll();
    }

    /** Waits, unless steps are to be short: there is no lease, leases have come or gone lately, or the worker stops. */
    synchronized void await(Set<String> leases) {
        if (!leases.equals(assigned)) {
            assigned = leases;
            assignedAt = System.nanoTime();
        }
        if (hurrying || leases.isEmpty() || System.nanoTime() - assignedAt < HURRY_NANOS) return;
        try {
            wait(CALM_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
