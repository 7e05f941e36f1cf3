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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.regions.Region;

class LauncherSettingsTest {
    private static final String ARN = Fakes.STREAM_ARN;
    private static final String STREAMS = "[{\"streamArn\":\"" + ARN + "\"}]";

    /** Those given, one stream, and everything else that is required. */
    private static Properties properties(String... keysAndValues) {
        Properties properties = new Properties();
        properties.putAll(Fakes.REQUIRED_KEYS);
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
                "launcher.formerStreamsLeaseRetentionMs", "5000",
                "launcher.socketPath", "/run/a b/s.sock",
                "launcher.initialLeaseSyncMaxWaitMs", "250",
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
        assertEquals(Set.of("streamName", "initialPositionInStream"), properties.keySet());
    }

    @Test
    void hasNoRoleUnlessTold() {
        LauncherSettings settings =
                LauncherSettings.takeFrom(properties("launcher.socketPath", "/s", "launcher.streamRoleArn", ""));
        assertNull(settings.streamRole());
    }

    /** Their defaults are Node's: test/worker/launcher-properties.test.ts. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "launcher.leaseTableRegion | the region of DynamoDB and CloudWatch",
                "launcher.allowEpochChange | true or false",
                "launcher.formerStreamsLeaseRetentionMs | milliseconds, 0 or more",
                "launcher.initialLeaseSyncMaxWaitMs | milliseconds, 0 or more"
            })
    void refusesWhatNodeAlwaysWritesIfItIsMissing(String key, String form) {
        Properties properties = properties("launcher.socketPath", "/s");
        properties.remove(key);
        LauncherException e =
                assertThrows(LauncherException.class, () -> LauncherSettings.takeFrom(properties));
        assertEquals(ExitCode.CONFIGURATION, e.exitCode());
        assertEquals("launcher settings: " + key + " is missing; " + form, e.getMessage());
        assertRefused(key + " is missing; " + form, "launcher.socketPath", "/s", key, " ");
    }

    @Test
    void takesARoleWithoutExternalId() {
        Properties properties = properties("launcher.socketPath", "/s", "launcher.streamRoleArn", "arn:r");
        assertEquals(new StreamRole("arn:r", null), LauncherSettings.takeFrom(properties).streamRole());
    }

    @Test
    void allowsNoChangeOfTheEpochIfToldNotTo() {
        Properties properties = properties("launcher.socketPath", "/s", "launcher.allowEpochChange", " false ");
        assertFalse(LauncherSettings.takeFrom(properties).allowEpochChange());
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "TRUE", "1"})
    void refusesAChangeOfTheEpochThatIsNeitherTrueNorFalse(String allow) {
        assertRefused(
                "launcher.allowEpochChange is '" + allow + "'; expected true or false",
                "launcher.socketPath", "/s", "launcher.allowEpochChange", allow);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1d"})
    void refusesARetentionThatIsNotMilliseconds(String retention) {
        assertRefused(
                "launcher.formerStreamsLeaseRetentionMs is '" + retention + "'; expected milliseconds, 0 or more",
                "launcher.socketPath", "/s", "launcher.formerStreamsLeaseRetentionMs", retention);
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
    void takesZeroForNoWait() {
        Properties properties =
                properties("launcher.socketPath", "/s", "launcher.initialLeaseSyncMaxWaitMs", " 0 ");
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
                "launcher.initialLeaseSyncMaxWaitMs is '" + wait + "'; expected milliseconds, 0 or more",
                "launcher.socketPath", "/s", "launcher.initialLeaseSyncMaxWaitMs", wait);
    }

    @Test
    void namesEveryUnknownKeyOfItsOwn() {
        LauncherException e = assertThrows(LauncherException.class, () -> LauncherSettings.takeFrom(
                properties("launcher.socket", "/s", "launcher.child", "x", "socketPath", "not ours")));
        assertEquals(
                "launcher settings: unknown keys [launcher.child, launcher.socket]; expected launcher.streams,"
                        + " launcher.leaseTableRegion, launcher.streamRoleArn, launcher.streamRoleExternalId,"
                        + " launcher.allowEpochChange, launcher.formerStreamsLeaseRetentionMs,"
                        + " launcher.socketPath, launcher.childCommand, launcher.initialLeaseSyncMaxWaitMs, launcher.credentialsSocketPath",
                e.getMessage());
    }
}
