import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.exceptions.InvalidStateException;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.metrics.MetricsLevel;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

/** Plain KCL: its scheduler, and a processor in the same JVM that checkpoints each batch. See progress.ts. */
public final class InProcess {
    private static final String PROGRESS_FILE = System.getenv("PROGRESS_FILE");
    private static final boolean LATENCY = System.getenv("MEASURE_LATENCY") != null;
    private static final int TIME_DIGITS = 13;

    static final class Processor implements ShardRecordProcessor {
        private String shard;

        @Override
        public void initialize(InitializationInput input) {
            shard = input.shardId();
        }

        @Override
        public void processRecords(ProcessRecordsInput input) {
            if (input.records().isEmpty()) return;
            long bytes = 0;
            StringBuilder latencies = new StringBuilder();
            for (KinesisClientRecord record : input.records()) {
                ByteBuffer data = record.data();
                bytes += data.remaining();
                if (LATENCY) latencies.append(System.currentTimeMillis() - putAt(data)).append(',');
            }
            if (LATENCY) latencies.setLength(latencies.length() - 1);
            String line = System.currentTimeMillis() + " " + shard + " " + input.records().size() + " " + bytes + " "
                    + latencies + "\n";
            try (FileOutputStream file = new FileOutputStream(PROGRESS_FILE, true)) {
                file.write(line.getBytes(StandardCharsets.US_ASCII));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            checkpoint(input.checkpointer());
        }

        private static long putAt(ByteBuffer data) {
            byte[] time = new byte[TIME_DIGITS];
            data.duplicate().get(time);
            return Long.parseLong(new String(time, StandardCharsets.US_ASCII));
        }

        @Override
        public void leaseLost(LeaseLostInput input) {}

        @Override
        public void shardEnded(ShardEndedInput input) {
            checkpoint(input.checkpointer());
        }

        @Override
        public void shutdownRequested(ShutdownRequestedInput input) {
            checkpoint(input.checkpointer());
        }

        /** After the last record that was delivered. */
        private static void checkpoint(RecordProcessorCheckpointer checkpointer) {
            try {
                checkpointer.checkpoint();
            } catch (ShutdownException | InvalidStateException e) {
                System.err.println(e);
            }
        }
    }

    public static void main(String[] arguments) {
        String stream = System.getenv("STREAM_NAME");
        var kinesis = KinesisClientUtil.createKinesisAsyncClient(
                KinesisAsyncClient.builder().endpointOverride(URI.create(System.getenv("KINESIS_ENDPOINT"))));
        var dynamoDb = DynamoDbAsyncClient.builder()
                .endpointOverride(URI.create(System.getenv("DYNAMODB_ENDPOINT")))
                .build();
        var position = InitialPositionInStreamExtended.newInitialPosition(
                InitialPositionInStream.valueOf(System.getenv().getOrDefault("POSITION", "TRIM_HORIZON")));
        var configs = new ConfigsBuilder(
                new SingleStreamTracker(stream, position),
                System.getenv("APPLICATION_NAME"),
                kinesis,
                dynamoDb,
                CloudWatchAsyncClient.create(),
                System.getenv("WORKER"),
                Processor::new);
        var polling = new PollingConfig(stream, kinesis);
        String idle = System.getenv("IDLE_BETWEEN_READS_MS");
        if (idle != null) polling.idleTimeBetweenReadsInMillis(Long.parseLong(idle));
        var leases = configs.leaseManagementConfig();
        var coordinator = configs.coordinatorConfig();
        if (System.getenv("SHORT_INTERVALS") != null) {
            leases.shardSyncIntervalMillis(100).leaseAssignmentIntervalMillis(500L);
            coordinator.parentShardPollIntervalMillis(500).schedulerInitializationBackoffTimeMillis(500);
        }
        var scheduler = new Scheduler(
                configs.checkpointConfig(),
                coordinator,
                leases,
                configs.lifecycleConfig(),
                configs.metricsConfig().metricsLevel(MetricsLevel.NONE),
                configs.processorConfig(),
                configs.retrievalConfig().retrievalSpecificConfig(polling));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                scheduler.startGracefulShutdown().get(10, TimeUnit.SECONDS);
            } catch (Exception e) {
                System.err.println(e);
            }
        }));
        scheduler.run();
    }

    private InProcess() {}
}
