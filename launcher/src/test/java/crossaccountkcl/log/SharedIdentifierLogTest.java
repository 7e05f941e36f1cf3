package crossaccountkcl.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import crossaccountkcl.CapturedLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.leases.dynamodb.DynamoDBLeaseRefresher;

class SharedIdentifierLogTest {
    private final CapturedLog ours = new CapturedLog(SharedIdentifierLog.class);
    private final LoggerContext context = new LoggerContext();
    private final Logger refresher = context.getLogger(DynamoDBLeaseRefresher.class);

    SharedIdentifierLogTest() {
        context.addTurboFilter(new SharedIdentifierLog());
    }

    @AfterEach
    void endLog() {
        ours.close();
    }

    private void renewedBySomebodyElse(int times) {
        for (int i = 0; i < times; i++) {
            refresher.info("Detected spurious renewal failure for lease with key {}, but recovered", "shard-1");
        }
    }

    @Test
    void saysOnceThatLeasesAreRenewedBySomebodyElse() {
        renewedBySomebodyElse(4);
        refresher.info("Assigned lease {} ownership from {} to {}", "shard-1", "a", "b");
        assertEquals(0, ours.warnings().size());
        renewedBySomebodyElse(100);
        assertEquals(1, ours.warnings().size());
        assertTrue(ours.warnings().get(0).contains("the same workerIdentifier"), ours.warnings().get(0));
    }
}
