package software.amazon.kinesis.multilang.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.LauncherException;
import crossaccountkcl.StopSignal;
import crossaccountkcl.aws.ServedCredentials;
import crossaccountkcl.aws.StubSts;
import crossaccountkcl.kcl.PatientShardDetector;
import crossaccountkcl.kcl.ReportedEnds;
import crossaccountkcl.kcl.RetrievalByConsumer;
import crossaccountkcl.kcl.ShardEndCheck;
import crossaccountkcl.kcl.SkippedBatches;
import crossaccountkcl.kcl.SubscriptionWatch;
import crossaccountkcl.kcl.TaskListeners;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.awscore.AwsServiceClientConfiguration;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.coordinator.WorkerStateChangeListener;
import software.amazon.kinesis.leases.LeaseAssignmentStrategy;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.leases.ShardPrioritization;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.retrieval.RecordsFetcherFactory;
import software.amazon.kinesis.retrieval.RecordsPublisher;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;
import software.amazon.kinesis.retrieval.polling.PollingConfig;
import software.amazon.kinesis.retrieval.polling.PrefetchRecordsPublisher;
import software.amazon.kinesis.retrieval.polling.SynchronousBlockingRetrievalFactory;

class StreamArnConfiguratorTest {
    private static final String STREAM = "arn:aws:kinesis:eu-west-1:222222222222:stream/orders";
    private static final String CONSUMER = STREAM + "/consumer/c:1700000000";
    private static final String OTHER = "arn:aws:kinesis:eu-west-1:333333333333:stream/orders";
    private static final String ROLE = "arn:aws:iam::222222222222:role/reader";
    private static final String POSITION = "initialPositionInStream";
    private static final ShardRecordProcessorFactory FACTORY = () -> null;
    private static final StopSignal STOP = (code, reason, cause) -> {};
    private static final WorkerStateChangeListener LISTENER = state -> {};

    private final StreamArnConfigurator configurator = new StreamArnConfigurator();

    private static Properties properties(String... more) {
        Properties properties = new Properties();
        properties.putAll(Fakes.REQUIRED_KEYS);
        properties.putAll(Map.of(
                "applicationName", "app",
                "launcher.streams", streams(entry(STREAM, "")),
                "AwsCredentialsProvider", "AnonymousCredentialsProvider",
                "regionName", "eu-west-1",
                "workerId", "worker-1",
                "disableWorkerMetrics", "true",
                "launcher.socketPath", "/run/node.sock"));
        for (int i = 0; i < more.length; i += 2) properties.put(more[i], more[i + 1]);
        // One of the two, as Node writes them: KCL takes the one that it meets last.
        if (properties.containsKey(POSITION + "Extended")) properties.remove(POSITION);
        return properties;
    }

    private static String entry(String arn, String more) {
        return "{\"streamArn\":\"" + arn + "\"" + more.replace('\'', '"') + "}";
    }

    private static String streams(String... entries) {
        return "[" + String.join(",", entries) + "]";
    }

    /** Two streams of one name. */
    private static String two(String moreOfFirst, String moreOfSecond) {
        return streams(
                entry(STREAM, ",'creationEpoch':1700000000" + moreOfFirst),
                entry(OTHER, ",'creationEpoch':1700000001" + moreOfSecond));
    }

    private static String withConsumer() {
        return streams(entry(STREAM, ",'consumerArn':'" + CONSUMER + "'"));
    }

    private StreamArnConfigurator.Worker worker(String... more) {
        return configurator.worker(configurator.getConfiguration(properties(more)), FACTORY, STOP, LISTENER);
    }

    private Scheduler scheduler(String... more) {
        return worker(more).scheduler();
    }

    private String refusal(String... more) {
        LauncherException e = assertThrows(LauncherException.class, () -> worker(more));
        assertEquals(ExitCode.CONFIGURATION, e.exitCode());
        return e.getMessage();
    }

