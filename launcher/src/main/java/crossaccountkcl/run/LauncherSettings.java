package crossaccountkcl.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.TrackedStreams;
import crossaccountkcl.aws.ServedCredentials;
import crossaccountkcl.aws.StreamRole;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import software.amazon.awssdk.regions.Region;

/**
 * The launcher's own keys. They stand in the same .properties file as KCL's and are taken out of it before the stock
 * handling sees it.
 *
 * @param streams what is read
 * @param leaseTableRegion the region of DynamoDB and CloudWatch
 * @param streamRole the role that is assumed for Kinesis, or null
 * @param allowEpochChange whether leases of another creation epoch may be left behind
 * @param formerStreamsRetention how long leases of streams that are not configured any more are kept
 * @param socket where Node listens (host transport), or null
 * @param childCommand the command of one child per shard (multilang transport), or null
 * @param initialLeaseSyncMaxWait the longest wait, of a random length, while the lease table is empty
 * @param credentialsSocket where Node serves what its credential chain finds, or null
 */
public record LauncherSettings(
        TrackedStreams streams,
        Region leaseTableRegion,
        StreamRole streamRole,
        boolean allowEpochChange,
        Duration formerStreamsRetention,
        Path socket,
        List<String> childCommand,
        Duration initialLeaseSyncMaxWait,
        Path credentialsSocket) {
    private static final String PREFIX = "launcher.";
    private static final String LEASE_TABLE_REGION = PREFIX + "leaseTableRegion";
    private static final String ROLE = PREFIX + "streamRoleArn";
    private static final String EXTERNAL_ID = PREFIX + "streamRoleExternalId";
    private static final String ALLOW_EPOCH_CHANGE = PREFIX + "allowEpochChange";
    private static final String RETENTION = PREFIX + "formerStreamsLeaseRetentionMs";
    private static final String SOCKET = PREFIX + "socketPath";
    private static final String CHILD = PREFIX + "childCommand";
    private static final String WAIT = PREFIX + "initialLeaseSyncMaxWaitMs";
    private static final String MILLIS = "milliseconds, 0 or more";
    /** What Node always writes, and the form of it. Only Node has defaults: src/config/schema.ts. */
    private static final Map<String, String> REQUIRED = Map.of(
            TrackedStreams.KEY, "the streams to read, as a JSON array",
            LEASE_TABLE_REGION, "the region of DynamoDB and CloudWatch",
            ALLOW_EPOCH_CHANGE, "true or false",
            RETENTION, MILLIS,
            WAIT, MILLIS);
    private static final List<String> KEYS = List.of(
            TrackedStreams.KEY, LEASE_TABLE_REGION, ROLE, EXTERNAL_ID, ALLOW_EPOCH_CHANGE, RETENTION, SOCKET, CHILD,
            WAIT, ServedCredentials.SOCKET_KEY);

    /** @throws LauncherException that names the key that is unknown, missing or malformed */
    public static LauncherSettings takeFrom(Properties properties) {
        Map<String, String> given = new HashMap<>();
        for (String key : properties.stringPropertyNames()) {
            if (key.startsWith(PREFIX)) given.put(key, ((String) properties.remove(key)).trim());
        }
        Set<String> unknown = new TreeSet<>(given.keySet());
        KEYS.forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            throw invalid("unknown keys " + unknown + "; expected " + String.join(", ", KEYS));
        }
        given.values().removeIf(String::isEmpty);
        for (String key : KEYS) {
            boolean isMissing = REQUIRED.containsKey(key) && !given.containsKey(key);
            if (isMissing) throw invalid(key + " is missing; " + REQUIRED.get(key));
        }
        if (given.containsKey(SOCKET) == given.containsKey(CHILD)) {
            throw invalid("exactly one of " + SOCKET + " and " + CHILD + " must be set");
        }
        return new LauncherSettings(
                TrackedStreams.parse(given.get(TrackedStreams.KEY)),
                Region.of(given.get(LEASE_TABLE_REGION)),
                given.containsKey(ROLE) ? new StreamRole(given.get(ROLE), given.get(EXTERNAL_ID)) : null,
                parseBoolean(ALLOW_EPOCH_CHANGE, given.get(ALLOW_EPOCH_CHANGE)),
                parseMillis(RETENTION, given.get(RETENTION)),
                pathOf(given.get(SOCKET)),
                given.containsKey(CHILD) ? parseCommand(given.get(CHILD)) : null,
                parseMillis(WAIT, given.get(WAIT)),
                pathOf(given.get(ServedCredentials.SOCKET_KEY)));
    }

    private static Path pathOf(String text) {
        return text == null ? null : Path.of(text);
    }

    private static boolean parseBoolean(String key, String text) {
        if (text.equals("true") || text.equals("false")) return text.equals("true");
        throw invalid(key + " is '" + text + "'; expected " + REQUIRED.get(key));
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

    private static Duration parseMillis(String key, String text) {
        try {
            long millis = Long.parseLong(text);
            if (millis >= 0) return Duration.ofMillis(millis);
        } catch (NumberFormatException e) {
            // said below, together with negative numbers
        }
        throw invalid(key + " is '" + text + "'; expected " + REQUIRED.get(key));
    }

    private static LauncherException invalid(String message) {
        return new LauncherException(ExitCode.CONFIGURATION, "launcher settings: " + message);
    }
}
