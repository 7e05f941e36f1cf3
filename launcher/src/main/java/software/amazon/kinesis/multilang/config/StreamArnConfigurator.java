package software.amazon.kinesis.multilang.config;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.StopSignal;
import crossaccountkcl.aws.CredentialsWatch;
import crossaccountkcl.aws.NetworkSettings;
import crossaccountkcl.aws.ServedCredentials;
import crossaccountkcl.aws.WatchedCredentials;
import crossaccountkcl.kcl.AggregatesOfStreams;
import crossaccountkcl.kcl.PatientShardDetector;
import crossaccountkcl.kcl.ReadWatch;
import crossaccountkcl.kcl.ReportedEnds;
import crossaccountkcl.kcl.RetrievalByConsumer;
import crossaccountkcl.kcl.ShardEndCheck;
import crossaccountkcl.kcl.ShardReads;
import crossaccountkcl.kcl.ShardStates;
import crossaccountkcl.kcl.SkippedBatches;
import crossaccountkcl.kcl.SubscriptionWatch;
import crossaccountkcl.kcl.TaskListeners;
import crossaccountkcl.kcl.TrackedShardsOnly;
import crossaccountkcl.kcl.WatchedFetcher;
import crossaccountkcl.run.LauncherSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.coordinator.CoordinatorConfig;
import software.amazon.kinesis.coordinator.PromptScheduler;
import software.amazon.kinesis.coordinator.WorkerStateChangeListener;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.leases.LeaseManagementConfig.WorkerUtilizationAwareAssignmentConfig;
import software.amazon.kinesis.multilang.config.MultiLangDaemonConfiguration.ResolvedConfiguration;
import software.amazon.kinesis.processor.ProcessorConfig;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.retrieval.RetrievalConfig;
import software.amazon.kinesis.retrieval.RetrievalFactory;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/**
 * The stock handling of the .properties file, and on top of it what it leaves out: streams are tracked by their ARNs, not
 * by the name alone; consumers' ARNs; a lease table in another region; and the keys that multilang 3.1.3 does not know.
 *
 * <p>It stands in KCL's package because {@code resolvedConfiguration} is package-private there.
 */
public final class StreamArnConfigurator extends KinesisClientLibConfigurator {
    private static final Duration LIST_SHARDS_PAUSE = Duration.ofSeconds(1);
    private static final String PROVIDER = "awsCredentialsProvider";

    private final Map<String, AwsCredentialsProvider> credentials = new LinkedHashMap<>();
    private LauncherSettings settings;
    private AddedKeys added;

    @Override
    public MultiLangDaemonConfiguration getConfiguration(Properties properties) {
        NetworkSettings.applyFrom(properties);
        settings = LauncherSettings.takeFrom(properties);
        ServedCredentials.servedAt(settings.credentialsSocket());
        added = AddedKeys.takeFrom(properties);
        // The stock handling wants a stream's name or ARN; which one is of no account: trackByArn replaces it.
        properties.setProperty("streamArn", settings.streams().arns().findFirst().orElseThrow());
        MultiLangDaemonConfiguration configuration = super.getConfiguration(properties);
        checkRetrievalMode(configuration.getRetrievalMode());
        // Stock FANOUT, and DEFAULT unless a polling key is set, would register a consumer by the stream's name.
        configuration.setRetrievalMode(RetrievalMode.POLLING);
        configuration.getDynamoDbClient().set("region", settings.leaseTableRegion());
        configuration.getCloudWatchClient().set("region", settings.leaseTableRegion());
        setCredentials(configuration, properties);
        return configuration;
    }

