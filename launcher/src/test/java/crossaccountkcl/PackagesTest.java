package crossaccountkcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may import which: what each package-info.java says. */
class PackagesTest {
    private static final Path SOURCES =
            Path.of(System.getProperty("basedir", ".")).toAbsolutePath().resolve("src/main/java");
    private static final String ROOT = "root";
    private static final Map<String, List<String>> MAY_IMPORT = Map.of(
            ROOT, List.of(),
            "log", List.of(),
            "aws", List.of(ROOT),
            "kcl", List.of("aws", ROOT),
            "host", List.of("kcl", ROOT),
            "multilang", List.of("kcl", ROOT),
            "run", List.of("host", "multilang", "kcl", "aws", "log", ROOT));
    private static final Pattern IMPORT = Pattern.compile("^import (?:static )?([\\w.]+);", Pattern.MULTILINE);

    /** Of a class of the launcher, those in KCL's packages included. */
    private static String packageOf(String name) {
        if (name.matches("crossaccountkcl\\.[A-Z].*")) return ROOT;
        if (name.startsWith("crossaccountkcl.")) return name.split("\\.")[1];
        if (name.startsWith("software.amazon.kinesis.multilang.config.")) return "run";
        return name.startsWith("software.amazon.kinesis.multilang.") ? "multilang" : "kcl";
    }

    private static Stream<String> importsOf(String name) throws IOException {
        String source = Files.readString(SOURCES.resolve(name.replace('.', '/') + ".java"));
        return IMPORT.matcher(source).results().map(found -> found.group(1)).filter(PackagesTest::isOurs);
    }

    private static boolean isClass(Path file) {
        return file.toString().endsWith(".java") && !file.endsWith("package-info.java");
    }

    private static boolean isOurs(String name) {
        return name.startsWith("crossaccountkcl.")
                || Files.exists(SOURCES.resolve(name.replace('.', '/') + ".java"));
    }

    @Test
    void importsOnlyWhatItMay() throws IOException {
        TreeSet<String> forbidden = new TreeSet<>();
        TreeSet<String> packages = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(PackagesTest::isClass).toList()) {
                String name = SOURCES.relativize(file).toString().replace(".java", "").replace('/', '.');
                String own = packageOf(name);
                packages.add(own);
                importsOf(name)
                        .filter(it -> !own.equals(packageOf(it)) && !MAY_IMPORT.get(own).contains(packageOf(it)))
                        .forEach(it -> forbidden.add(name + " imports " + it));
            }
        }
        assertEquals(new TreeSet<>(MAY_IMPORT.keySet()), packages);
        assertEquals(new TreeSet<>(), forbidden);
    }

    @Test
    void findsImports() throws IOException {
        assertTrue(importsOf("crossaccountkcl.run.Launcher").anyMatch("crossaccountkcl.kcl.KclMembers"::equals));
    }
}
