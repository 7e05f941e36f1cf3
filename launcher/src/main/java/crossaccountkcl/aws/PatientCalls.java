package crossaccountkcl.aws;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

/**
 * Calls of Kinesis that are tried again after the AWS SDK has given up, unless the answer was a clear no.
 *
 * @param delay between two attempts
 * @param limit of one attempt; a call without an answer would hold up the shard's end for minutes
 */
public record PatientCalls(Duration delay, Duration limit) {
    private static final int ATTEMPTS = 5;
    /** Of one attempt. All of them together take less than the grace of a stop (30 s), which waits for the shard's end. */
    public static final Duration LIMIT = Duration.ofSeconds(5);

    public PatientCalls(Duration delay) {
        this(delay, LIMIT);
    }

    /** @throws CompletionException what the last attempt failed with; a TimeoutException if Kinesis did not answer */
    public <T> T answer(Supplier<CompletableFuture<T>> call) {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.get().orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS).join();
            } catch (CompletionException e) {
                boolean no = e.getCause() instanceof ResourceNotFoundException
                        || e.getCause() instanceof AccessDeniedException
                        || e.getCause() instanceof InvalidArgumentException;
                if (no || attempt == ATTEMPTS) throw e;
                pause(delay);
            }
        }
    }

    public static void pause(Duration time) {
        try {
            TimeUnit.MILLISECONDS.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
