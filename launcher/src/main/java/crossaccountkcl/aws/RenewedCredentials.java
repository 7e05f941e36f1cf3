package crossaccountkcl.aws;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * A source's credentials, cached. They are renewed in the background while they are valid, so that a source that fails
 * for a while disturbs no call; they are waited for once they have expired, or AWS has refused them. The AWS SDK's own
 * cache asks the source at each call for sessions shorter than five minutes, and knows nothing of refusals.
 */
public class RenewedCredentials implements AwsCredentialsProvider, RefusedKeys.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(RenewedCredentials.class);
    /** Before the expiration; short sessions are renewed when a third of their time is left. */
    private static final Duration WINDOW = Duration.ofMinutes(5);
    /** Between two attempts: KCL makes many calls a second. */
    private static final Duration PAUSE = Duration.ofSeconds(5);
    /** How long credentials are used that have expired, by this machine's clock, when they arrive. */
    private static final Duration LEAST = Duration.ofSeconds(30);

    /**
     * When a source is asked again.
     *
     * @param source what the log calls it
     * @param renewAfter given how long the credentials are valid, or null if they don't expire; null for never
     * @param retryAfter the same, where the source has failed and the credentials are still valid
     * @param failureLasts how long a failure is the answer, where there are no valid ones
     * @param leastBetween the last answer and the question after a refusal
     */
    record Schedule(
            String source,
            UnaryOperator<Duration> renewAfter,
            UnaryOperator<Duration> retryAfter,
            Duration failureLasts,
            Duration leastBetween) {}

    private static final Schedule OF_SESSIONS =
            new Schedule("STS", RenewedCredentials::untilWindow, valid -> PAUSE, PAUSE, PAUSE);

    private final Function<String, CredentialsAnswer> source;
    private final Schedule schedule;
    private final InstantSource clock;
    private Known known;
    /** By AWS, and when the source is to be asked for others; null if none is. */
    private Refused refused;
    private Failed failed;
    private CompletableFuture<CredentialsAnswer> asking;

    /**
     * @param usableUntil null if they don't expire
     * @param askAgainAt null for never
     */
    private record Known(CredentialsAnswer answer, Instant usableUntil, Instant askAgainAt, Instant askedAt) {
        boolean isUsable(Instant now) {
            return usableUntil == null || now.isBefore(usableUntil);
        }

        boolean isDue(Instant now) {
            return askAgainAt != null && !now.isBefore(askAgainAt);
        }

        String accessKeyId() {
            return answer.credentials().accessKeyId();
        }

        Known askedAgain(Instant now, UnaryOperator<Duration> after) {
            Duration pause = after.apply(usableUntil == null ? null : Duration.between(now, usableUntil));
            return new Known(answer, usableUntil, pause == null ? null : now.plus(pause), now);
        }
    }

    private record Refused(String accessKeyId, Instant askAt) {}

    private record Failed(RuntimeException failure, Instant until) {}

    /** @param source of a session; it is given the access key id that AWS has refused, or null */
    public RenewedCredentials(Function<String, CredentialsAnswer> source) {
        this(source, InstantSource.system());
    }

    RenewedCredentials(Function<String, CredentialsAnswer> source, InstantSource clock) {
        this(source, OF_SESSIONS, clock);
    }

    RenewedCredentials(Function<String, CredentialsAnswer> source, Schedule schedule, InstantSource clock) {
        this.source = source;
        this.schedule = schedule;
        this.clock = clock;
        RefusedKeys.tell(this);
    }

    @Override
    public AwsCredentials resolveCredentials() {
        CompletableFuture<CredentialsAnswer> answer;
        synchronized (this) {
            Instant now = clock.instant();
            if (known != null && known.isUsable(now) && !isRefused(now)) {
                if (known.isDue(now)) ask();
                return known.answer().credentials();
            }
            if (failed != null && now.isBefore(failed.until())) throw failed.failure();
            answer = ask();
        }
        try {
            return answer.join().credentials();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    @Override
    public synchronized void refused(String accessKeyId) {
        boolean isNews = refused == null || !refused.accessKeyId().equals(accessKeyId);
        if (!isNews || !isKnown(accessKeyId)) return;
        Instant now = clock.instant();
        Instant earliest = known.askedAt().plus(schedule.leastBetween());
        refused = new Refused(accessKeyId, earliest.isAfter(now) ? earliest : now);
    }

    private boolean isRefused(Instant now) {
        return refused != null && isKnown(refused.accessKeyId()) && !now.isBefore(refused.askAt());
    }

    private boolean isKnown(String accessKeyId) {
        return known != null && known.accessKeyId().equals(accessKeyId);
    }

    private synchronized String refusedKey() {
        return refused == null ? null : refused.accessKeyId();
    }

    /** One question at a time; all who need an answer wait for the same. */
    private synchronized CompletableFuture<CredentialsAnswer> ask() {
        if (asking == null || asking.isDone()) {
            asking = CompletableFuture.supplyAsync(this::fetch, RenewedCredentials::inThread);
        }
        return asking;
    }

    private CredentialsAnswer fetch() {
        try {
            CredentialsAnswer answer = source.apply(refusedKey());
            answered(answer);
            return answer;
        } catch (RuntimeException e) {
            notAnswered(e);
            throw e;
        }
    }

    private synchronized void answered(CredentialsAnswer answer) {
        Instant now = clock.instant();
        Instant usableUntil = answer.expiration();
        if (usableUntil != null && !now.isBefore(usableUntil)) usableUntil = now.plus(LEAST);
        known = new Known(answer, usableUntil, null, now).askedAgain(now, schedule.renewAfter());
        if (refused != null) {
            refused = isKnown(refused.accessKeyId()) ? new Refused(refused.accessKeyId(), now.plus(PAUSE)) : null;
        }
        failed = null;
    }

    private synchronized void notAnswered(RuntimeException failure) {
        Instant now = clock.instant();
        boolean failedBefore = failed != null;
        failed = new Failed(failure, now.plus(schedule.failureLasts()));
        if (known == null || !known.isUsable(now)) return;
        known = known.askedAgain(now, schedule.retryAfter());
        if (failedBefore) return;
        LOG.warn(
                "{} has no new AWS credentials; those that it gave before (access key id …{}, valid until {}) are still used: {}",
                schedule.source(),
                end(known.accessKeyId()),
                known.usableUntil(),
                failure.getMessage());
    }

    /** For tests. */
    void awaitRenewal() {
        CompletableFuture<CredentialsAnswer> question;
        synchronized (this) {
            question = asking;
        }
        if (question != null) question.handle((answer, failure) -> null).join();
    }

    private static Duration untilWindow(Duration valid) {
        if (valid == null) return null;
        Duration third = valid.dividedBy(3);
        return valid.minus(third.compareTo(WINDOW) < 0 ? third : WINDOW);
    }

    private static String end(String accessKeyId) {
        return accessKeyId.substring(Math.max(0, accessKeyId.length() - 4));
    }

    private static void inThread(Runnable question) {
        Thread thread = new Thread(question, "credentials");
        thread.setDaemon(true);
        thread.start();
    }
}
