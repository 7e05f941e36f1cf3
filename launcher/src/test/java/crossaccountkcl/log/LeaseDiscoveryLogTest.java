package crossaccountkcl.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import crossaccountkcl.CapturedLog;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseCoordinator;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseDiscoverer;
import software.amazon.kinesis.leases.exceptions.DependencyException;
import software.amazon.kinesis.leases.exceptions.InvalidStateException;

class LeaseDiscoveryLogTest {
    private final CapturedLog ours = new CapturedLog(LeaseDiscoveryLog.class);
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> kcls = new ListAppender<>();
    private final Logger coordinator = context.getLogger(DynamoDBLeaseCoordinator.class);
    private final Logger discoverer = context.getLogger(DynamoDBLeaseDiscoverer.class);

    @BeforeEach
    void filter() {
        context.addTurboFilter(new LeaseDiscoveryLog());
        kcls.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(kcls);
        discoverer.setLevel(Level.WARN); // as in cross-account-kcl-logback.xml
    }

    private void failed(RuntimeException cause) {
        coordinator.error("Failed to execute lease discovery", new DependencyException(cause));
    }

    private void done() {
        discoverer.info("New leases assigned to worker : {}, count : {}, leases : {}", "w", 0, List.of());
    }

    @Test
    void saysOnceThatItBeganAndOnceThatItEnded() {
        done();
        assertEquals(List.of(), ours.warnings());
        for (int i = 0; i < 60; i++) {
            failed(DynamoDbException.builder().message("The table does not have the specified index").build());
        }
        assertEquals(1, ours.warnings().size());
        assertTrue(
                ours.warnings().get(0).startsWith("The leases that are assigned to this worker can't be found:"
                        + " DynamoDbException: The table does not have the specified index"),
                ours.warnings().get(0));
        done();
        done();
        assertEquals(2, ours.warnings().size());
        assertTrue(
                ours.warnings().get(1).matches("The leases .* are found again, after \\d+ s and 60 failures"),
                ours.warnings().get(1));
        assertEquals(List.of(), kcls.list);
        ours.close();
    }

    @Test
    void saysItOfTheNextOutageToo() {
        failed(ResourceNotFoundException.builder().message("no index").build());
        done();
        coordinator.error("Failed to execute lease discovery", new InvalidStateException("it does not exists.", null));
        assertEquals(3, ours.warnings().size());
        assertTrue(ours.warnings().get(2).contains("InvalidStateException: it does not exists."), ours.warnings().get(2));
        ours.close();
    }

    @Test
    void leavesOtherLinesAsTheyAre() {
        coordinator.error("LeaseRenewer error", new IllegalStateException());
        discoverer.error("GetLease failed for leaseKey : {}", "shard-1");
        coordinator.info("started");
        assertEquals(3, kcls.list.size());
        assertEquals(List.of(), ours.warnings());
        ours.close();
    }
}
