package crossaccountkcl.kcl;

import crossaccountkcl.ExitCode;
import crossaccountkcl.StopSignal;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.checkpoint.ShardRecordProcessorCheckpointer;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.MultiStreamLease;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Lets a shard's end through only if it is proven that all of its records were handed to the processor. KCL (3.5.1)
 * breaks this in two ways. It takes every ResourceNotFoundException for the end of the shard (FanOutRecordsPublisher
 * and KinesisDataFetcher): when the owner deletes the consumer or the stream, all shards would be checkpointed as read
 * to their end, and never be read again. And it takes a batch that comes together with the end, and failed, for handled
 * (ProcessTask).
 *
 * <p>A shard whose end is not checkpointed, for this reason or because the processor did not, is dropped.
 */
public record ShardEndCheck(
        ShardRecordProcessorFactory processors, ShardStates shards, ReportedEnds ends, StopSignal stop)
        implements ShardRecordProcessorFactory {
    private static final Logger LOG = LoggerFactory.getLogger(ShardEndCheck.class);

    @Override
    public ShardRecordProcessor shardRecordProcessor() {
        throw new UnsupportedOperationException("KCL 3 asks for the processor of a stream");
    }

    @Override
    public ShardRecordProcessor shardRecordProcessor(StreamIdentifier stream) {
        return new Processor(processors.shardRecordProcessor(stream), stream);
    }

    private final class Processor implements LeavableProcessor {
        private final ShardRecordProcessor processor;
        private final StreamIdentifier stream;
        private volatile String shardId;
        /** Of the last record that the processor was given, or where reading began. */
        private ExtendedSequenceNumber position;

        private boolean skipped;
        private boolean notEnded;

        Processor(ShardRecordProcessor processor, StreamIdentifier stream) {
            this.processor = processor;
            this.stream = stream;
        }

        @Override
        public void shardEnded(ShardEndedInput input) {
            if (notEnded) return; // KCL asks until the lease is gone
            if (isProven()) {
                processor.shardEnded(input);
                if (isCheckpointed(input)) return;
                LOG.warn("The end of {} {} is not checkpointed; the shard is left to the next worker", stream, shardId);
            }
            notEnded = true;
            stop.dropLease(leaseKey());
        }

        /** Asks for the worker's stop if it is not. */
        private boolean isProven() {
            if (skipped) return false;
            ReportedEnds.End reported = ends.of(leaseKey());
            String last = reported.lastRecord();
            boolean delivered = last == null || last.equals(position.sequenceNumber());
            String reason;
            try {
                reason = shards.whyNotEnded(stream, shardId, position, delivered ? reported : reported.doubted());
            } catch (RuntimeException e) {
                reason = "the end of " + shardId + " can't be proven: " + e;
            }
            if (reason == null) return true;
            if (!delivered) {
                reason = "KCL did not hand over the last records of " + leaseKey() + ", and the log above says why: "
                        + reason;
            }
            int code = delivered ? ExitCode.ACCESS : ExitCode.DAEMON;
            stop.request(code, reason + ". The checkpoints stay where they are", null);
            return false;
        }

        private boolean isCheckpointed(ShardEndedInput input) {
            return input.checkpointer() instanceof ShardRecordProcessorCheckpointer checkpointer
                    && ExtendedSequenceNumber.SHARD_END.equals(checkpointer.lastCheckpointValue());
        }

        private String leaseKey() {
            boolean multiStream = stream.streamCreationEpochOptional().isPresent();
            return multiStream ? MultiStreamLease.getLeaseKey(stream.serialize(), shardId) : shardId;
        }

        @Override
        public void initialize(InitializationInput input) {
            shardId = input.shardId();
            position = input.extendedSequenceNumber();
            processor.initialize(input);
        }

        @Override
        public boolean isInitialized() {
            return shardId != null;
        }

        @Override
        public boolean isDelivering() {
            return processor instanceof LeavableProcessor leavable && leavable.isDelivering();
        }

        @Override
        public void leave(Reason reason) {
            if (processor instanceof LeavableProcessor leavable) leavable.leave(reason);
        }

        @Override
        public void processRecords(ProcessRecordsInput input) {
            if (skipped) return;
            try {
                processor.processRecords(input);
            } catch (RuntimeException | Error e) {
                skipped = true; // KCL logs it and continues with the next batch, or with the shard's end
                SkippedBatches.stop(stop, leaseKey());
                throw e;
            }
            List<KinesisClientRecord> records = input.records();
            if (records.isEmpty()) return;
            KinesisClientRecord last = records.get(records.size() - 1);
            position = new ExtendedSequenceNumber(last.sequenceNumber(), last.subSequenceNumber());
        }

        @Override
        public void leaseLost(LeaseLostInput input) {
            processor.leaseLost(input);
        }

        @Override
        public void shutdownRequested(ShutdownRequestedInput input) {
            processor.shutdownRequested(input);
        }
    }
}
