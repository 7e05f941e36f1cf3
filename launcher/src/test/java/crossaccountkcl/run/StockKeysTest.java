package crossaccountkcl.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.beans.IntrospectionException;
import java.beans.Introspector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.multilang.config.FanoutConfigBean;
import software.amazon.kinesis.multilang.config.MultiLangDaemonConfiguration;

/** src/config/stock-keys.ts decides which keys Node lets pass: one that it lacks can't be set at all. */
class StockKeysTest {
    /** Surefire sets basedir; elsewhere the working directory is the module's. */
    private static final Path FILE =
            Path.of(System.getProperty("basedir", ".")).toAbsolutePath().resolve("../src/config/stock-keys.ts").normalize();

    private static Set<String> wordsInFile() throws IOException {
        return Pattern.compile("[^\\w.]+").splitAsStream(Files.readString(FILE)).collect(Collectors.toSet());
    }

    private static Set<String> properties(Class<?> bean, boolean writable) throws IntrospectionException {
        return Stream.of(Introspector.getBeanInfo(bean).getPropertyDescriptors())
                .filter(property -> writable == (property.getWriteMethod() != null))
                .map(property -> property.getName())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void assertAllInFile(Set<String> keys) throws IOException {
        Set<String> missing = new TreeSet<>(keys);
        missing.removeAll(wordsInFile());
        assertEquals(Set.of(), missing, "missing in " + FILE);
    }

    @Test
    void hasEveryWritablePropertyOfTheStockConfiguration() throws Exception {
        Set<String> keys = properties(MultiLangDaemonConfiguration.class, true);
        assertTrue(keys.size() > 50, keys.toString());
        assertAllInFile(keys);
    }

    @Test
    void hasEveryWritablePropertyOfFanOut() throws Exception {
        Set<String> keys = properties(FanoutConfigBean.class, true);
        assertTrue(keys.contains("consumerName"));
        assertAllInFile(keys.stream().map(key -> "fanoutConfig." + key).collect(Collectors.toSet()));
    }

    @Test
    void hasEveryBeanThatHasPropertiesOfItsOwn() throws Exception {
        Predicate<String> isBean = key -> key.endsWith("Client") || key.endsWith("Config") || key.endsWith("Bean")
                || key.endsWith("CredentialsProvider");
        Set<String> beans = properties(MultiLangDaemonConfiguration.class, false).stream()
                .filter(isBean)
                // The first's keys are listed one by one, the others are tools.
                .filter(key -> !Set.of("fanoutConfig", "utilsBean", "convertUtilsBean").contains(key))
                .collect(Collectors.toSet());
        assertTrue(beans.contains("kinesisClient"), beans.toString());
        assertAllInFile(beans);
    }
}
