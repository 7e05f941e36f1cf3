package crossaccountkcl;

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
 */
record PatientCalls(Duration delay) {
    private static final int ATTEMPTS = 5;

    /** @throws CompletionException what the last attempt failed with */
    <T> T answer(Supplier<CompletableFuture<T>> call) {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.get().join();
            } catch (CompletionException e) {
                boolean no = e.getCause() instanceof ResourceNotFoundException
                        || e.getCause() instanceof AccessDeniedException
                        || e.getCause() instanceof InvalidArgumentException;
                if (no || attempt == ATTEMPTS) throw e;
                pause(delay);
            }
        }
    }

    static void pause(Duration time) {
        try {
            TimeUnit.MILLISECONDS.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
