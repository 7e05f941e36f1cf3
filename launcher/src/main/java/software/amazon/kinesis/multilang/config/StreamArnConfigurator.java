package software.amazon.kinesis.multilang.config;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.LauncherSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.commons.beanutils.ConversionException;
import org.apache.commons.beanutils.converters.BooleanConverter;
import software.amazon.awssdk.arns.Arn;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.coordinator.CoordinatorConfig;
import software.amazon.kinesis.coordinator.PromptScheduler;
import software.amazon.kinesis.coordinator.WorkerStateChangeListener;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.multilang.config.MultiLangDaemonConfiguration.ResolvedConfiguration;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.RetrievalConfig;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;

/**
 * The stock handling of the .properties file, and on top of it what it leaves out: the stream is tracked by its ARN,
 * not by the name alone; the consumer's ARN; and the keys that multilang 3.1.3 does not know yet.
 *
 * <p>It stands in KCL's package because {@code resolvedConfiguration} is package-private there.
 */
public final class StreamArnConfigurator extends KinesisClientLibConfigurator {
    private static final String CONSUMER_ARN = "consumerArn";
    private static final String SCAN_SEGMENTS = "leaseTableScanTotalSegments";
    private static final String MIGRATE_ENTITIES = "migrateAllEntitiesToLeaseTable";
    private static final String MIGRATION_BAKE_TIME = "tableMigrationCompleteBakeTimeSeconds";

    private final Map<String, String> added = new HashMap<>();
    private LauncherSettings settings;

    @Override
    public MultiLangDaemonConfiguration getConfiguration(Properties properties) {
        settings = LauncherSettings.takeFrom(properties);
        for (String key : new String[] {CONSUMER_ARN, SCAN_SEGMENTS, MIGRATE_ENTITIES, MIGRATION_BAKE_TIME}) {
            String value = (String) properties.remove(key);
            if (value != null && !value.isBlank()) added.put(key, value.trim());
        }
        MultiLangDaemonConfiguration configuration = super.getConfiguration(properties);
        if (configuration.getStreamArn() == null || configuration.getStreamArn().isBlank()) {
            throw new LauncherException(ExitCode.CONFIGURATION, "streamArn is missing; the name alone is not enough");
        }
        if (configuration.getRetrievalMode() == RetrievalMode.DEFAULT) {
            // Stock picks fan-out unless a polling key is set, and then registers a consumer of its own.
            configuration.setRetrievalMode(
                    added.containsKey(CONSUMER_ARN) ? RetrievalMode.FANOUT : RetrievalMode.POLLING);
        }
        return configuration;
    }

    public LauncherSettings settings() {
        return settings;
    }

    /** The configurations of one worker, ready to be run. */
    public record Worker(PromptScheduler scheduler, LeaseManagementConfig leaseManagement) {}

    public Worker worker(
            MultiLangDaemonConfiguration configuration,
            ShardRecordProcessorFactory factory,
            WorkerStateChangeListener listener) {
        ResolvedConfiguration resolved = configuration.resolvedConfiguration(factory);
        trackByArn(resolved.getRetrievalConfig(), configuration);
        addMissingKeys(resolved.getLeaseManagementConfig(), resolved.getCoordinatorConfig());
        resolved.getCoordinatorConfig().workerStateChangeListener(listener);
        PromptScheduler scheduler = new PromptScheduler(
                resolved.getCheckpointConfig(),
                resolved.getCoordinatorConfig(),
                resolved.getLeaseManagementConfig(),
                resolved.getLifecycleConfig(),
                resolved.getMetricsConfig(),
                resolved.getProcessorConfig(),
                resolved.getRetrievalConfig(),
                settings.initialLeaseSyncMaxWait());
        return new Worker(scheduler, resolved.getLeaseManagementConfig());
    }

    private void trackByArn(RetrievalConfig retrieval, MultiLangDaemonConfiguration configuration) {
        StreamIdentifier stream = StreamIdentifier.singleStreamInstance(Arn.fromString(configuration.getStreamArn()));
        InitialPositionInStreamExtended position = configuration.getInitialPositionInStreamExtended();
        if (position == null) {
            position = InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.LATEST);
        }
        retrieval.streamTracker(new SingleStreamTracker(stream, new StreamConfig(stream, position)));
        String consumerArn = added.get(CONSUMER_ARN);
        boolean fanOut = retrieval.retrievalSpecificConfig() instanceof FanOutConfig;
        if (fanOut != (consumerArn != null)) {
            // Without the ARN, KCL would register a consumer by the stream's name, in the reader's own account.
            throw new LauncherException(
                    ExitCode.CONFIGURATION,
                    "retrievalMode is " + configuration.getRetrievalMode() + " and consumerArn is " + consumerArn
                            + "; fan-out needs the ARN of a shared consumer, polling must be without");
        }
        if (fanOut) ((FanOutConfig) retrieval.retrievalSpecificConfig()).consumerArn(consumerArn);
    }

    private void addMissingKeys(LeaseManagementConfig leaseManagement, CoordinatorConfig coordinator) {
        try {
            if (added.containsKey(SCAN_SEGMENTS)) {
                leaseManagement.leaseTableScanTotalSegments(Integer.parseInt(added.get(SCAN_SEGMENTS)));
            }
            if (added.containsKey(MIGRATION_BAKE_TIME)) {
                coordinator.tableMigrationCompleteBakeTimeSeconds(Long.parseLong(added.get(MIGRATION_BAKE_TIME)));
            }
        } catch (IllegalArgumentException e) {
            throw new LauncherException(
                    ExitCode.CONFIGURATION, "expected whole numbers above 0 in " + added + ": " + e.getMessage(), e);
        }
        if (added.containsKey(MIGRATE_ENTITIES)) {
            coordinator.migrateAllEntitiesToLeaseTable(parseBoolean(MIGRATE_ENTITIES));
        }
    }

    /** What the stock handling takes for a boolean: true, yes, y, on, 1 and their opposites. */
    private boolean parseBoolean(String key) {
        try {
            return new BooleanConverter().convert(Boolean.class, added.get(key));
        } catch (ConversionException e) {
            throw new LauncherException(
                    ExitCode.CONFIGURATION, key + " is '" + added.get(key) + "'; expected true or false", e);
        }
    }
}
