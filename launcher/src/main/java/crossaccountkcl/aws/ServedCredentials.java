package crossaccountkcl.aws;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * The credentials that Node's default chain finds, wherever the configuration says DefaultCredentialsProvider. They are
 * asked for again in the background, once a minute and more often as they expire: keys that another program replaces are
 * noticed, and an event loop that is held up by a handler holds up no call. What AWS has refused is given up.
 */
public final class ServedCredentials extends RenewedCredentials {
    /** The launcher's key that says where Node serves them. */
    public static final String SOCKET_KEY = "launcher.credentialsSocketPath";

    private static final Duration LONGEST_UNASKED = Duration.ofMinutes(1);
    private static final Duration SHORTEST_UNASKED = Duration.ofSeconds(1);
    /** KCL makes many calls a second, and a chain that fails may start a process each time. */
    private static final Duration FAILURE_LASTS = Duration.ofSeconds(2);

    private static final Schedule SCHEDULE = new Schedule(
            "Node", ServedCredentials::unaskedFor, ServedCredentials::unaskedFor, FAILURE_LASTS, Duration.ZERO);

    private static volatile ServedCredentials ofProcess;

    /** @param node is given the access key id that AWS has refused, or null */
    ServedCredentials(Function<String, CredentialsAnswer> node, InstantSource clock) {
        super(node, SCHEDULE, clock);
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

    private static Duration unaskedFor(Duration valid) {
        if (valid == null) return LONGEST_UNASKED;
        Duration part = valid.dividedBy(10);
        if (part.compareTo(LONGEST_UNASKED) > 0) return LONGEST_UNASKED;
        return part.compareTo(SHORTEST_UNASKED) < 0 ? SHORTEST_UNASKED : part;
    }
}
