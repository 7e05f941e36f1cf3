package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.aws.ServiceCalls.Call;
import crossaccountkcl.aws.ServiceCalls.Failing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CredentialsWatchTest {
    private static final Call READ = new Call("Kinesis", "GetRecords");
    private static final Instant BEGIN = Instant.parse("2026-11-30T10:00:00Z");

    private final CapturedLog log = new CapturedLog(CredentialsWatch.class);
    private final List<String> stops = new ArrayList<>();
    private final CredentialsWatch watch =
            new CredentialsWatch(10_000, (code, reason, cause) -> stops.add(code + " " + reason));

    @AfterEach
    void end() {
        log.close();
        forgetCalls();
    }

    /** Those of other tests too: the launcher has one list for all that it calls. */
    @BeforeEach
    void forgetCalls() {
        ServiceCalls.failing().keySet().forEach(ServiceCalls::ended);
    }

    private void look(long seconds, boolean refused) {
        AwsFailure failure = new AwsFailure("GetRecords", "ExpiredTokenException", "expired", "Kinesis");
        watch.look(
                refused ? Map.of(READ, new Failing(failure, true, "ABCD", BEGIN, BEGIN, 3)) : Map.of(),
                BEGIN.plusSeconds(seconds));
    }

    @Test
    void warnsOnceAMinuteAndStopsAfterTwelveFailovers() {
        for (int second = 0; second < 120; second++) look(second, true);
        assertEquals(2, log.warnings().size());
        String line = log.warnings().get(0);
        assertTrue(
                line.startsWith("the AWS credentials for Kinesis (access key id …ABCD) are not valid since"
                        + " 2026-11-30T10:00:00Z: GetRecords: ExpiredTokenException: expired. "),
                line);
        assertTrue(line.endsWith("If they are not valid by 2026-11-30T10:02:00Z, the worker ends with exit code 3"), line);
        assertEquals(List.of(), stops);
        look(120, true);
        look(121, true);
        assertEquals(1, stops.size());
        assertTrue(stops.get(0).startsWith("3 the AWS credentials for Kinesis"), stops.get(0));
    }

    @Test
    void forgetsThemOnceTheyAreValidAgain() {
        look(0, true);
        look(30, false);
        look(31, true);
        assertEquals(2, log.warnings().size());
    }

    @Test
    void anAnswerForAnotherReasonShowsThatTheyAreValid() {
        ServiceCalls.failed(READ, AwsFailures.of("Kinesis", "ExpiredTokenException", "expired"), null);
        assertTrue(ServiceCalls.failing().get(READ).isOfCredentials());
        ServiceCalls.failed(
                new Call("Kinesis", "ListShards"), AwsFailures.of("Kinesis", "AccessDeniedException", "no"), null);
        assertEquals(null, ServiceCalls.failing().get(READ));
        ServiceCalls.succeeded(new Call("Kinesis", "ListShards"));
        assertEquals(Map.of(), ServiceCalls.failing());
    }

    @Test
    void countsFromTheFirstFailureUntilACallSucceeds() {
        for (int i = 0; i < 3; i++) {
            ServiceCalls.failed(READ, AwsFailures.of("Kinesis", "ExpiredTokenException", "expired"), "ABCD");
        }
        assertEquals(3, ServiceCalls.failing().get(READ).count());
        ServiceCalls.succeeded(new Call("DynamoDB", "Scan"));
        assertEquals(3, ServiceCalls.failing().get(READ).count());
        ServiceCalls.succeeded(READ);
        assertEquals(Map.of(), ServiceCalls.failing());
    }
}
