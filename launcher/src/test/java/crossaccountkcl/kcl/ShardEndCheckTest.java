package crossaccountkcl.kcl;

import static crossaccountkcl.Fakes.ListedShards.closed;
import static crossaccountkcl.Fakes.ListedShards.open;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.StopSignal;
import crossaccountkcl.TrackedStreams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.arns.Arn;
import software.amazon.kinesis.checkpoint.ShardRecordProcessorCheckpointer;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.exceptions.KinesisClientLibException;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.Checkpointer;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

class ShardEndCheckTest {
    private record Stop(int code, String reason, Throwable cause) {}

    private static final String ARN = Fakes.STREAM_ARN;
    private static final StreamIdentifier MULTI =
            StreamIdentifier.multiStreamInstance("111111111111:orders:1700000000");
    private static final StreamIdentifier SINGLE = StreamIdentifier.singleStreamInstance(Arn.fromString(ARN));
    private static final String MULTI_LEASE = "111111111111:orders:1700000000:shard-1";
    private static final Stop REFUSAL = new Stop(
            ExitCode.ACCESS,
            "Kinesis did not find the shard shard-1 of " + ARN + ", and lists the shard as open."
                    + " The checkpoints stay where they are",
            null);

    /** What the delegate does at the shard's end. */
    private enum End {
        CHECKPOINTS {
            @Override
            void run(RecordProcessorCheckpointer checkpointer) throws KinesisClientLibException {
                checkpointer.checkpoint();
            }
        },
        CHECKPOINTS_NOTHING {
            @Override
            void run(RecordProcessorCheckpointer checkpointer) {}
        },
        /** It left records. */
        CHECKPOINTS_A_RECORD {
            @Override
            void run(RecordProcessorCheckpointer checkpointer) throws KinesisClientLibException {
                checkpointer.checkpoint("7", 0);
            }
        },
        IS_REFUSED {
            @Override
            void run(RecordProcessorCheckpointer checkpointer) {
                assertThrows(ShutdownException.class, checkpointer::checkpoint);
            }
        };

        abstract void run(RecordProcessorCheckpointer checkpointer) throws KinesisClientLibException;
    }

    private final CapturedLog log = new CapturedLog(ShardEndCheck.class);
    private final Fakes.ListedShards kinesis = new Fakes.ListedShards();
    private final List<Object> delegated = new ArrayList<>();
    private final List<Stop> stops = new ArrayList<>();
    private final List<String> dropped = new ArrayList<>();
    private final ReportedEnds ends = new ReportedEnds();
    private StreamIdentifier stream = MULTI;
    private End atTheEnd = End.CHECKPOINTS;

    private final StopSignal stop = new StopSignal() {
        @Override
        public void request(int code, String reason, Throwable cause) {
            stops.add(new Stop(code, reason, cause));
        }

        @Override
        public void dropLease(String leaseKey) {
            dropped.add(leaseKey);
        }
    };

    /** KCL's own, on a lease table that takes everything unless the processor is to be refused. */
    private final ShardRecordProcessorCheckpointer checkpointer = new ShardRecordProcessorCheckpointer(
            new ShardInfo("shard-1", "token", List.of(), ExtendedSequenceNumber.LATEST),
            Fakes.as(Checkpointer.class, new Object() {
                @SuppressWarnings("unused") // called through the proxy
                void setCheckpoint(String leaseKey, ExtendedSequenceNumber checkpoint, String token)
                        throws KinesisClientLibException {
                    if (atTheEnd == End.IS_REFUSED) throw new ShutdownException("lease lost");
                }
            }));

    @AfterEach
    void endLog() {
        log.close();
    }

    private final class Delegate implements ShardRecordProcessor {
        @Override
        public void initialize(InitializationInput input) {
            delegated.add(input);
        }

        @Override
        public void processRecords(ProcessRecordsInput input) {
            delegated.add(input);
        }

        @Override
        public void leaseLost(LeaseLostInput input) {
            delegated.add(input);
        }

