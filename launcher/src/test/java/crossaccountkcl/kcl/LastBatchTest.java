package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.StopSignal;
import crossaccountkcl.TrackedStreams;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.arns.Arn;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.kinesis.checkpoint.ShardRecordProcessorCheckpointer;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.exceptions.KinesisClientLibException;
import software.amazon.kinesis.leases.LeaseStatsRecorder;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.ProcessTask;
import software.amazon.kinesis.lifecycle.TaskOutcome;
import software.amazon.kinesis.lifecycle.TaskResult;
import software.amazon.kinesis.lifecycle.TaskType;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.TaskExecutionListenerInput;
import software.amazon.kinesis.metrics.NullMetricsFactory;
import software.amazon.kinesis.processor.Checkpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.ThrottlingReporter;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * A batch that holds the last records of a shard and its end, through KCL's own task: whatever fails in it, KCL reports
 * the end of the shard and nothing else.
 */
class LastBatchTest {
    private static final StreamIdentifier STREAM =
            StreamIdentifier.singleStreamInstance(Arn.fromString(Fakes.STREAM_ARN));
    private static final ShardInfo SHARD =
            new ShardInfo("shard-1", "token", List.of(), new ExtendedSequenceNumber("1"), null);
    private static final String NOT_HANDED_OVER = "KCL did not hand over the last records of shard-1, and the log above"
            + " says why: the shard shard-1 of " + Fakes.STREAM_ARN + " has records behind 1 that were not read."
            + " The checkpoints stay where they are";

    private final List<String> stops = new ArrayList<>();
    private final List<String> dropped = new ArrayList<>();
    private final List<ExtendedSequenceNumber> stored = new ArrayList<>();
    private final ReportedEnds ends = new ReportedEnds();

    private final StopSignal stop = new StopSignal() {
        @Override
        public void request(int exitCode, String reason, Throwable cause) {
            stops.add(exitCode + " " + reason);
        }

        @Override
        public void dropLease(String leaseKey) {
            dropped.add(leaseKey);
        }
    };

    private final ShardRecordProcessorCheckpointer checkpointer =
            new ShardRecordProcessorCheckpointer(SHARD, Fakes.as(Checkpointer.class, new Object() {
                @SuppressWarnings("unused") // called through the proxy
                void operation(String operation) {}

                @SuppressWarnings("unused")
                void setCheckpoint(String leaseKey, ExtendedSequenceNumber checkpoint, String token) {
                    stored.add(checkpoint);
                }
            }));

    private int last = 2;

    /** The shard is closed and holds the records from 1 to the last. */
    private final Fakes.ListedShards kinesis = new Fakes.ListedShards() {
        @Override
        public CompletableFuture<GetShardIteratorResponse> getShardIterator(GetShardIteratorRequest request) {
            return CompletableFuture.completedFuture(GetShardIteratorResponse.builder()
                    .shardIterator(request.startingSequenceNumber())
                    .build());
        }

        @Override
        public CompletableFuture<GetRecordsResponse> getRecords(GetRecordsRequest request) {
            int from = Integer.parseInt(request.shardIterator());
            Record record = Record.builder()
                    .sequenceNumber(request.shardIterator())
                    .data(SdkBytes.fromUtf8String("data"))
                    .build();
            return CompletableFuture.completedFuture(GetRecordsResponse.builder()
                    .records(record)
                    .nextShardIterator(from == last ? null : "2")
                    .build());
        }
    };

    /** What the processor does with records; at the shard's end it checkpoints. */
    private Runnable handling = () -> {};

    private AggregatorUtil aggregator = new AggregatorUtil();

    private final class Delegate implements Fakes.IdleProcessor {
        @Override
        public void processRecords(ProcessRecordsInput input) {
            handling.run();
        }

