package software.amazon.kinesis.multilang.config;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.commons.beanutils.ConversionException;
import org.apache.commons.beanutils.converters.BooleanConverter;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.kinesis.coordinator.CoordinatorConfig;
import software.amazon.kinesis.leases.LeaseAssignmentStrategy;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.multilang.config.MultiLangDaemonConfiguration.ResolvedConfiguration;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * Settings that KCL 3.5.1 has and multilang 3.1.3 has no keys for. They have the names of KCL's own setters; those of the
 * cache of fetched records have the names that KCL 1 had for them. src/config lets them pass.
 */
final class AddedKeys {
    private static final Map<String, Setter> SETTERS = Map.ofEntries(
            Map.entry("maxPendingProcessRecordsInput", (to, text) -> to.polling.maxPendingProcessRecordsInput(positive(text))),
            Map.entry("maxCacheByteSize", (to, text) -> to.polling.recordsFetcherFactory().maxByteSize(positive(text))),
            Map.entry("maxRecordsCount", (to, text) -> to.polling.recordsFetcherFactory().maxRecordsCount(positive(text))),
            Map.entry("leaseAssignmentStrategy", (to, text) ->
                    to.leases.leaseAssignmentStrategy(LeaseAssignmentStrategy.valueOf(text.toUpperCase(Locale.ROOT)))),
            Map.entry("billingMode", (to, text) ->
                    to.leases.billingMode(BillingMode.valueOf(text.toUpperCase(Locale.ROOT)))),
            Map.entry("consistentReads", (to, text) -> to.leases.consistentReads(bool(text))),
            Map.entry("leasesRecoveryAuditorExecutionFrequencyMillis", (to, text) ->
                    to.leases.leasesRecoveryAuditorExecutionFrequencyMillis(positive(text))),
            Map.entry("leasesRecoveryAuditorInconsistencyConfidenceThreshold", (to, text) ->
                    to.leases.leasesRecoveryAuditorInconsistencyConfidenceThreshold(positive(text))),
            Map.entry("leaseTableScanTotalSegments", (to, text) -> to.leases.leaseTableScanTotalSegments(positive(text))),
            Map.entry("maxInitializationAttempts", (to, text) -> to.coordinator.maxInitializationAttempts(positive(text))),
            Map.entry("migrateAllEntitiesToLeaseTable", (to, text) ->
                    to.coordinator.migrateAllEntitiesToLeaseTable(bool(text))),
            Map.entry("tableMigrationCompleteBakeTimeSeconds", (to, text) ->
                    to.coordinator.tableMigrationCompleteBakeTimeSeconds(positive(text))));

    private final Map<String, String> given = new HashMap<>();

    /** Takes them out of the properties, as the stock handling does not know them. */
    static AddedKeys takeFrom(Properties properties) {
        AddedKeys added = new AddedKeys();
        for (String key : SETTERS.keySet()) {
            String value = (String) properties.remove(key);
            if (value != null && !value.isBlank()) added.given.put(key, value.trim());
        }
        return added;
    }

    static Set<String> names() {
        return SETTERS.keySet();
    }

    /**
     * To be called before what reads the configurations.
     *
     * @throws LauncherException that names the key whose value KCL refuses
     */
    void applyTo(ResolvedConfiguration resolved) {
        Configs configs = new Configs(
                resolved.getLeaseManagementConfig(),
                resolved.getCoordinatorConfig(),
                (PollingConfig) resolved.getRetrievalConfig().retrievalSpecificConfig()); // of RetrievalMode.POLLING
        given.forEach((key, text) -> {
            try {
                SETTERS.get(key).set(configs, text);
            } catch (IllegalArgumentException | ConversionException e) {
                throw new LauncherException(
                        ExitCode.CONFIGURATION, key + " is '" + text + "', which KCL does not accept: " + e.getMessage(), e);
            }
        });
    }

    private record Configs(LeaseManagementConfig leases, CoordinatorConfig coordinator, PollingConfig polling) {}

    private interface Setter {
        void set(Configs to, String text);
    }

    private static int positive(String text) {
        int value = Integer.parseInt(text);
        if (value < 1) throw new IllegalArgumentException("expected a whole number, 1 or more");
        return value;
    }

    /** What the stock handling takes for a boolean: true, yes, y, on, 1 and their opposites. */
    private static boolean bool(String text) {
        return new BooleanConverter().convert(Boolean.class, text);
    }
}
