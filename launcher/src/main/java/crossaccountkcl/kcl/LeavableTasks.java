package crossaccountkcl.kcl;

import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.ConsumerTask;
import software.amazon.kinesis.lifecycle.InitializeTask;
import software.amazon.kinesis.lifecycle.KinesisConsumerTaskFactory;
import software.amazon.kinesis.lifecycle.ProcessTask;
import software.amazon.kinesis.lifecycle.ShardConsumer;
import software.amazon.kinesis.lifecycle.ShardConsumerArgument;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.AggregatorUtil;
import software.amazon.kinesis.retrieval.ThrottlingReporter;

/**
 * KCL's tasks, but a shard that is to be left does not wait for its parents any more, and is not initialized: none of
 * its records was delivered, so there is nothing to checkpoint. KCL (3.5.1) repeats these two tasks until they succeed,
 * also when the worker stops or the lease is lost: {@code ShardConsumer} changes no state after a failure.
 */
public final class LeavableTasks extends KinesisConsumerTaskFactory {
    /** As in stock KCL. */
    private static final int MAX_THROTTLED_WARNINGS = 5;

    private volatile Map<ShardInfo, ShardConsumer> consumers = Map.of();

    /** The scheduler, which is made with these tasks, has the consumers. */
    public void of(Map<ShardInfo, ShardConsumer> consumers) {
        this.consumers = consumers;
    }

    @Override
    public ConsumerTask createBlockOnParentTask(ShardConsumerArgument argument) {
        return new LeavableTask(super.createBlockOnParentTask(argument), () -> isLeft(argument));
    }

    @Override
    public ConsumerTask createInitializeTask(ShardConsumerArgument argument) {
        Initialization processor = new Initialization(argument.shardRecordProcessor());
        ConsumerTask task = new InitializeTask(
                argument.shardInfo(),
                processor,
                argument.checkpoint(),
                argument.recordProcessorCheckpointer(),
                argument.initialPositionInStream(),
                argument.recordsPublisher(),
                argument.taskBackoffTimeMillis(),
                argument.metricsFactory());
        BooleanSupplier left = () -> isLeft(argument) && processor.prevent();
        return new LeavableTask(task, left);
    }

    /** Stock KCL's, but with the aggregates of the shard's stream. */
    @Override
    public ConsumerTask createProcessTask(ShardConsumerArgument argument, ProcessRecordsInput input) {
        AggregatorUtil aggregates = argument.aggregatorUtil();
        return new ProcessTask(
                argument.shardInfo(),
                argument.shardRecordProcessor(),
                argument.recordProcessorCheckpointer(),
                argument.taskBackoffTimeMillis(),
                argument.skipShardSyncAtWorkerInitializationIfLeasesExist(),
                argument.shardDetector(),
                new ThrottlingReporter(MAX_THROTTLED_WARNINGS, argument.shardInfo().shardId()),
                input,
                argument.shouldCallProcessRecordsEvenForEmptyRecordList(),
                argument.idleTimeInMilliseconds(),
                aggregates instanceof AggregatesOfStreams all ? all.of(argument.streamIdentifier()) : aggregates,
                argument.metricsFactory(),
                argument.schemaRegistryDecoder(),
                argument.leaseCoordinator().leaseStatsRecorder());
    }

    private boolean isLeft(ShardConsumerArgument argument) {
        ShardConsumer consumer = consumers.get(argument.shardInfo());
        return consumer != null && consumer.isShutdownRequested();
    }

    /** The only method of a record processor that the task calls; it is either begun or prevented. */
    static final class Initialization implements ShardRecordProcessor {
        private enum State {
            AHEAD,
            BEGUN,
            PREVENTED
        }

        private final ShardRecordProcessor processor;
        private final AtomicReference<State> state = new AtomicReference<>(State.AHEAD);

        Initialization(ShardRecordProcessor processor) {
            this.processor = processor;
        }

        @Override
        public void initialize(InitializationInput input) {
            if (state.compareAndSet(State.AHEAD, State.BEGUN)) processor.initialize(input);
        }

        /** @return false if it has begun: the record processor is to be waited for then */
        boolean prevent() {
            return state.compareAndSet(State.AHEAD, State.PREVENTED) || state.get() == State.PREVENTED;
        }

        @Override
        public void processRecords(ProcessRecordsInput input) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void leaseLost(LeaseLostInput input) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void shardEnded(ShardEndedInput input) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void shutdownRequested(ShutdownRequestedInput input) {
            throw new UnsupportedOperationException();
        }
    }
}
