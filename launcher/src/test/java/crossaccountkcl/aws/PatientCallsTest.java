package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.Fakes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

class PatientCallsTest {
    private static final RuntimeException THROTTLED =
            LimitExceededException.builder().message("rate exceeded").build();
    private static final RuntimeException UNREACHABLE = SdkClientException.create("no route to host");
    private static final RuntimeException DENIED =
            AccessDeniedException.builder().message("not authorized").build();

    private final Queue<Object> answers = new ArrayDeque<>();

    private Object ask(Object... given) {
        answers.clear();
        answers.addAll(Arrays.asList(given));
        return new PatientCalls(Duration.ZERO).answer(() -> {
            Object answer = answers.remove();
            return answer instanceof Throwable failure
                    ? Fakes.failed(failure)
                    : CompletableFuture.completedFuture(answer);
        });
    }

    private void assertFails(Throwable expected, Object... given) {
        assertSame(expected, assertThrows(CompletionException.class, () -> ask(given)).getCause());
    }

    @Test
    void triesAgainUntilThereIsAnAnswer() {
        assertEquals("answer", ask(THROTTLED, UNREACHABLE, THROTTLED, UNREACHABLE, "answer"));
    }

    @Test
    void asksAgainWhereThereIsNoAnswer() {
        List<CompletableFuture<String>> calls =
                new ArrayList<>(List.of(new CompletableFuture<>(), CompletableFuture.completedFuture("answer")));
        assertEquals("answer", new PatientCalls(Duration.ZERO, Duration.ofMillis(10)).answer(() -> calls.remove(0)));
        assertInstanceOf(
                TimeoutException.class,
                assertThrows(
                                CompletionException.class,
                                () -> new PatientCalls(Duration.ZERO, Duration.ofMillis(10))
                                        .answer(CompletableFuture::new))
                        .getCause());
    }

    @Test
    void givesUpAfterFiveAttempts() {
        assertFails(THROTTLED, UNREACHABLE, UNREACHABLE, UNREACHABLE, UNREACHABLE, THROTTLED, "too late");
        assertEquals(1, answers.size());
    }

    @Test
    void takesAClearNoForAnAnswer() {
        for (RuntimeException no : List.of(
                DENIED,
                ResourceNotFoundException.builder().message("not found").build(),
                InvalidArgumentException.builder().message("invalid").build())) {
            assertFails(no, no, "too late");
            assertFails(no, THROTTLED, no, "too late");
        }
    }
}