    private static StreamConfig stream(Scheduler scheduler) {
        return stream(scheduler, 0);
    }

    private static StreamConfig stream(Scheduler scheduler, int index) {
        return scheduler.retrievalConfig().streamTracker().streamConfigList().get(index);
    }

    /** What KCL would read that stream with. */
    private static RecordsPublisher publisher(Scheduler scheduler, int index) {
        StreamConfig stream = stream(scheduler, index);
        String identifier = scheduler.retrievalConfig().streamTracker().isMultiStream()
                ? stream.streamIdentifier().serialize()
                : null;
        RecordsPublisher noted = scheduler.retrievalConfig().retrievalFactory().createGetRecordsCache(
                new ShardInfo("shard-1", "token", List.of(), ExtendedSequenceNumber.LATEST, identifier),
                stream,
                new NullMetricsFactory(),
                "consumer-id");
        return assertInstanceOf(ReportedEnds.Watched.class, noted).publisher();
    }

    private static PollingConfig polling(Scheduler scheduler) {
        return assertInstanceOf(PollingConfig.class, scheduler.retrievalConfig().retrievalSpecificConfig());
    }

    private static String accessKey(AwsServiceClientConfiguration client) {
        return client.credentialsProvider().resolveIdentity().join().accessKeyId();
    }

    @Test
    void losesNoBatchThatKclWouldSkip() {
        StreamArnConfigurator.Worker worker = worker();

        TaskListeners told = assertInstanceOf(
                TaskListeners.class, worker.scheduler().lifecycleConfig().taskExecutionListener());
        assertInstanceOf(SkippedBatches.class, told.listeners().get(0));
        StreamConfig stream = stream(worker.scheduler());
        assertInstanceOf(
                PatientShardDetector.class,
                worker.leaseManagement().customShardDetectorProvider().apply(stream));
    }

    @Test
    void keepsTheStockHandlingOfProperties() {
        Scheduler scheduler = scheduler(
                "maxRecords", "123",
                "failoverTimeMillis", "4567",
                "shardSyncIntervalMillis", "89",
                "callProcessRecordsEvenForEmptyRecordList", "true",
                "parentShardPollIntervalMillis", "321",
                "metricsLevel", "none",
                "tableName", "leases",
                "kinesisEndpoint", "http://localhost:4567",
                "leaseAssignmentIntervalMillis", "999");
        LeaseManagementConfig leases = scheduler.leaseManagementConfig();
        assertEquals(123, polling(scheduler).maxRecords());
        ReportedEnds.Retrieval noted = assertInstanceOf(
                ReportedEnds.Retrieval.class, scheduler.retrievalConfig().retrievalFactory());
        RetrievalByConsumer retrieval = assertInstanceOf(RetrievalByConsumer.class, noted.retrieval());
        assertEquals(
                123,
                assertInstanceOf(SynchronousBlockingRetrievalFactory.class, retrieval.polling()).getMaxRecords());
        assertEquals(4567, leases.failoverTimeMillis());
        assertEquals(89, leases.shardSyncIntervalMillis());
        assertEquals(999, leases.leaseAssignmentIntervalMillis());
        assertEquals("leases", leases.tableName());
        assertEquals("worker-1", leases.workerIdentifier());
        assertTrue(scheduler.processorConfig().callProcessRecordsEvenForEmptyRecordList());
        assertEquals(321, scheduler.coordinatorConfig().parentShardPollIntervalMillis());
        assertEquals("NONE", scheduler.metricsConfig().metricsLevel().name());
        assertEquals("app", scheduler.applicationName());
        var client = leases.kinesisClient().serviceClientConfiguration();
        assertEquals(Region.EU_WEST_1, client.region());
        assertEquals(URI.create("http://localhost:4567"), client.endpointOverride().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"awsCredentialsProvider", "AWSCREDENTIALSPROVIDER", "AwsCredentialsProvider"})
    void takesTheCredentialsProviderInAnyCase(String key) {
        Properties properties = properties();
        properties.remove("AwsCredentialsProvider");
        properties.put(key, "AnonymousCredentialsProvider");
        LeaseManagementConfig leases = configurator
                .worker(configurator.getConfiguration(properties), FACTORY, STOP, LISTENER)
                .leaseManagement();
        assertNull(accessKey(leases.kinesisClient().serviceClientConfiguration()));
    }