        @Override
        public void shardEnded(ShardEndedInput input) {
            try {
                input.checkpointer().checkpoint();
            } catch (KinesisClientLibException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static KinesisClientRecord record(String sequenceNumber) {
        return KinesisClientRecord.builder()
                .sequenceNumber(sequenceNumber)
                .partitionKey("key")
                .data(ByteBuffer.wrap("data".getBytes()))
                .build();
    }

    /** As KCL's ShardConsumer runs its tasks, up to the shard's end. */
    private void run(KinesisClientRecord... records) {
        TrackedStreams streams = Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "'}]");
        ShardRecordProcessorFactory factory = new ShardRecordProcessorFactory() {
            @Override
            public ShardRecordProcessor shardRecordProcessor() {
                return new Delegate();
            }
        };
        ShardRecordProcessor processor = new ShardEndCheck(
                        factory, new ShardStates(streams, kinesis, Duration.ZERO), ends, stop)
                .shardRecordProcessor(STREAM);
        SkippedBatches batches = new SkippedBatches(stop);
        processor.initialize(InitializationInput.builder()
                .shardId("shard-1")
                .extendedSequenceNumber(SHARD.checkpoint())
                .build());
        checkpointer.largestPermittedCheckpointValue(SHARD.checkpoint());
        checkpointer.setInitialCheckpointValue(SHARD.checkpoint());
        kinesis.page(null, Fakes.ListedShards.closed("shard-1"), Fakes.ListedShards.open("shard-2"));

        ProcessRecordsInput batch = EndReport.through(ends, SHARD, null, true, records);
        batches.beforeTaskExecution(input(null));
        TaskResult result = new ProcessTask(
                        SHARD,
                        processor,
                        checkpointer,
                        0,
                        true,
                        null,
                        new ThrottlingReporter(5, "shard-1"),
                        batch,
                        false,
                        0,
                        aggregator,
                        new NullMetricsFactory(),
                        null,
                        new LeaseStatsRecorder(1_000L, System::currentTimeMillis))
                .call();
        assertTrue(result.isShardEndReached());
        assertNull(result.getException());
        batches.afterTaskExecution(input(TaskOutcome.END_OF_SHARD));

        checkpointer.sequenceNumberAtShardEnd(checkpointer.largestPermittedCheckpointValue());
        checkpointer.largestPermittedCheckpointValue(ExtendedSequenceNumber.SHARD_END);
        processor.shardEnded(ShardEndedInput.builder().checkpointer(checkpointer).build());
    }

    private static TaskExecutionListenerInput input(TaskOutcome outcome) {
        return TaskExecutionListenerInput.builder()
                .shardInfo(SHARD)
                .taskType(TaskType.PROCESS)
                .taskOutcome(outcome)
                .build();
    }

    private void assertLeft(String stop) {
        assertEquals(List.of(stop), stops);
        assertEquals(List.of(), stored);
        assertEquals(List.of("shard-1"), dropped);
    }

    @Test
    void endsAShardWhoseLastRecordsWereHandled() {
        run(record("2"));
        assertEquals(List.of(ExtendedSequenceNumber.SHARD_END), stored);
        assertEquals(List.of(), stops);
    }

    @Test
    void doesNotEndAShardWhoseProcessorThrew() {
        handling = () -> {
            throw new IllegalStateException("thrown by the test");
        };
        run(record("2"));
        assertLeft(ExitCode.DAEMON + " KCL has skipped records of shard-1, and the log above says why. They are not"
                + " checkpointed and come again after a restart");
    }

    @Test
    void doesNotEndAShardWhenKclFailedBeforeTheProcessor() {
        aggregator = new AggregatorUtil() {
            @Override
            public List<KinesisClientRecord> deaggregate(List<KinesisClientRecord> records) {
                throw new IllegalStateException("thrown by the test");
            }
        };
        run(record("2"));
        assertLeft(ExitCode.DAEMON + " " + NOT_HANDED_OVER);
    }

    /** KCL begins at the checkpoint, and leaves out what it covers. */
    @Test
    void endsAShardWhoseLastRecordWasCheckpointedBefore() {
        last = 1;
        run(record("1"));
        assertEquals(List.of(ExtendedSequenceNumber.SHARD_END), stored);
        assertEquals(List.of(), stops);
    }
}
