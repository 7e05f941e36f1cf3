package crossaccountkcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LauncherSettingsTest {
    private static Properties properties(String... keysAndValues) {
        Properties properties = new Properties();
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
                "launcher.socketPath", "/run/a b/s.sock", "launcher.initialLeaseSyncMaxWaitMillis", "250",
                "streamName", "orders");
        assertEquals(
                new LauncherSettings(Path.of("/run/a b/s.sock"), null, Duration.ofMillis(250)),
                LauncherSettings.takeFrom(properties));
        assertEquals(Set.of("streamName"), properties.keySet());
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
        assertTrue(
                e.getMessage().startsWith("launcher settings: unknown keys [launcher.child, launcher.socket]; expected "),
                e.getMessage());
    }
}