    @Test
    void passesFactoryAndListenerToTheScheduler() {
        StreamArnConfigurator.Worker worker = worker();
        ShardEndCheck check = assertInstanceOf(
                ShardEndCheck.class, worker.scheduler().processorConfig().shardRecordProcessorFactory());
        assertSame(FACTORY, check.processors());
        assertSame(STOP, check.stop());
        assertSame(configurator.settings().streams(), check.shards().streams());
        assertSame(worker.leaseManagement().kinesisClient(), check.shards().kinesis());
        assertSame(LISTENER, worker.scheduler().workerStateChangeListener());
        assertSame(worker.scheduler().leaseManagementConfig(), worker.leaseManagement());
    }

    /** As long as its leases: stock KCL lets the lock stand for 2 minutes. */
    @ParameterizedTest
    @ValueSource(longs = {4567, 60_000})
    void theLeadersLockExpiresAfterThreeTimesTheFailoverTime(long failover) {
        LeaseManagementConfig leases =
                scheduler("failoverTimeMillis", String.valueOf(failover)).leaseManagementConfig();
        assertEquals(failover, leases.dynamoDbLockBasedLeaderHeartbeatPeriodInMillis());
        assertEquals(3 * failover, leases.dynamoDbLockBasedLeaderLeaseDurationInMillis());
    }

    /** Leases go to workers that have reported within two periods: with stock KCL's 30 s, to a killed one for a minute. */
    @ParameterizedTest
    @CsvSource({"4567, 4567", "60000, 30000"})
    void aKilledWorkerIsGivenNoLeasesForLong(long failover, long period) {
        LeaseManagementConfig leases =
                scheduler("failoverTimeMillis", String.valueOf(failover)).leaseManagementConfig();
        assertEquals(period, leases.workerUtilizationAwareAssignmentConfig().workerMetricsReporterFreqInMillis());
    }

    /** Stock KCL's minute hides that a lease has expired: it can't be looked at while it is being renewed. */
    @ParameterizedTest
    @CsvSource({"4567, 4567", "90000, 60000"})
    void aCallToDynamoDbHangsNoLongerThanALeaseLasts(long failover, long timeout) {
        LeaseManagementConfig leases =
                scheduler("failoverTimeMillis", String.valueOf(failover)).leaseManagementConfig();
        assertEquals(timeout, leases.dynamoDbRequestTimeout().toMillis());
    }

    @Test
    void theLeadersLockFollowsTheDefaultFailoverTime() {
        LeaseManagementConfig leases = scheduler().leaseManagementConfig();
        assertEquals(leases.failoverTimeMillis(), leases.dynamoDbLockBasedLeaderHeartbeatPeriodInMillis());
        assertEquals(3 * leases.failoverTimeMillis(), leases.dynamoDbLockBasedLeaderLeaseDurationInMillis());
    }

    @Test
    void tracksTheStreamByItsArnWithTheLeaseKeysOfASingleStream() {
        Scheduler scheduler = scheduler();
        assertEquals(STREAM, stream(scheduler).streamIdentifier().streamArnOptional().orElseThrow().toString());
        assertEquals("orders", stream(scheduler).streamIdentifier().streamName());
        assertEquals(false, scheduler.retrievalConfig().streamTracker().isMultiStream());
    }

    @Test
    void tracksAStreamWithAnEpochWithTheLeaseKeysOfSeveralStreams() {
        Scheduler scheduler = scheduler("launcher.streams", streams(entry(STREAM, ",'creationEpoch':1700000000")));
        assertEquals("222222222222:orders:1700000000", stream(scheduler).streamIdentifier().serialize());
        assertEquals(true, scheduler.retrievalConfig().streamTracker().isMultiStream());
    }

