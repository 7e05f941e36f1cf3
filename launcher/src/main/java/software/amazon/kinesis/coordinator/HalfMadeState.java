package software.amazon.kinesis.coordinator;

import software.amazon.kinesis.coordinator.migration.ClientVersion;
import software.amazon.kinesis.coordinator.migration.MigrationStateMachineImpl;

/**
 * What an attempt to initialize KCL (3.5.1) leaves behind when it fails. {@code MigrationStateMachineImpl.initialize}
 * notes the version before it has entered it, and the next attempt takes that for done: the worker then ends with
 * "AssignmentMode is not initialized", or runs and assigns no lease. Of several workers of a new application that write
 * the migration state at once, all but one come to this; so does one that DynamoDB fails at that moment.
 *
 * <p>Entering it again is safe: what the first attempt has made is made again or found. A version that was entered stays,
 * for a second leader decider would never be the leader beside the first, whose lock is renewed: no lease is made then.
 */
final class HalfMadeState {
    private static final String MACHINE = "migrationStateMachine";
    private static final String VERSION = "startingClientVersion";

    private HalfMadeState() {}

    static void discard(Scheduler scheduler) {
        try {
            MigrationStateMachineImpl machine =
                    (MigrationStateMachineImpl) PrivateField.of(Scheduler.class, MACHINE).get(scheduler);
            if (machine.getCurrentClientVersion() == ClientVersion.CLIENT_VERSION_INIT) {
                PrivateField.of(MigrationStateMachineImpl.class, VERSION).set(machine, null);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this KCL's migration state can't be reset", e); // KclMembers has looked
        }
    }
}
