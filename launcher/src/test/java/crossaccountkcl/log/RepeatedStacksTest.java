package crossaccountkcl.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import crossaccountkcl.CapturedLog;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;

class RepeatedStacksTest {
    private static final String KCL = "software.amazon.kinesis.lifecycle.InitializeTask";

    private final LoggerContext context = new LoggerContext();
    private final CapturedLog log = new CapturedLog(RepeatedStacks.class);
    private final RepeatedStacks stacks = new RepeatedStacks();

    @AfterEach
    void end() {
        log.close();
    }

    private FilterReply decide(String logger, Level level, String message, Throwable failure, Object... args) {
        return stacks.decide(new LoggingEvent("x", context.getLogger(logger), level, message, failure, args));
    }

    private static Throwable denied() {
        return AccessDeniedException.builder()
                .requestId(UUID.randomUUID().toString())
                .statusCode(400)
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode("AccessDeniedException")
                        .serviceName("Kinesis")
                        .errorMessage("not authorized")
                        .build())
                .build();
    }

    @Test
    void logsTheFirstStackAndOneLineWithTheCount() {
        assertEquals(FilterReply.NEUTRAL, decide(KCL, Level.ERROR, "Caught exception: ", denied()));
        assertEquals(FilterReply.DENY, decide(KCL, Level.ERROR, "Caught exception: ", denied()));
        assertEquals(FilterReply.DENY, decide(KCL, Level.ERROR, "Caught exception: ", denied()));
        stacks.report();
        assertEquals(1, log.warnings().size());
        String line = log.warnings().get(0);
        assertTrue(
                line.startsWith("Logged again 2 times in the last 60 s, without the stack: Caught exception:"
                        + " AccessDeniedException: not authorized (Service: Kinesis"),
                line);
    }

    @Test
    void takesTheSameFailureOfOtherShardsAndRequestsForARepetition() {
        String message = "{}: Failure occurred in retrieval";
        assertEquals(FilterReply.NEUTRAL, decide(KCL, Level.WARN, message, denied(), "shardId-000000000001"));
        assertEquals(FilterReply.DENY, decide(KCL, Level.WARN, message, denied(), "shardId-000000000012"));
        String key = "111122223333:orders:1700000000:shardId-00000000000";
        assertEquals(FilterReply.NEUTRAL, decide(KCL, Level.WARN, message, denied(), key + 1));
        assertEquals(FilterReply.DENY, decide(KCL, Level.WARN, message, denied(), key + 2));
    }

    @Test
    void passesEveryOtherFailure() {
        decide(KCL, Level.ERROR, "Caught exception: ", denied());
        assertEquals(FilterReply.NEUTRAL, decide(KCL, Level.WARN, "Caught exception: ", denied()));
        assertEquals(FilterReply.NEUTRAL, decide(KCL, Level.ERROR, "Other: ", denied()));
        assertEquals(FilterReply.NEUTRAL, decide(KCL + "2", Level.ERROR, "Caught exception: ", denied()));
        assertEquals(
                FilterReply.NEUTRAL,
                decide(KCL, Level.ERROR, "Caught exception: ", new RuntimeException("refused", denied())));
        assertEquals(FilterReply.NEUTRAL, decide(KCL, Level.ERROR, "Caught exception: ", new RuntimeException()));
        stacks.report();
        assertEquals(List.of(), log.warnings());
    }

    @Test
    void passesWhatHasNoStackAndWhatTheLauncherLogsItself() {
        for (int i = 0; i < 2; i++) {
            assertEquals(FilterReply.NEUTRAL, decide(KCL, Level.ERROR, "Caught exception: ", null));
            assertEquals(
                    FilterReply.NEUTRAL, decide("crossaccountkcl.run.WorkerRun", Level.ERROR, "Stopping", denied()));
        }
    }

    @Test
    void logsTheStackAgainAfterAnIntervalWithoutIt() {
        decide(KCL, Level.ERROR, "Caught exception: ", denied());
        decide(KCL, Level.ERROR, "Caught exception: ", denied());
        stacks.report();
        assertEquals(FilterReply.DENY, decide(KCL, Level.ERROR, "Caught exception: ", denied()));
        stacks.report();
        stacks.report();
        assertEquals(FilterReply.NEUTRAL, decide(KCL, Level.ERROR, "Caught exception: ", denied()));
        assertEquals(2, log.warnings().size());
    }

    @Test
    void reportsAtTheEndWhatWasCounted() {
        stacks.setContext(context);
        stacks.start();
        decide(KCL, Level.ERROR, "Caught exception: ", denied());
        decide(KCL, Level.ERROR, "Caught exception: ", denied());
        context.stop();
        assertEquals(1, log.warnings().size());
    }
}