    @Test
    void tracksSeveralStreamsByTheirArns() {
        Scheduler scheduler = scheduler("launcher.streams", two("", ""));
        assertEquals(2, scheduler.retrievalConfig().streamTracker().streamConfigList().size());
        assertEquals(STREAM, stream(scheduler, 0).streamIdentifier().streamArnOptional().orElseThrow().toString());
        assertEquals(OTHER, stream(scheduler, 1).streamIdentifier().streamArnOptional().orElseThrow().toString());
        assertEquals(true, scheduler.isMultiStreamMode());
    }

    @Test
    void startsAStreamAtItsOwnPositionAndTheOthersAtThatOfTheStockKeys() {
        Scheduler scheduler = scheduler(
                "launcher.streams", two("", ",'initialPosition':'LATEST'"), "initialPositionInStream", "TRIM_HORIZON");
        assertEquals(
                InitialPositionInStream.TRIM_HORIZON,
                stream(scheduler, 0).initialPositionInStreamExtended().getInitialPositionInStream());
        assertEquals(
                InitialPositionInStream.LATEST,
                stream(scheduler, 1).initialPositionInStreamExtended().getInitialPositionInStream());
    }

    @Test
    void keepsTheLeasesOfFormerStreamsForTheirRetention() {
        Scheduler scheduler = scheduler(
                "launcher.streams", two("", ""), "launcher.formerStreamsLeaseRetentionMs", "5000");
        assertEquals(
                Duration.ofSeconds(5),
                scheduler.retrievalConfig()
                        .streamTracker()
                        .formerStreamsLeasesDeletionStrategy()
                        .waitPeriodToDeleteFormerStreams());
    }

    @Test
    void readsNoShardsOfStreamsThatAreNotConfigured() {
        ShardPrioritization prioritization =
                scheduler("launcher.streams", two("", "")).coordinatorConfig().shardPrioritization();
        ShardInfo ours = new ShardInfo("s", "t", List.of(), null, "333333333333:orders:1700000001");
        ShardInfo former = new ShardInfo("s", "t", List.of(), null, "333333333333:orders:1600000000");
        assertEquals(List.of(ours), prioritization.prioritize(List.of(former, ours)));
    }

    @Test
    void readsTheArnsStreamWhateverTheStreamName() {
        Scheduler scheduler = scheduler("streamName", "something-else");
        assertEquals("orders", stream(scheduler).streamIdentifier().streamName());
    }

    @Test
    void startsAtTheConfiguredPosition() {
        assertEquals(
                InitialPositionInStream.TRIM_HORIZON,
                stream(scheduler("initialPositionInStream", "trim_horizon"))
                        .initialPositionInStreamExtended()
                        .getInitialPositionInStream());
    }

    /** Node always writes it, and it alone has the default. */
    @Test
    void refusesNoPosition() {
        Properties properties = properties();
        properties.remove(POSITION);
        MultiLangDaemonConfiguration configuration = configurator.getConfiguration(properties);
        LauncherException e = assertThrows(
                LauncherException.class, () -> configurator.worker(configuration, FACTORY, STOP, LISTENER));
        assertEquals(ExitCode.CONFIGURATION, e.exitCode());
        assertEquals("initialPositionInStream is missing; expected it or initialPositionInStreamExtended", e.getMessage());
    }

    @Test
    void startsAtTheConfiguredTime() {
        assertEquals(
                InitialPositionInStreamExtended.newInitialPositionAtTimestamp(
                        Date.from(Instant.ofEpochSecond(1_700_000_000))),
                stream(scheduler("initialPositionInStreamExtended", "1700000000")).initialPositionInStreamExtended());
    }

    @Test
    void startsAtTheLatestRecordUnlessTold() {
        assertEquals(
                InitialPositionInStream.LATEST,
                stream(scheduler()).initialPositionInStreamExtended().getInitialPositionInStream());
    }

