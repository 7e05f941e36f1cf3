package software.amazon.kinesis.multilang.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.coordinator.CoordinatorConfig;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.lifecycle.LifecycleConfig;
import software.amazon.kinesis.metrics.MetricsConfig;
import software.amazon.kinesis.retrieval.RetrievalConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/** Every setting of KCL that is a number, a text, a choice or a boolean is a key, or is none for a reason. */
class AddedKeysTest {
    private static final Path CONFIG = Path.of(System.getProperty("basedir", "."))
            .toAbsolutePath()
            .resolve("../src/config")
            .normalize();
    /** Not for users, or used by nothing that the launcher runs. */
    private static final Set<String> NO_KEYS = Set.of(
            // Follow failoverTimeMillis, or are the launcher's own (StreamArnConfigurator, PromptScheduler).
            "dynamoDbLockBasedLeaderHeartbeatPeriodInMillis",
            "dynamoDbLockBasedLeaderLeaseDurationInMillis",
            "dynamoDbRequestTimeout",
            "shardConsumerDispatchPollIntervalMillis",
            // Of a list of shards that PatientShardDetector keeps, or of logging about it.
            "maxCacheMissesBeforeReload",
            "listShardsCacheAllowedAgeInSeconds",
            "cacheMissWarningModulus",
            // PollingConfig's own marker, not a setting.
            "usePollingConfigIdleTimeValue",
            // Of stream ids in lease keys and of OpenTelemetry, which need objects besides.
            "streamInfoMode",
            "streamIdOnboardingState",
            "metricsBackend",
            "publisherFlushBuffer",
            "readTimeoutsToIgnoreBeforeWarning",
            "kinesisRequestTimeout",
            // Of KCL 2's lease taker, which does not run.
            "epsilonMillis",
            // The constructor's, under the names that are keys.
            "tableName",
            "streamName");

    @Test
    void everySettingOfKclIsAKeyOrIsNoneForAReason() throws IOException {
        Set<String> keys = wordsIn("stock-keys.ts");
        Set<String> missing = Stream.of(
                        LeaseManagementConfig.class,
                        CoordinatorConfig.class,
                        PollingConfig.class,
                        RetrievalConfig.class,
                        LifecycleConfig.class,
                        MetricsConfig.class)
                .flatMap(config -> Arrays.stream(config.getMethods()))
                .filter(method -> method.getParameterCount() == 1 && isPlain(method.getParameterTypes()[0]))
                .filter(method -> method.getReturnType() == method.getDeclaringClass())
                .map(method -> method.getName())
                .filter(name -> !keys.contains(name) && !NO_KEYS.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), missing);
    }

    @Test
    void nodeLetsEveryAddedKeyPass() throws IOException {
        Set<String> missing = new TreeSet<>(AddedKeys.names());
        missing.removeAll(wordsIn("stock-keys.ts"));
        assertEquals(Set.of(), missing);
    }

    private static boolean isPlain(Class<?> type) {
        return type.isPrimitive()
                || type.isEnum()
                || Set.of(String.class, Long.class, Integer.class, java.time.Duration.class).contains(type);
    }

    private static Set<String> wordsIn(String file) throws IOException {
        return Pattern.compile("[^\\w.]+")
                .splitAsStream(Files.readString(CONFIG.resolve(file)))
                .collect(Collectors.toSet());
    }
}
