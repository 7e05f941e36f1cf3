package crossaccountkcl;

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
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/**
 * Lets a shard's end through only if Kinesis says that the shard is closed. KCL (3.5.1, FanOutRecordsPublisher and
 * KinesisDataFetcher) takes every ResourceNotFoundException for the end of the shard: when the owner deletes the
 * consumer or the stream, all shards would be checkpointed as read to their end, and never be read again.
 *
 * <p>A shard whose end is not checkpointed, for this reason or because the processor did not, is dropped.
 */
public record ShardEndCheck(ShardRecordProcessorFactory processors, ShardStates shards, StopSignal stop)
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
        private boolean notEnded;

        Processor(ShardRecordProcessor processor, StreamIdentifier stream) {
            this.processor = processor;
            this.stream = stream;
        }

        @Override
        public void shardEnded(ShardEndedInput input) {
            if (notEnded) return; // KCL asks until the lease is gone
            String reason = shards.whyNotEnded(stream, shardId);
            if (reason == null) {
                processor.shardEnded(input);
                if (isCheckpointed(input)) return;
                LOG.warn("The end of {} {} is not checkpointed; the shard is left to the next worker", stream, shardId);
            } else {
                stop.request(ExitCode.ACCESS, reason + ". The checkpoints stay where they are", null);
            }
            notEnded = true;
            stop.dropLease(leaseKey());
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
            processor.processRecords(input);
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
