package crossaccountkcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTableResponse;
import software.amazon.awssdk.services.dynamodb.model.DynamoDbException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

class LeaseTableWatchTest {
    private static final long LIMIT = LeaseTableWatch.LIMIT.toNanos();

    private final CapturedLog log = new CapturedLog(LeaseTableWatch.class);
    private final List<String> stops = new ArrayList<>();
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
        return Fakes.failed(ResourceNotFoundException.builder().message("none").build());
    }

    @Test
    void aTableThatIsThereIsNothingToTell() {
        for (int look = 0; look < 3; look++) watch.look(look * LIMIT);

        assertEquals(List.of(), log.warnings());
        assertEquals(List.of(), stops);
    }

    @Test
    void oneThatWasDeletedIsReportedOnceAndStopsTheWorkerAfterTheLimit() {
        watch.look(0);
        answer = LeaseTableWatchTest::missing;
        for (int look = 1; look < 10; look++) watch.look(look * LIMIT / 10);
        assertEquals(1, log.warnings().size());
        assertTrue(log.warnings().get(0).startsWith("The lease table app does not exist any more"));
        assertEquals(List.of(), stops);

        for (int look = 11; look < 20; look++) watch.look(look * LIMIT / 10);

        assertEquals(1, stops.size());
        assertTrue(stops.get(0).startsWith("3 the lease table app does not exist any more"), stops.get(0));
        assertEquals(1, log.warnings().size());
    }

    @Test
    void oneThatComesBackStopsNothing() {
        watch.look(0);
        answer = LeaseTableWatchTest::missing;
        watch.look(1);
        answer = () -> table("one");
        watch.look(LIMIT / 2);
        answer = LeaseTableWatchTest::missing;
        watch.look(LIMIT + 2);

        assertEquals(List.of(), stops);
        assertEquals("The lease table app exists again", log.warnings().get(1));
    }

    @Test
    void oneThatWasMadeAgainIsReportedAsThat() {
        watch.look(0);
        answer = () -> table("another");
        watch.look(1);
        watch.look(2);

        assertEquals(1, log.warnings().size());
        assertTrue(log.warnings().get(0).startsWith("The lease table app was deleted and made again"));
    }

    @Test
    void anotherFailureIsNoDeletion() {
        answer = () -> Fakes.failed(DynamoDbException.builder().message("down").build());
        watch.look(0);
        answer = () -> {
            throw new IllegalStateException("broken");
        };
        watch.look(2 * LIMIT);

        assertEquals(List.of("The lease table app can't be looked at"), log.warnings());
        assertEquals(List.of(), stops);
    }
}
