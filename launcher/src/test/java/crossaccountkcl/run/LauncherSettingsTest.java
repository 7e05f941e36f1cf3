package crossaccountkcl.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.LauncherException;
import crossaccountkcl.aws.StreamRole;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.regions.Region;

class LauncherSettingsTest {
    private static final String ARN = Fakes.STREAM_ARN;
    private static final String STREAMS = "[{\"streamArn\":\"" + ARN + "\"}]";

    /** Those given, and one stream. */
    private static Properties properties(String... keysAndValues) {
        Properties properties = new Properties();
        properties.put("launcher.streams", STREAMS);
        for (int i = 0; i < keysAndValues.length; i += 2) properties.put(keysAndValues[i], keysAndValues[i + 1]);
        return properties;
    }

    private static void assertRefused(String message, String... keysAndValues) {
        LauncherException e = assertThrows(
                LauncherException.class, () -> LauncherSettings.takeFrom(properties(keysAndValues)));
        assertEquals(ExitCode.CONFIGURATION, e.exitCode());
        assertEquals("launcher settings: " + message, e.getMessage());
    }

    @Test
    void takesItsKeysOutOfThePropertiesAndLeavesTheOthers() {
        Properties properties = properties(
                "launcher.leaseTableRegion", "eu-central-1",
                "launcher.streamRoleArn", "arn:aws:iam::111111111111:role/reader",
                "launcher.streamRoleExternalId", "x",
                "launcher.allowEpochChange", "true",
                "launcher.formerStreamsLeaseRetentionMillis", "5000",
                "launcher.socketPath", "/run/a b/s.sock",
                "launcher.initialLeaseSyncMaxWaitMillis", "250",
                "launcher.credentialsSocketPath", "/run/a b/aws.sock",
                "streamName", "orders");
        LauncherSettings settings = LauncherSettings.takeFrom(properties);
        assertEquals(
                new LauncherSettings(
                        settings.streams(),
                        Region.EU_CENTRAL_1,
                        new StreamRole("arn:aws:iam::111111111111:role/reader", "x"),
                        true,
                        Duration.ofSeconds(5),
                        Path.of("/run/a b/s.sock"),
                        null,
                        Duration.ofMillis(250),
                        Path.of("/run/a b/aws.sock")),
                settings);
        assertEquals(List.of(ARN), settings.streams().arns().toList());
        assertEquals(Set.of("streamName"), properties.keySet());
    }

    @Test
    void hasNeitherRegionNorRoleUnlessTold() {
        LauncherSettings settings = LauncherSettings.takeFrom(properties(
                "launcher.socketPath", "/s", "launcher.leaseTableRegion", " ", "launcher.streamRoleArn", ""));
        assertNull(settings.leaseTableRegion());
        assertNull(settings.streamRole());
    }

    @Test
    void takesARoleWithoutExternalId() {
        Properties properties = properties("launcher.socketPath", "/s", "launcher.streamRoleArn", "arn:r");
        assertEquals(new StreamRole("arn:r", null), LauncherSettings.takeFrom(properties).streamRole());
    }

    @Test
    void allowsNoChangeOfTheEpochUnlessTold() {
        assertFalse(LauncherSettings.takeFrom(properties("launcher.socketPath", "/s")).allowEpochChange());
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", " "})
    void allowsNoChangeOfTheEpochIfToldNotTo(String allow) {
        Properties properties = properties("launcher.socketPath", "/s", "launcher.allowEpochChange", allow);
        assertFalse(LauncherSettings.takeFrom(properties).allowEpochChange());
    }

    @Test
    void keepsLeasesOfFormerStreamsForADayUnlessTold() {
        assertEquals(
                Duration.ofDays(1),
                LauncherSettings.takeFrom(properties("launcher.socketPath", "/s")).formerStreamsRetention());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1d"})
    void refusesARetentionThatIsNotMilliseconds(String retention) {
        assertRefused(
                "launcher.formerStreamsLeaseRetentionMillis is '" + retention + "'; expected milliseconds, 0 or more",
                "launcher.socketPath", "/s", "launcher.formerStreamsLeaseRetentionMillis", retention);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  "})
    void refusesNoStreams(String streams) {
        assertRefused(
                "launcher.streams is missing; the streams to read, as a JSON array",
                "launcher.socketPath", "/s", "launcher.streams", streams);
    }

    @Test
    void keepsABlankWithinAWordOfTheChildCommand() {
        LauncherSettings settings = LauncherSettings.takeFrom(
                properties("launcher.childCommand", "[\"/opt/my app/node\", \"--title=a \\\"b\\\"\", \"\"]"));
        assertEquals(List.of("/opt/my app/node", "--title=a \"b\"", ""), settings.childCommand());
        assertNull(settings.socket());
    }

    @Test
    void waitsAtMostASecondUnlessTold() {
        assertEquals(
                Duration.ofSeconds(1),
                LauncherSettings.takeFrom(properties("launcher.socketPath", "/s")).initialLeaseSyncMaxWait());
    }

    @Test
    void takesZeroForNoWait() {
        Properties properties =
                properties("launcher.socketPath", "/s", "launcher.initialLeaseSyncMaxWaitMillis", " 0 ");
        assertEquals(Duration.ZERO, LauncherSettings.takeFrom(properties).initialLeaseSyncMaxWait());
    }

    @Test
    void refusesBothTransports() {
        assertRefused(
                "exactly one of launcher.socketPath and launcher.childCommand must be set",
                "launcher.socketPath", "/s", "launcher.childCommand", "[\"node\"]");
    }

    @Test
    void refusesNoTransport() {
        assertRefused("exactly one of launcher.socketPath and launcher.childCommand must be set");
    }

    @Test
    void takesABlankValueForNone() {
        assertRefused(
                "exactly one of launcher.socketPath and launcher.childCommand must be set", "launcher.socketPath", "  ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"node child.js", "{}", "\"node\"", "null", "[\"node\", null]", "[\"node\""})
    void refusesAChildCommandThatIsNotAnArrayOfStrings(String command) {
        assertRefused(
                "launcher.childCommand is '" + command + "'; expected a JSON array of strings",
                "launcher.childCommand", command);
    }

    @Test
    void refusesAnEmptyChildCommand() {
        assertRefused("launcher.childCommand is an empty array", "launcher.childCommand", "[]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "soon", "99999999999999999999"})
    void refusesAWaitThatIsNotMilliseconds(String wait) {
        assertRefused(
                "launcher.initialLeaseSyncMaxWaitMillis is '" + wait + "'; expected milliseconds, 0 or more",
                "launcher.socketPath", "/s", "launcher.initialLeaseSyncMaxWaitMillis", wait);
    }

    @Test
    void namesEveryUnknownKeyOfItsOwn() {
        LauncherException e = assertThrows(LauncherException.class, () -> LauncherSettings.takeFrom(
                properties("launcher.socket", "/s", "launcher.child", "x", "socketPath", "not ours")));
        assertEquals(
                "launcher settings: unknown keys [launcher.child, launcher.socket]; expected launcher.streams,"
                        + " launcher.leaseTableRegion, launcher.streamRoleArn, launcher.streamRoleExternalId,"
                        + " launcher.allowEpochChange, launcher.formerStreamsLeaseRetentionMillis,"
                        + " launcher.socketPath, launcher.childCommand, launcher.initialLeaseSyncMaxWaitMillis, launcher.credentialsSocketPath",
                e.getMessage());
    }
}
