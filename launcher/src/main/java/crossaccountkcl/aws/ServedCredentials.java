package crossaccountkcl.aws;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * The credentials that Node's default chain finds, wherever the configuration says DefaultCredentialsProvider. They are
 * asked for again in the background, once a minute and more often as they expire: keys that another program replaces are
 * noticed, and an event loop that is held up by a handler holds up no call. What AWS has refused is given up.
 */
public final class ServedCredentials implements AwsCredentialsProvider, RefusedKeys.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(ServedCredentials.class);
    private static final Duration LONGEST_UNASKED = Duration.ofMinutes(1);
    private static final Duration SHORTEST_UNASKED = Duration.ofSeconds(1);
    /** KCL makes many calls a second, and a chain that fails may start a process each time. */
    private static final Duration FAILURE_LASTS = Duration.ofSeconds(2);

    /** If Node has no others: its chain is not asked at each call that is refused. */
    private static final Duration REFUSAL_LASTS = Duration.ofSeconds(5);

    /** Of what has expired, by this machine's clock, when it arrives: Node uses it for so long, too. */
    private static final Duration LEAST = Duration.ofSeconds(30);

    /** The launcher's key that says where Node serves them. */
    public static final String SOCKET_KEY = "launcher.credentialsSocketPath";

    private static volatile ServedCredentials ofProcess;

    private final Function<String, CredentialsAnswer> node;
    private final InstantSource clock;
    private Known known;
    /** By AWS, and when Node is to be asked for others; null if none is. */
    private Refused refused;
    private Failed failed;
    private CompletableFuture<CredentialsAnswer> asking;

    /** @param usableUntil null if they don't expire */
    private record Known(CredentialsAnswer answer, Instant usableUntil, Instant askAgainAt) {
        boolean isUsable(Instant now) {
            return usableUntil == null || now.isBefore(usableUntil);
        }
    }

    private record Refused(String accessKeyId, Instant askAt) {}

    private record Failed(RuntimeException failure, Instant until) {}

    /** @param node is given the access key id that AWS has refused, or null */
    ServedCredentials(Function<String, CredentialsAnswer> node, InstantSource clock) {
        this.node = node;
        this.clock = clock;
        RefusedKeys.tell(this);
    }

    /** @param socket where Node serves them; null if it does not */
    public static void servedAt(Path socket) {
        ofProcess = socket == null
                ? null
                : new ServedCredentials(refused -> CredentialsAnswer.from(socket, refused), InstantSource.system());
    }

    /** Called by KCL's stock handling of the properties, which name this class. */
    public static ServedCredentials create() {
        if (ofProcess == null) {
            throw new LauncherException(
                    ExitCode.CONFIGURATION, SOCKET_KEY + " is missing: nobody serves credentials");
        }
        return ofProcess;
    }

    /** As a chain of providers names it where it fails. */
    @Override
    public String toString() {
        return "DefaultCredentialsProvider";
    }

    @Override
    public AwsCredentials resolveCredentials() {
        CompletableFuture<CredentialsAnswer> answer;
        synchronized (this) {
            Instant now = clock.instant();
            if (known != null && known.isUsable(now) && !isRefused(now)) {
                if (!now.isBefore(known.askAgainAt())) ask();
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
        if (isNews && isKnown(accessKeyId)) refused = new Refused(accessKeyId, clock.instant());
    }

    private boolean isRefused(Instant now) {
        return refused != null && isKnown(refused.accessKeyId()) && !now.isBefore(refused.askAt());
    }

    private boolean isKnown(String accessKeyId) {
        return known != null && known.answer().credentials().accessKeyId().equals(accessKeyId);
    }

    private synchronized String refusedKey() {
        return refused == null ? null : refused.accessKeyId();
    }

    /** One question at a time; all who need an answer wait for the same. */
    private synchronized CompletableFuture<CredentialsAnswer> ask() {
        if (asking == null || asking.isDone()) {
            asking = CompletableFuture.supplyAsync(this::fetch, ServedCredentials::inThread);
        }
        return asking;
    }

    private CredentialsAnswer fetch() {
        try {
            CredentialsAnswer answer = node.apply(refusedKey());
            synchronized (this) {
                Instant now = clock.instant();
                Instant usableUntil = answer.expiration();
                if (usableUntil != null && !now.isBefore(usableUntil)) usableUntil = now.plus(LEAST);
                known = new Known(answer, usableUntil, now.plus(unaskedFor(usableUntil)));
                if (refused != null) {
                    refused = isKnown(refused.accessKeyId())
                            ? new Refused(refused.accessKeyId(), now.plus(REFUSAL_LASTS))
                            : null;
                }
                failed = null;
            }
            return answer;
        } catch (RuntimeException e) {
            synchronized (this) {
                Instant now = clock.instant();
                failed = new Failed(e, now.plus(FAILURE_LASTS));
                if (known != null && known.isUsable(now)) {
                    known = new Known(known.answer(), known.usableUntil(), now.plus(unaskedFor(known.usableUntil())));
                    LOG.warn("Node has no new AWS credentials; those that it gave before are used on: {}", e.getMessage());
                }
            }
            throw e;
        }
    }

    private Duration unaskedFor(Instant usableUntil) {
        if (usableUntil == null) return LONGEST_UNASKED;
        Duration part = Duration.between(clock.instant(), usableUntil).dividedBy(10);
        if (part.compareTo(LONGEST_UNASKED) > 0) return LONGEST_UNASKED;
        return part.compareTo(SHORTEST_UNASKED) < 0 ? SHORTEST_UNASKED : part;
    }

    private static void inThread(Runnable question) {
        Thread thread = new Thread(question, "credentials");
        thread.setDaemon(true);
        thread.start();
    }
}
