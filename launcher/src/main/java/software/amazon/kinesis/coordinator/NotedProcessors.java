package software.amazon.kinesis.coordinator;

import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;

/** Which processor KCL was given for a consumer; the consumer keeps it to itself. */
final class NotedProcessors implements ShardRecordProcessorFactory {
    private final ShardRecordProcessorFactory processors;
    private ShardRecordProcessor made;

    NotedProcessors(ShardRecordProcessorFactory processors) {
        this.processors = processors;
    }

    /** @return null if it was not asked for yet */
    ShardRecordProcessor made() {
        return made;
    }

    @Override
    public ShardRecordProcessor shardRecordProcessor(StreamIdentifier stream) {
        made = processors.shardRecordProcessor(stream);
        return made;
    }

    @Override
    public ShardRecordProcessor shardRecordProcessor() {
        made = processors.shardRecordProcessor();
        return made;
    }
}
