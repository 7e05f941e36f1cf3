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
import java.util.List;
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
 * @param leaseTableRegion the region of DynamoDB and CloudWatch, if it is not that of the streams; or null
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
    static final String PREFIX = "launcher.";
    static final String STREAMS = TrackedStreams.KEY;
    static final String LEASE_TABLE_REGION = PREFIX + "leaseTableRegion";
    static final String ROLE = PREFIX + "streamRoleArn";
    static final String EXTERNAL_ID = PREFIX + "streamRoleExternalId";
    static final String ALLOW_EPOCH_CHANGE = PREFIX + "allowEpochChange";
    static final String RETENTION = PREFIX + "formerStreamsLeaseRetentionMillis";
    static final String SOCKET = PREFIX + "socketPath";
    static final String CHILD = PREFIX + "childCommand";
    static final String WAIT = PREFIX + "initialLeaseSyncMaxWaitMillis";
    static final String CREDENTIALS_SOCKET = ServedCredentials.SOCKET_KEY;

    public static LauncherSettings takeFrom(Properties properties) {
        String streams = take(properties, STREAMS);
        String region = take(properties, LEASE_TABLE_REGION);
        String role = take(properties, ROLE);
        String externalId = take(properties, EXTERNAL_ID);
        String allowEpochChange = take(properties, ALLOW_EPOCH_CHANGE);
        String retention = take(properties, RETENTION);
        String socket = take(properties, SOCKET);
        String child = take(properties, CHILD);
        String wait = take(properties, WAIT);
        String credentials = take(properties, CREDENTIALS_SOCKET);
        Set<String> unknown = new TreeSet<>(properties.stringPropertyNames());
        unknown.removeIf(key -> !key.startsWith(PREFIX));
        if (!unknown.isEmpty()) {
            throw invalid("unknown keys " + unknown + "; expected "
                    + String.join(", ", STREAMS, LEASE_TABLE_REGION, ROLE, EXTERNAL_ID, ALLOW_EPOCH_CHANGE, RETENTION, SOCKET, CHILD, WAIT,
                            CREDENTIALS_SOCKET));
        }
        if (streams == null) throw invalid(STREAMS + " is missing; the streams to read, as a JSON array");
        if ((socket == null) == (child == null)) {
            throw invalid("exactly one of " + SOCKET + " and " + CHILD + " must be set");
        }
        return new LauncherSettings(
                TrackedStreams.parse(streams),
                region == null ? null : Region.of(region),
                role == null ? null : new StreamRole(role, externalId),
                "true".equals(allowEpochChange),
                parseMillis(RETENTION, retention == null ? "86400000" : retention),
                socket == null ? null : Path.of(socket),
                child == null ? null : parseCommand(child),
                parseMillis(WAIT, wait == null ? "1000" : wait),
                credentials == null ? null : Path.of(credentials));
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

    private static Duration parseMillis(String key, String text) {
        try {
            long millis = Long.parseLong(text);
            if (millis >= 0) return Duration.ofMillis(millis);
        } catch (NumberFormatException e) {
            // said below, together with negative numbers
        }
        throw invalid(key + " is '" + text + "'; expected milliseconds, 0 or more");
    }

    private static LauncherException invalid(String message) {
        return new LauncherException(ExitCode.CONFIGURATION, "launcher settings: " + message);
    }
}