    @Test
    void takesTheKeysThatMultilangDoesNotKnowYet() {
        Scheduler scheduler = scheduler(
                "leaseTableScanTotalSegments", " 5 ",
                "migrateAllEntitiesToLeaseTable", "true",
                "tableMigrationCompleteBakeTimeSeconds", "7200");
        assertEquals(5, scheduler.leaseManagementConfig().leaseTableScanTotalSegments());
        assertEquals(true, scheduler.coordinatorConfig().migrateAllEntitiesToLeaseTable());
        assertEquals(7200, scheduler.coordinatorConfig().tableMigrationCompleteBakeTimeSeconds());
    }

    @Test
    void takesTheKeysThatMultilangDoesNotHave() {
        Scheduler scheduler = scheduler(
                "leaseAssignmentStrategy", "lease_count_based",
                "billingMode", "PROVISIONED",
                "consistentReads", "true",
                "leasesRecoveryAuditorExecutionFrequencyMillis", "30000",
                "leasesRecoveryAuditorInconsistencyConfidenceThreshold", "2",
                "maxInitializationAttempts", "3");
        LeaseManagementConfig leases = scheduler.leaseManagementConfig();
        assertEquals(LeaseAssignmentStrategy.LEASE_COUNT_BASED, leases.leaseAssignmentStrategy());
        assertEquals(BillingMode.PROVISIONED, leases.billingMode());
        assertTrue(leases.consistentReads());
        assertEquals(30_000, leases.leasesRecoveryAuditorExecutionFrequencyMillis());
        assertEquals(2, leases.leasesRecoveryAuditorInconsistencyConfidenceThreshold());
    }

    @Test
    void fetchesAheadAsMuchAsIsSet() {
        Scheduler scheduler = scheduler(
                "maxPendingProcessRecordsInput", "1",
                "maxCacheByteSize", "1048576",
                "maxRecordsCount", "500");
        RecordsFetcherFactory fetchers =
                ((PollingConfig) scheduler.retrievalConfig().retrievalSpecificConfig()).recordsFetcherFactory();
        assertEquals(1, fetchers.maxPendingProcessRecordsInput());
        assertEquals(1_048_576, fetchers.maxByteSize());
        assertEquals(500, fetchers.maxRecordsCount());
        assertInstanceOf(PrefetchRecordsPublisher.class, publisher(scheduler, 0));
    }

    @Test
    void leavesKclsDefaultsForThoseKeys() {
        Scheduler scheduler = scheduler("leaseTableScanTotalSegments", " ");
        assertEquals(0, scheduler.leaseManagementConfig().leaseTableScanTotalSegments());
        assertEquals(false, scheduler.coordinatorConfig().migrateAllEntitiesToLeaseTable());
        assertEquals(86_400, scheduler.coordinatorConfig().tableMigrationCompleteBakeTimeSeconds());
    }

    /** Whatever Node's check of the configuration (src/config/stock-keys.ts) lets pass. */
    @ParameterizedTest
    @CsvSource({"true,true", "YES,true", "y,true", "on,true", "1,true", "false,false", "no,false", "0,false"})
    void takesABooleanAsTheStockHandlingDoes(String text, boolean expected) {
        assertEquals(
                expected,
                scheduler("migrateAllEntitiesToLeaseTable", text).coordinatorConfig().migrateAllEntitiesToLeaseTable());
    }

