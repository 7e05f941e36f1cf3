package software.amazon.kinesis.coordinator;

import java.lang.reflect.Field;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.coordinator.migration.TableMigrationStateMachine;
import software.amazon.kinesis.coordinator.migration.TableMigrationStateMachineImpl;
import software.amazon.kinesis.coordinator.migration.TableMigrationSummary;
import software.amazon.kinesis.leases.exceptions.DependencyException;
import software.amazon.kinesis.leases.exceptions.InvalidStateException;

/**
 * The move from three tables to one, without a fault of KCL 3.5.1: a leader that has not yet counted the workers that
 * report to each table takes the missing count for workers that have gone back to the former table. It sets PENDING back
 * to DEPLOYED, and deletes INIT, so that the bake time, a day by default, begins again whenever the leader changes: with
 * each deployment. It does so too while the leases of a killed worker, which reports to neither table, stand unexpired.
 *
 * <p>Until the workers are counted and all lease owners report, the state is read and not changed, as in a worker that is
 * not the leader. Nothing goes forward in that time that stock KCL would let go forward.
 */
final class CountedMigration implements TableMigrationStateMachine {
    private static final Logger LOG = LoggerFactory.getLogger(CountedMigration.class);

    private final TableMigrationStateMachine stock;
    private boolean waiting;

    private CountedMigration(TableMigrationStateMachine stock) {
        this.stock = stock;
    }

    /** Before the scheduler runs: it hands its machine to what asks for the leader when it starts. */
    static void install(Scheduler scheduler) {
        try {
            Field machine = PrivateField.of(Scheduler.class, "tableMigrationStateMachine");
            machine.set(scheduler, new CountedMigration((TableMigrationStateMachine) machine.get(scheduler)));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this KCL's table migration can't be replaced", e); // KclMembers has looked
        }
    }

    @Override
    public void initialize() throws DependencyException, InvalidStateException {
        stock.initialize();
    }

    @Override
    public void handleLeaderLockResult(boolean isLeader) throws DependencyException, InvalidStateException {
        stock.handleLeaderLockResult(isLeader && isCounted(summary()));
    }

    @Override
    public void shutdown() {
        stock.shutdown();
    }

    private synchronized boolean isCounted(TableMigrationSummary summary) {
        boolean counted = summary != null
                && (summary.getActiveWorkersWithMetricsInLegacyTable() > 0
                        || summary.getLeaseOwnersWithActiveMetrics() == summary.getWorkersWithUnexpiredLeases());
        if (!counted && !waiting) LOG.debug("The state of the move to one table waits for the count of workers: {}", summary);
        waiting = !counted;
        return counted;
    }

    /** @return null before the first count */
    private TableMigrationSummary summary() {
        synchronized (stock) { // as the stock machine guards it
            try {
                Field latest = PrivateField.of(TableMigrationStateMachineImpl.class, "latestMigrationSummary");
                return (TableMigrationSummary) latest.get(stock);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("this KCL's count of workers can't be read", e); // KclMembers has looked
            }
        }
    }
}
