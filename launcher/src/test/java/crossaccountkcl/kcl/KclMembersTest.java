package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KclMembersTest {
    @TempDir
    Path first;

    @Test
    void acceptsTheClassPathThatTheLauncherWasBuiltWith() {
        assertDoesNotThrow(KclMembers::verify);
    }

    @Test
    void namesAVersionThatDiffers() throws Exception {
        Path maven = Files.createDirectories(
                first.resolve("META-INF/maven/software.amazon.kinesis/amazon-kinesis-client"));
        Files.writeString(maven.resolve("pom.properties"), "version=3.9.9\n");
        String message = messageOnClassPath(jar -> true);
        assertTrue(message.contains("amazon-kinesis-client is 3.9.9, expected 3.5.1"), message);
        assertFalse(message.contains("missing"), message);
        assertFalse(message.contains("multilang is"), message);
    }

    @Test
    void namesWhatIsMissingWithoutTheMultilangJar() throws Exception {
        String message = messageOnClassPath(jar -> !jar.contains("amazon-kinesis-client-multilang"));
        for (String expected : List.of(
                "amazon-kinesis-client-multilang is none, expected 3.1.3",
                "MultiLangDaemonConfiguration.resolvedConfiguration(ShardRecordProcessorFactory) is missing",
                "MultiLangShardRecordProcessor's constructor is missing",
                "MultiLangShardRecordProcessor.exit() is missing",
                "scripts/build-launcher")) {
            assertTrue(message.contains(expected), message);
        }
    }

    @Test
    void namesAMemberThatIsNoLongerThereAlthoughTheVersionIsAsExpected() throws Exception {
        compile("""
                package software.amazon.kinesis.coordinator;
                public class Scheduler { boolean shouldInitiateShardSync() { return true; } }
                """);
        String message = messageOnClassPath(jar -> true);
        for (String member : List.of(
                "shouldInitiateLeaseSync()", "leaseCleanupManager().shutdown()", "currentStreamConfigMap()")) {
            assertTrue(message.contains("Scheduler." + member + " is missing"), message);
        }
        assertFalse(message.contains("MultiLang"), message);
        assertFalse(message.contains(", expected"), message);
    }

    @Test
    void namesTheClassThatItReplacesIfThatIsNotTheOneItDoesTheSameAs() throws Exception {
        Path other = first.resolve(KclMembers.REPLACED);
        Files.createDirectories(other.getParent());
        Files.writeString(other, "a class that compares otherwise");
        String message = messageOnClassPath(jar -> true);
        assertTrue(message.contains("ExtendedSequenceNumber has the SHA-256 ["), message);
        assertFalse(message.contains("missing"), message);
    }

    private void compile(String scheduler) throws IOException {
        Path source = first.resolve("Scheduler.java");
        Files.writeString(source, scheduler);
        assertEquals(0, ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", first.toString(), source.toString()));
    }

    /** The failure's message when {@link #first} and the chosen part of the class path are all that there is. */
    private String messageOnClassPath(Predicate<String> chosen) throws Exception {
        List<URL> urls = new ArrayList<>();
        urls.add(url(first));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (chosen.test(entry)) urls.add(url(Path.of(entry)));
        }
        try (URLClassLoader loader =
                new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> members = loader.loadClass("crossaccountkcl.kcl.KclMembers");
            InvocationTargetException e = assertThrows(
                    InvocationTargetException.class, () -> members.getMethod("verify").invoke(null));
            Throwable failure = e.getCause();
            assertEquals(LauncherException.class.getName(), failure.getClass().getName(), failure.toString());
            assertEquals(ExitCode.CONFIGURATION, failure.getClass().getMethod("exitCode").invoke(failure));
            return failure.getMessage();
        }
    }

    private static URL url(Path path) throws MalformedURLException {
        return path.toUri().toURL();
    }
}
