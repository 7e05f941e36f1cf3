package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.Fakes;
import crossaccountkcl.aws.ServiceCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

class LeaseTableWatchTest {
    private static final long LIMIT = LeaseTableWatch.LIMIT.toNanos();
    private static final ServiceCalls.Call RENEWAL = new ServiceCalls.Call("DynamoDB", "UpdateItem");

    private final CapturedLog log = new CapturedLog(LeaseTableWatch.class);
    private final List<String> stops = new ArrayList<>();
    private int described;
    private Supplier<CompletableFuture<DescribeTableResponse>> answer = () -> table("one");

    private final LeaseTableWatch watch = new LeaseTableWatch(
            Fakes.leaseManagement(Fakes.configs(new Fakes.NoDynamoDb() {
                @Override
                public CompletableFuture<DescribeTableResponse> describeTable(DescribeTableRequest request) {
                    assertEquals("app", request.tableName());
                    return answer.get();
                }
            })),
            (code, reason, cause) -> stops.add(code + " " + reason));

    @AfterEach
    void close() {
        log.close();
    }

    private static CompletableFuture<DescribeTableResponse> table(String id) {
        return CompletableFuture.completedFuture(
                DescribeTableResponse.builder().table(table -> table.tableId(id)).build());
    }

    private static CompletableFuture<DescribeTableResponse> missing() {
        return Fakes.failed(noTable());
    }

    /** As the AWS SDK makes it of DynamoDB's answer. */
    private static ResourceNotFoundException noTable() {
        return (ResourceNotFoundException) ResourceNotFoundException.builder()
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode("ResourceNotFoundException")
                        .errorMessage("none")
                        .serviceName("DynamoDb")
                        .build())
                .message("none")
                .build();
    }

    /** KCL's calls fail as the watch's own does, which is what makes it look. */
    private void look(long now) {
        ServiceCalls.failed(RENEWAL, noTable(), null);
        watch.look(now);
        ServiceCalls.ended(RENEWAL);
    }

    @Test
    void aTableThatIsThereIsNothingToTell() {
        for (int look = 0; look < 3; look++) look(look * LIMIT);

        assertEquals(List.of(), log.warnings());
        assertEquals(List.of(), stops);
    }

    @Test
    void oneThatWasDeletedIsReportedOnceAndStopsTheWorkerAfterTheLimit() {
        look(0);
        answer = LeaseTableWatchTest::missing;
        for (int look = 1; look < 10; look++) look(look * LIMIT / 10);
        assertEquals(1, log.warnings().size());
        assertTrue(log.warnings().get(0).startsWith("The lease table app does not exist any more"));
        assertEquals(List.of(), stops);

        for (int look = 11; look < 20; look++) look(look * LIMIT / 10);

        assertEquals(1, stops.size());
        assertTrue(stops.get(0).startsWith("3 the lease table app does not exist any more"), stops.get(0));
        assertEquals(1, log.warnings().size());
    }

    @Test
    void oneThatComesBackStopsNothing() {
        look(0);
        answer = LeaseTableWatchTest::missing;
        look(1);
        answer = () -> table("one");
        look(LIMIT / 2);
        answer = LeaseTableWatchTest::missing;
        look(LIMIT + 2);

        assertEquals(List.of(), stops);
        assertEquals("The lease table app exists again", log.warnings().get(1));
    }

    @Test
    void oneThatWasMadeAgainIsReportedAsThat() {
        look(0);
        answer = () -> table("another");
        look(1);
        look(2);

        assertEquals(1, log.warnings().size());
        assertTrue(log.warnings().get(0).startsWith("The lease table app was deleted and made again"));
    }

    @Test
    void theTableIsDescribedOnceAMinuteAndWhenACallFindsNone() {
        long second = Duration.ofSeconds(1).toNanos();
        answer = () -> {
            described++;
            return table("one");
        };
        for (int at = 0; at < 120; at += 5) watch.look(at * second);
        assertEquals(2, described);

        ServiceCalls.failed(RENEWAL, noTable(), null);
        watch.look(125 * second);
        assertEquals(3, described);
        ServiceCalls.succeeded(RENEWAL);
        watch.look(130 * second);
        assertEquals(3, described);
    }

    @Test
    void anotherFailureIsNoDeletion() {
        answer = () -> Fakes.failed(DynamoDbException.builder().message("down").build());
        look(0);
        answer = () -> {
            throw new IllegalStateException("broken");
        };
        look(2 * LIMIT);

        assertEquals(List.of("The lease table app can't be looked at"), log.warnings());
        assertEquals(List.of(), stops);
    }
}