    /** As the stock handling chooses them, with the stream's role for Kinesis alone; their failures are noted. */
    private void setCredentials(MultiLangDaemonConfiguration configuration, Properties properties) {
        AwsCredentialsProvider own =
                built(configuration.getKinesisCredentialsProvider(), properties.getProperty(PROVIDER));
        AwsCredentialsProvider forStream = settings.streamRole() == null
                ? own
                : settings.streamRole().credentials(own, settings.streams().region());
        AwsCredentialsProvider forTable = built(
                configuration.getDynamoDBCredentialsProvider(), properties.getProperty(PROVIDER + "DynamoDB"));
        AwsCredentialsProvider forMetrics = built(
                configuration.getCloudWatchCredentialsProvider(), properties.getProperty(PROVIDER + "CloudWatch"));
        credentials.put("Kinesis", new WatchedCredentials("Kinesis", forStream));
        credentials.put("DynamoDB", new WatchedCredentials("DynamoDB", forTable == null ? own : forTable));
        credentials.put("CloudWatch", forMetrics == null ? own : forMetrics);
        configuration.getKinesisClient().set("credentialsProvider", credentials.get("Kinesis"));
        configuration.getDynamoDbClient().set("credentialsProvider", credentials.get("DynamoDB"));
        configuration.getCloudWatchClient().set("credentialsProvider", credentials.get("CloudWatch"));
    }

    /** By the services that are called with them. */
    public Map<String, AwsCredentialsProvider> credentials() {
        return credentials;
    }

    /**
     * Without the chain that the stock handling makes of a single provider, too: it puts its own failure in place of Node's.
     *
     * @return null if the configuration names none
     */
    private static AwsCredentialsProvider built(BuilderDynaBean provider, String text) {
        if (ServedCredentials.class.getName().equals(text)) return ServedCredentials.create();
        return provider.build(AwsCredentialsProvider.class);
    }

    private void checkRetrievalMode(RetrievalMode mode) {
        for (StreamIdentifier stream : settings.streams().identifiers()) {
            String consumer = settings.streams().consumerArnOf(stream).orElse(null);
            boolean contradiction = mode == RetrievalMode.FANOUT && consumer == null
                    || mode == RetrievalMode.POLLING && consumer != null;
            if (contradiction) {
                throw new LauncherException(
                        ExitCode.CONFIGURATION,
                        "retrievalMode is " + mode + " and consumerArn of " + settings.streams().arnOf(stream) + " is "
                                + consumer + "; fan-out needs the ARN of a shared consumer, polling must be without");
            }
        }
    }

    public LauncherSettings settings() {
        return settings;
    }

    /** The configurations of one worker, ready to be run. */
    public record Worker(PromptScheduler scheduler, LeaseManagementConfig leaseManagement) {}

    public Worker worker(
            MultiLangDaemonConfiguration configuration,
            ShardRecordProcessorFactory factory,
            StopSignal stop,
            WorkerStateChangeListener listener) {
        ResolvedConfiguration resolved = configuration.resolvedConfiguration(factory);
        added.applyTo(resolved);
        ShardReads reads = new ShardReads(settings.streams());
        trackByArn(resolved.getRetrievalConfig(), configuration, reads, stop);
        leadPromptly(resolved.getLeaseManagementConfig());
        noticeLossesPromptly(resolved.getLeaseManagementConfig());
        listShardsPatiently(resolved.getLeaseManagementConfig());
        CoordinatorConfig coordinator = resolved.getCoordinatorConfig();
        coordinator.workerStateChangeListener(listener);
        coordinator.shardPrioritization(
                new TrackedShardsOnly(coordinator.shardPrioritization(), settings.streams()));
        PromptScheduler scheduler = new PromptScheduler(
                resolved.getCheckpointConfig(),
                coordinator,
                resolved.getLeaseManagementConfig(),
                resolved.getLifecycleConfig()
                        .aggregatorUtil(new AggregatesOfStreams(
                                settings.streams(), resolved.getRetrievalConfig().kinesisClient()))
                        .taskExecutionListener(new TaskListeners(new SkippedBatches(stop), reads)),
                resolved.getMetricsConfig(),
                checkShardEnds(resolved, stop),
                resolved.getRetrievalConfig(),
                settings.initialLeaseSyncMaxWait(),
                reads,
                new CredentialsWatch(resolved.getLeaseManagementConfig().failoverTimeMillis(), stop));
        return new Worker(scheduler, resolved.getLeaseManagementConfig());
    }

