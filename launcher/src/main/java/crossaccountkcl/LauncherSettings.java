package crossaccountkcl;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The launcher's own keys. They stand in the same .properties file as KCL's and are taken out of it before the stock
 * handling sees it.
 *
 * @param socket where Node listens (host transport), or null
 * @param childCommand the command of one child per shard (multilang transport), or null
 * @param initialLeaseSyncMaxWait the longest wait, of a random length, while the lease table is empty
 */
public record LauncherSettings(Path socket, List<String> childCommand, Duration initialLeaseSyncMaxWait) {
    static final String PREFIX = "launcher.";
    static final String SOCKET = PREFIX + "socketPath";
    static final String CHILD = PREFIX + "childCommand";
    static final String WAIT = PREFIX + "initialLeaseSyncMaxWaitMillis";

    public static LauncherSettings takeFrom(Properties properties) {
        String socket = take(properties, SOCKET);
        String child = take(properties, CHILD);
        String wait = take(properties, WAIT);
        Set<String> unknown = new TreeSet<>(properties.stringPropertyNames());
        unknown.removeIf(key -> !key.startsWith(PREFIX));
        if (!unknown.isEmpty()) {
            throw invalid("unknown keys " + unknown + "; expected " + SOCKET + ", " + CHILD + " or " + WAIT);
        }
        if ((socket == null) == (child == null)) {
            throw invalid("exactly one of " + SOCKET + " and " + CHILD + " must be set");
        }
        return new LauncherSettings(
                socket == null ? null : Path.of(socket),
                child == null ? null : parseCommand(child),
                parseWait(wait == null ? "1000" : wait));
    }

    private static String take(Properties properties, String key) {
        String value = (String) properties.remove(key);
        return value == null || value.isBlank() ? null : value.trim();
    }

    private static List<String> parseCommand(String json) {
        try {
            String[] words = new ObjectMapper().readValue(json, String[].class);
            boolean complete = words != null && Stream.of(words).noneMatch(Objects::isNull);
            if (complete && words.length == 0) throw invalid(CHILD + " is an empty array");
            if (complete) return List.of(words);
        } catch (JsonProcessingException e) {
            // said below, together with null
        }
        throw invalid(CHILD + " is '" + json + "'; expected a JSON array of strings");
    }

    private static Duration parseWait(String text) {
        try {
            long millis = Long.parseLong(text);
            if (millis >= 0) return Duration.ofMillis(millis);
        } catch (NumberFormatException e) {
            // said below, together with negative numbers
        }
        throw invalid(WAIT + " is '" + text + "'; expected milliseconds, 0 or more");
    }

    private static LauncherException invalid(String message) {
        return new LauncherException(ExitCode.CONFIGURATION, "launcher settings: " + message);
    }
}
