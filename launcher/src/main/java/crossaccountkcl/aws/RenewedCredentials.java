package crossaccountkcl.aws;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * A source's credentials, cached. They are renewed in the background while they are valid, so that a source that fails
 * for a while disturbs no call; they are waited for once they have expired, or AWS has refused them. The AWS SDK's own
 * cache asks the source at each call for sessions shorter than five minutes, and knows nothing of refusals.
 */
public final class RenewedCredentials implements AwsCredentialsProvider, RefusedKeys.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(RenewedCredentials.class);
    /** Before the expiration; short sessions are renewed when a third of their time is left. */
    private static final Duration WINDOW = Duration.ofMinutes(5);
    /** Between two attempts: KCL makes many calls a second. */
    private static final Duration PAUSE = Duration.ofSeconds(5);
    /** How long credentials are used that have expired, by this machine's clock, when they arrive. */
    private static final Duration LEAST = Duration.ofSeconds(30);

    /**
     * @param expiresAt or null
     * @param dueAt from when on they are renewed; null if they don't expire
     */
    private record Cached(AwsCredentials credentials, Instant expiresAt, Instant dueAt) {}

    private final Function<String, AwsCredentials> source;
    private final Clock clock;
    private volatile Cached cached;
    private volatile String refused;
    private volatile Instant askedAt = Instant.MIN;
    private final AtomicReference<Thread> renewing = new AtomicReference<>();
    private RuntimeException failure;

    /** @param source is given the access key id that AWS has refused, or null */
    public RenewedCredentials(Function<String, AwsCredentials> source) {
        this(source, Clock.systemUTC());
    }

    RenewedCredentials(Function<String, AwsCredentials> source, Clock clock) {
        this.source = source;
        this.clock = clock;
        RefusedKeys.tell(this);
    }

    @Override
    public AwsCredentials resolveCredentials() {
        Cached now = cached;
        if (!isUsable(now)) return renewed().credentials();
        if (now.dueAt() != null && !clock.instant().isBefore(now.dueAt())) renewInBackground();
        return now.credentials();
    }

    @Override
    public void refused(String accessKeyId) {
        Cached now = cached;
        if (now != null && now.credentials().accessKeyId().equals(accessKeyId)) refused = accessKeyId;
    }

    private boolean isUsable(Cached it) {
        if (it == null || it.credentials().accessKeyId().equals(refused)) return false;
        return !isExpired(it);
    }

    private boolean isExpired(Cached it) {
        return it.expiresAt() != null && !clock.instant().isBefore(it.expiresAt());
    }

    /** One caller asks, the others wait for it. */
    private synchronized Cached renewed() {
        Cached before = cached;
        if (isUsable(before)) return before;
        if (askedLately()) {
            if (failure != null) throw failure;
            // The source has just given what AWS refuses.
            if (before != null && !isExpired(before)) return before;
        }
        ask();
        return cached;
    }

    private void renewInBackground() {
        if (askedLately()) return;
        Thread thread = new Thread(this::renewWhileValid, "credentials");
        thread.setDaemon(true);
        if (renewing.compareAndSet(null, thread)) thread.start();
    }

    private synchronized void renewWhileValid() {
        boolean failedBefore = failure != null;
        try {
            if (!askedLately()) ask();
        } catch (RuntimeException e) {
            if (failedBefore) return;
            LOG.warn(
                    "The AWS credentials (access key id …{}) can't be renewed: {}. They are used until {}, and every {} s"
                            + " their source is asked again",
                    end(cached.credentials().accessKeyId()),
                    e.getMessage(),
                    cached.expiresAt(),
                    PAUSE.toSeconds());
        } finally {
            renewing.set(null);
        }
    }

    /** For tests. */
    void awaitRenewal() throws InterruptedException {
        Thread thread = renewing.get();
        if (thread != null) thread.join();
    }

    private boolean askedLately() {
        return clock.instant().isBefore(askedAt.plus(PAUSE));
    }

    private void ask() {
        try {
            AwsCredentials credentials = source.apply(refused);
            Instant now = clock.instant();
            Instant expiresAt = credentials
                    .expirationTime()
                    .map(it -> it.isAfter(now) ? it : now.plus(LEAST))
                    .orElse(null);
            cached = new Cached(credentials, expiresAt, expiresAt == null ? null : dueAt(now, expiresAt));
            failure = null;
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        } finally {
            askedAt = clock.instant();
        }
    }

    private static Instant dueAt(Instant now, Instant expiresAt) {
        Duration third = Duration.between(now, expiresAt).dividedBy(3);
        return expiresAt.minus(third.compareTo(WINDOW) < 0 ? third : WINDOW);
    }

    private static String end(String accessKeyId) {
        return accessKeyId.substring(Math.max(0, accessKeyId.length() - 4));
    }
}