    private void trackByArn(
            RetrievalConfig retrieval, MultiLangDaemonConfiguration configuration, ShardReads reads, StopSignal stop) {
        InitialPositionInStreamExtended position = configuration.getInitialPositionInStreamExtended();
        if (position == null) {
            throw new LauncherException(
                    ExitCode.CONFIGURATION,
                    "initialPositionInStream is missing; expected it or initialPositionInStreamExtended");
        }
        retrieval.streamTracker(settings.streams().tracker(position, settings.formerStreamsRetention()));
        ReadWatch watch = new ReadWatch(reads, shardStates(retrieval), stop);
        PollingConfig config = (PollingConfig) retrieval.retrievalSpecificConfig(); // of RetrievalMode.POLLING
        config.dataFetcherProvider(WatchedFetcher.provider(retrieval.kinesisClient(), watch));
        RetrievalFactory polling = config.retrievalFactory();
        retrieval.retrievalFactory(
                new RetrievalByConsumer(polling, retrieval.kinesisClient(), new SubscriptionWatch(watch)));
    }

    private ShardStates shardStates(RetrievalConfig retrieval) {
        return new ShardStates(settings.streams(), retrieval.kinesisClient());
    }

    /** @return the processors' configuration, with each shard's end checked */
    private ProcessorConfig checkShardEnds(ResolvedConfiguration resolved, StopSignal stop) {
        ProcessorConfig stock = resolved.getProcessorConfig();
        RetrievalConfig retrieval = resolved.getRetrievalConfig();
        ReportedEnds ends = new ReportedEnds();
        retrieval.retrievalFactory(new ReportedEnds.Retrieval(retrieval.retrievalFactory(), ends));
        ShardRecordProcessorFactory checked =
                new ShardEndCheck(stock.shardRecordProcessorFactory(), shardStates(retrieval), ends, stop);
        return new ProcessorConfig(checked)
                .callProcessRecordsEvenForEmptyRecordList(stock.callProcessRecordsEvenForEmptyRecordList());
    }

    /**
     * The leader of the workers assigns leases. Stock KCL lets the lock of one that was killed stand for 2 minutes, in
     * which its leases have long expired and nobody takes them. The next leader gives them to a worker that has reported
     * within two reporting periods, of 30 s in stock KCL: to the killed one again, if it is the least busy.
     */
    private static void leadPromptly(LeaseManagementConfig leases) {
        long failover = leases.failoverTimeMillis();
        leases.dynamoDbLockBasedLeaderHeartbeatPeriodInMillis(failover);
        leases.dynamoDbLockBasedLeaderLeaseDurationInMillis(3 * failover);
        WorkerUtilizationAwareAssignmentConfig workers = leases.workerUtilizationAwareAssignmentConfig();
        workers.workerMetricsReporterFreqInMillis(Math.min(workers.workerMetricsReporterFreqInMillis(), failover));
    }

    /**
     * A lease can't be looked at while it is being renewed. In stock KCL a call to DynamoDB that hangs does so for a
     * minute, long after the lease has expired and another worker has taken it.
     */
    private static void noticeLossesPromptly(LeaseManagementConfig leases) {
        Duration lasting = Duration.ofMillis(leases.failoverTimeMillis());
        if (leases.dynamoDbRequestTimeout().compareTo(lasting) > 0) leases.dynamoDbRequestTimeout(lasting);
    }

    private static void listShardsPatiently(LeaseManagementConfig leases) {
        leases.customShardDetectorProvider(
                stream -> new PatientShardDetector(leases, stream.streamIdentifier(), LIST_SHARDS_PAUSE));
    }
}