    @ParameterizedTest
    @CsvSource({
        "leaseTableScanTotalSegments, many",
        "leaseTableScanTotalSegments, 0",
        "leaseTableScanTotalSegments, 9999999999",
        "tableMigrationCompleteBakeTimeSeconds, 1h",
        "maxPendingProcessRecordsInput, 6",
        "maxPendingProcessRecordsInput, 0",
        "maxCacheByteSize, 1m",
        "leaseAssignmentStrategy, by hand",
        "billingMode, free",
        "consistentReads, perhaps",
        "migrateAllEntitiesToLeaseTable, perhaps"
    })
    void refusesABadValueOfThoseKeysAndNamesIt(String key, String value) {
        String message = refusal(key, value);
        assertTrue(message.contains(key) && message.contains(value), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEFAULT", "POLLING", "polling"})
    void pollsWithoutAConsumer(String mode) {
        Scheduler scheduler = scheduler("retrievalMode", mode);
        assertInstanceOf(PrefetchRecordsPublisher.class, publisher(scheduler, 0));
        assertNull(stream(scheduler).consumerArn());
    }

    private static void assertFansOut(RecordsPublisher publisher) {
        assertSame(SubscriptionWatch.class, publisher.getClass().getEnclosingClass());
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEFAULT", "FANOUT", "fanout"})
    void usesTheConsumerWhoseArnIsGiven(String mode) {
        Scheduler scheduler = scheduler("retrievalMode", mode, "launcher.streams", withConsumer());
        assertFansOut(publisher(scheduler, 0));
        assertEquals(CONSUMER, stream(scheduler).consumerArn());
    }

    @Test
    void usesTheConsumerAlsoIfAPollingKeyIsSet() {
        Scheduler scheduler = scheduler("maxRecords", "5", "launcher.streams", withConsumer());
        assertFansOut(publisher(scheduler, 0));
    }

    @Test
    void usesTheConsumerOfAStreamAndPollsTheOthers() {
        Scheduler scheduler = scheduler("launcher.streams", two(",'consumerArn':'" + CONSUMER + "'", ""));
        assertFansOut(publisher(scheduler, 0));
        assertInstanceOf(PrefetchRecordsPublisher.class, publisher(scheduler, 1));
    }

    @Test
    void refusesFanOutWithoutAConsumer() {
        assertEquals(
                "retrievalMode is FANOUT and consumerArn of " + STREAM + " is null; fan-out needs the ARN of a shared"
                        + " consumer, polling must be without",
                refusal("retrievalMode", "FANOUT"));
    }

    @Test
    void refusesFanOutIfOneOfTheStreamsHasNoConsumer() {
        String message = refusal(
                "retrievalMode", "FANOUT", "launcher.streams", two(",'consumerArn':'" + CONSUMER + "'", ""));
        assertTrue(message.startsWith("retrievalMode is FANOUT and consumerArn of " + OTHER + " is null;"), message);
    }

    @Test
    void refusesPollingWithAConsumer() {
        String message = refusal("retrievalMode", "POLLING", "launcher.streams", withConsumer());
        assertTrue(
                message.startsWith("retrievalMode is POLLING and consumerArn of " + STREAM + " is " + CONSUMER + ";"),
                message);
    }

    @Test
    void refusesPollingIfOneOfTheStreamsHasAConsumer() {
        String message = refusal(
                "retrievalMode", "POLLING", "launcher.streams", two("", ",'consumerArn':'" + CONSUMER + "'"));
        assertTrue(
                message.startsWith("retrievalMode is POLLING and consumerArn of " + OTHER + " is " + CONSUMER + ";"),
                message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  "})
    void refusesAStreamByItsNameAlone(String streams) {
        assertEquals(
                "launcher settings: launcher.streams is missing; the streams to read, as a JSON array",
                refusal("launcher.streams", streams, "streamName", "orders"));
    }

    @Test
    void keepsTheLeaseTableInTheStreamsRegionUnlessTold() {
        Scheduler scheduler = scheduler();
        assertEquals(
                Region.EU_WEST_1,
                scheduler.leaseManagementConfig().dynamoDBClient().serviceClientConfiguration().region());
    }

    @Test
    void movesLeaseTableAndMetricsToAnotherRegionAndNotTheStream() {
        Scheduler scheduler = scheduler("launcher.leaseTableRegion", "ap-southeast-2");
        assertEquals(
                Region.AP_SOUTHEAST_2,
                scheduler.leaseManagementConfig().dynamoDBClient().serviceClientConfiguration().region());
        assertEquals(
                Region.AP_SOUTHEAST_2,
                scheduler.metricsConfig().cloudWatchClient().serviceClientConfiguration().region());
        assertEquals(
                Region.EU_WEST_1,
                scheduler.retrievalConfig().kinesisClient().serviceClientConfiguration().region());
    }

    /** In place of the worker's own credentials, whose provider must have a name. */
    public static final class Base implements AwsCredentialsProvider {
        public Base() {}

        @Override
        public AwsCredentials resolveCredentials() {
            return AwsBasicCredentials.create("AKIABASE", "secret");
        }
    }

    @Test
    @ResourceLock(StubSts.PROPERTY)
    void assumesTheStreamRoleForKinesisAlone() throws Exception {
        try (StubSts sts = new StubSts()) {
            Scheduler scheduler = scheduler(
                    "AwsCredentialsProvider", Base.class.getName(),
                    "launcher.leaseTableRegion", "ap-southeast-2",
                    "launcher.streamRoleArn", ROLE,
                    "launcher.streamRoleExternalId", "x-1");
            assertEquals(
                    "AKIABASE",
                    accessKey(scheduler.leaseManagementConfig().dynamoDBClient().serviceClientConfiguration()));
            assertEquals(
                    "AKIABASE", accessKey(scheduler.metricsConfig().cloudWatchClient().serviceClientConfiguration()));
            assertEquals(List.of(), sts.calls());

            assertEquals(
                    StubSts.ACCESS_KEY,
                    accessKey(scheduler.retrievalConfig().kinesisClient().serviceClientConfiguration()));
            StubSts.Call call = sts.calls().get(0);
            assertEquals(ROLE, call.parameters().get("RoleArn"));
            assertEquals("x-1", call.parameters().get("ExternalId"));
            assertTrue(call.authorization().contains("Credential=AKIABASE/"), call.authorization());
            assertTrue(call.authorization().contains("/eu-west-1/sts/"), call.authorization());
        }
    }

    @Test
    void usesTheWorkersOwnCredentialsForKinesisWithoutAStreamRole() {
        Scheduler scheduler = scheduler("AwsCredentialsProvider", Base.class.getName());
        assertEquals(
                "AKIABASE", accessKey(scheduler.retrievalConfig().kinesisClient().serviceClientConfiguration()));
    }

    @Test
    void asksNodeForABeanOfTheServedCredentials() {
        Scheduler scheduler = scheduler(
                "launcher.credentialsSocketPath", "/nowhere/aws.sock",
                "dynamoDBCredentialsProvider.class", ServedCredentials.class.getName());
        try {
            RuntimeException failure = assertThrows(
                    RuntimeException.class,
                    () -> accessKey(scheduler.leaseManagementConfig().dynamoDBClient().serviceClientConfiguration()));
            assertTrue(failure.getMessage().startsWith("Node could not be asked"), failure.toString());
        } finally {
            ServedCredentials.servedAt(null);
        }
    }

    @Test
    void takesItsOwnKeysAwayFromTheStockHandling() {
        Properties properties = properties(
                "launcher.initialLeaseSyncMaxWaitMs", "5",
                "leaseTableScanTotalSegments", "5",
                "migrateAllEntitiesToLeaseTable", "true",
                "tableMigrationCompleteBakeTimeSeconds", "7200");
        configurator.getConfiguration(properties);
        Set<String> expected = new HashSet<>(properties().stringPropertyNames());
        expected.removeIf(key -> key.startsWith("launcher."));
        expected.add("streamArn");
        assertEquals(expected, properties.stringPropertyNames());
        assertEquals(Path.of("/run/node.sock"), configurator.settings().socket());
        assertEquals(Duration.ofMillis(5), configurator.settings().initialLeaseSyncMaxWait());
    }
}