        @Override
        public void shardEnded(ShardEndedInput input) {
            delegated.add(input);
            try {
                atTheEnd.run(input.checkpointer());
            } catch (KinesisClientLibException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void shutdownRequested(ShutdownRequestedInput input) {
            delegated.add(input);
        }
    }

    private static InitializationInput initialization(String shard) {
        return InitializationInput.builder()
                .shardId(shard)
                .extendedSequenceNumber(ExtendedSequenceNumber.TRIM_HORIZON)
                .build();
    }

    /** Kinesis names the shard's children. */
    private void reportEnd(String shard) {
        String serialized = stream == MULTI ? MULTI.serialize() : null;
        EndReport.through(
                ends, new ShardInfo(shard, "token", List.of(), ExtendedSequenceNumber.LATEST, serialized), null, true);
    }

    private ShardEndCheck check() {
        String epoch = stream == MULTI ? ",'creationEpoch':1700000000" : "";
        ShardRecordProcessorFactory processors = new ShardRecordProcessorFactory() {
            @Override
            public ShardRecordProcessor shardRecordProcessor() {
                throw new AssertionError("without the stream");
            }

            @Override
            public ShardRecordProcessor shardRecordProcessor(StreamIdentifier of) {
                assertEquals(stream, of);
                return new Delegate();
            }
        };
        TrackedStreams streams = Fakes.streams("[{'streamArn':'" + ARN + "'" + epoch + "}]");
        return new ShardEndCheck(processors, new ShardStates(streams, kinesis, Duration.ZERO), ends, stop);
    }

    private ShardRecordProcessor initialized() {
        ShardRecordProcessor processor = check().shardRecordProcessor(stream);
        processor.initialize(initialization("shard-1"));
        delegated.clear();
        return processor;
    }

    /** As KCL's ShutdownTask calls it. */
    private ShardEndedInput end() {
        checkpointer.sequenceNumberAtShardEnd(checkpointer.largestPermittedCheckpointValue());
        checkpointer.largestPermittedCheckpointValue(ExtendedSequenceNumber.SHARD_END);
        return ShardEndedInput.builder().checkpointer(checkpointer).build();
    }

    @Test
    void letsTheEndOfAClosedShardThroughAndKeepsItsLease() {
        kinesis.page(null, closed("shard-1"));
        reportEnd("shard-1");
        ShardEndedInput end = end();
        initialized().shardEnded(end);
        assertEquals(List.of(end), delegated);
        assertEquals(ExtendedSequenceNumber.SHARD_END, checkpointer.lastCheckpointValue());
        assertEquals(List.of(), stops);
        assertEquals(List.of(), dropped);
        assertEquals(List.of(), log.warnings());
    }

    /** KCL makes a checkpoint at the last record the shard's end. */
    @Test
    void takesACheckpointAtTheLastRecordForTheEnd() {
        kinesis.page(null, closed("shard-1"));
        reportEnd("shard-1");
        checkpointer.largestPermittedCheckpointValue(new ExtendedSequenceNumber("7", 0L));
        atTheEnd = End.CHECKPOINTS_A_RECORD;
        initialized().shardEnded(end());
        assertEquals(ExtendedSequenceNumber.SHARD_END, checkpointer.lastCheckpointValue());
        assertEquals(List.of(), dropped);
    }

    @Test
    void refusesTheEndOfAnOpenShardAndDropsItsLease() {
        kinesis.page(null, open("shard-1"));
        initialized().shardEnded(end());
        assertEquals(List.of(), delegated);
        assertEquals(List.of(REFUSAL), stops);
        assertEquals(List.of(MULTI_LEASE), dropped);
    }

    @ParameterizedTest
    @EnumSource(names = "CHECKPOINTS", mode = EnumSource.Mode.EXCLUDE)
    void dropsTheLeaseOfAShardWhoseEndWasNotCheckpointed(End end) {
        kinesis.page(null, closed("shard-1"));
        reportEnd("shard-1");
        checkpointer.largestPermittedCheckpointValue(new ExtendedSequenceNumber("9", 0L));
        atTheEnd = end;
        initialized().shardEnded(end());
        assertEquals(1, delegated.size());
        assertEquals(List.of(MULTI_LEASE), dropped);
        assertEquals(List.of(), stops);
        assertEquals(1, log.warnings().size());
        String warning = log.warnings().get(0);
        assertTrue(warning.startsWith("The end of " + MULTI + " shard-1 is not checkpointed"), warning);
    }

    @Test
    void namesTheLeaseOfASingleStreamByTheShardAlone() {
        stream = SINGLE;
        kinesis.page(null, open("shard-1"));
        initialized().shardEnded(end());
        assertEquals(List.of("shard-1"), dropped);

        kinesis.page(null, closed("shard-1"));
        reportEnd("shard-1");
        atTheEnd = End.CHECKPOINTS_NOTHING;
        initialized().shardEnded(end());
        assertEquals(List.of("shard-1", "shard-1"), dropped);
    }

    @Test
    void asksNothingAgainAfterARefusal() {
        kinesis.page(null, open("shard-1"));
        ShardRecordProcessor processor = initialized();
        processor.shardEnded(end());
        processor.shardEnded(end());
        processor.shardEnded(end());
        assertEquals(1, kinesis.asked.size());
        assertEquals(1, stops.size());
        assertEquals(1, dropped.size());
        assertEquals(List.of(), delegated);
    }

    @Test
    void tellsTheProcessorOnlyOnceOfAnEndThatItDidNotCheckpoint() {
        kinesis.page(null, closed("shard-1"));
        reportEnd("shard-1");
        atTheEnd = End.CHECKPOINTS_NOTHING;
        ShardRecordProcessor processor = initialized();
        processor.shardEnded(end());
        atTheEnd = End.CHECKPOINTS;
        processor.shardEnded(end());
        assertEquals(1, delegated.size());
        assertEquals(1, kinesis.asked.size());
        assertEquals(1, dropped.size());
    }

    @Test
    void aRefusalOfOneShardSaysNothingOfAnother() {
        ShardEndCheck check = check();
        ShardRecordProcessor first = check.shardRecordProcessor(stream);
        ShardRecordProcessor second = check.shardRecordProcessor(stream);
        first.initialize(initialization("shard-1"));
        second.initialize(initialization("shard-2"));
        delegated.clear();
        kinesis.page(null, open("shard-1"), closed("shard-2"));
        kinesis.page(null, open("shard-1"), closed("shard-2"));
        first.shardEnded(end());
        ShardEndedInput end = end();
        reportEnd("shard-2");
        second.shardEnded(end);
        assertEquals(List.of(end), delegated);
        assertEquals(List.of(MULTI_LEASE), dropped);
    }

    @Test
    void passesEverythingElseOn() {
        ShardRecordProcessor processor = check().shardRecordProcessor(stream);
        InitializationInput initialization = initialization("shard-1");
        ProcessRecordsInput records =
                ProcessRecordsInput.builder().records(List.of()).build();
        LeaseLostInput lost = LeaseLostInput.builder().build();
        ShutdownRequestedInput shutdown = ShutdownRequestedInput.builder().build();
        processor.initialize(initialization);
        processor.processRecords(records);
        processor.shutdownRequested(shutdown);
        processor.leaseLost(lost);
        assertEquals(List.of(initialization, records, shutdown, lost), delegated);
        assertEquals(List.of(), kinesis.asked);
        assertEquals(List.of(), dropped);
    }

    @Test
    void passesTheShutdownOnAlsoAfterARefusal() {
        kinesis.page(null, open("shard-1"));
        ShardRecordProcessor processor = initialized();
        processor.shardEnded(end());
        ShutdownRequestedInput shutdown = ShutdownRequestedInput.builder().build();
        LeaseLostInput lost = LeaseLostInput.builder().build();
        processor.shutdownRequested(shutdown);
        processor.leaseLost(lost);
        assertEquals(List.of(shutdown, lost), delegated);
    }

    @Test
    void hasNoProcessorWithoutAStream() {
        assertThrows(UnsupportedOperationException.class, () -> check().shardRecordProcessor());
    }
}
