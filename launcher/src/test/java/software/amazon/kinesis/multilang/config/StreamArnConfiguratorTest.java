package software.amazon.kinesis.multilang.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.LauncherSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.regions.Region;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.StreamConfig;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.coordinator.WorkerStateChangeListener;
import software.amazon.kinesis.leases.LeaseManagementConfig;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

class StreamArnConfiguratorTest {
    private static final String STREAM = "arn:aws:kinesis:eu-west-1:222222222222:stream/orders";
    private static final String CONSUMER = STREAM + "/consumer/c:1700000000";
    private static final ShardRecordProcessorFactory FACTORY = () -> null;
    private static final WorkerStateChangeListener LISTENER = state -> {};

    private final StreamArnConfigurator configurator = new StreamArnConfigurator();
    private MultiLangDaemonConfiguration configuration;

    private static Properties properties(String... more) {
        Properties properties = new Properties();
        properties.putAll(Map.of(
                "applicationName", "app",
                "streamArn", STREAM,
                "AwsCredentialsProvider", "AnonymousCredentialsProvider",
                "regionName", "eu-west-1",
                "workerId", "worker-1",
                "disableWorkerMetrics", "true",
                "launcher.socketPath", "/run/node.sock"));
        for (int i = 0; i < more.length; i += 2) properties.put(more[i], more[i + 1]);
        return properties;
    }

    private StreamArnConfigurator.Worker worker(String... more) {
        configuration = configurator.getConfiguration(properties(more));
        return configurator.worker(configuration, FACTORY, LISTENER);
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
        return scheduler.retrievalConfig().streamTracker().streamConfigList().get(0);
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
        PollingConfig polling =
                assertInstanceOf(PollingConfig.class, scheduler.retrievalConfig().retrievalSpecificConfig());
        assertEquals(123, polling.maxRecords());
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
                .worker(configurator.getConfiguration(properties), FACTORY, LISTENER)
                .leaseManagement();
        AwsCredentialsIdentity anonymous = leases.kinesisClient()
                .serviceClientConfiguration()
                .credentialsProvider()
                .resolveIdentity()
                .join();
        assertNull(anonymous.accessKeyId());
    }

    @Test
    void passesFactoryAndListenerToTheScheduler() {
        StreamArnConfigurator.Worker worker = worker();
        assertSame(FACTORY, worker.scheduler().processorConfig().shardRecordProcessorFactory());
        assertSame(LISTENER, worker.scheduler().workerStateChangeListener());
        assertSame(worker.scheduler().leaseManagementConfig(), worker.leaseManagement());
    }

    @Test
    void tracksTheStreamByItsArnWithTheLeaseKeysOfASingleStream() {
        Scheduler scheduler = scheduler();
        assertEquals(STREAM, stream(scheduler).streamIdentifier().streamArnOptional().orElseThrow().toString());
        assertEquals("orders", stream(scheduler).streamIdentifier().streamName());
        assertEquals(false, scheduler.retrievalConfig().streamTracker().isMultiStream());
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
        "migrateAllEntitiesToLeaseTable, perhaps"
    })
    void refusesABadValueOfThoseKeysAndNamesIt(String key, String value) {
        String message = refusal(key, value);
        assertTrue(message.contains(key) && message.contains(value), message);
    }

    @Test
    void pollsByDefaultWithoutAConsumer() {
        Scheduler scheduler = scheduler();
        assertInstanceOf(PollingConfig.class, scheduler.retrievalConfig().retrievalSpecificConfig());
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEFAULT", "FANOUT", "fanout"})
    void usesTheConsumerWhoseArnIsGiven(String mode) {
        Scheduler scheduler = scheduler("retrievalMode", mode, "consumerArn", CONSUMER);
        FanOutConfig fanOut =
                assertInstanceOf(FanOutConfig.class, scheduler.retrievalConfig().retrievalSpecificConfig());
        assertEquals(CONSUMER, fanOut.consumerArn());
    }

    @Test
    void usesTheConsumerAlsoIfAPollingKeyIsSet() {
        Scheduler scheduler = scheduler("maxRecords", "5", "consumerArn", CONSUMER);
        assertInstanceOf(FanOutConfig.class, scheduler.retrievalConfig().retrievalSpecificConfig());
    }

    @Test
    void refusesFanOutWithoutAConsumer() {
        assertEquals(
                "retrievalMode is FANOUT and consumerArn is null; fan-out needs the ARN of a shared consumer, polling"
                        + " must be without",
                refusal("retrievalMode", "FANOUT"));
    }

    @Test
    void refusesPollingWithAConsumer() {
        String message = refusal("retrievalMode", "POLLING", "consumerArn", CONSUMER);
        assertTrue(message.startsWith("retrievalMode is POLLING and consumerArn is " + CONSUMER + ";"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  "})
    void refusesAStreamByItsNameAlone(String arn) {
        assertEquals(
                "streamArn is missing; the name alone is not enough", refusal("streamArn", arn, "streamName", "orders"));
    }

    @Test
    void takesItsOwnKeysAwayFromTheStockHandling() {
        Properties properties = properties(
                "launcher.initialLeaseSyncMaxWaitMillis", "5",
                "consumerArn", CONSUMER,
                "leaseTableScanTotalSegments", "5",
                "migrateAllEntitiesToLeaseTable", "true",
                "tableMigrationCompleteBakeTimeSeconds", "7200");
        configurator.getConfiguration(properties);
        assertEquals(properties().size() - 1, properties.size(), properties.toString());
        assertTrue(properties.stringPropertyNames().stream().noneMatch(key -> key.startsWith("launcher.")));
        assertNull(properties.get("consumerArn"));
        assertEquals(
                new LauncherSettings(Path.of("/run/node.sock"), null, Duration.ofMillis(5)), configurator.settings());
    }
}
