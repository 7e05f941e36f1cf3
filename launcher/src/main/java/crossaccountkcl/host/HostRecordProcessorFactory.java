package crossaccountkcl.host;

import crossaccountkcl.StopSignal;
import crossaccountkcl.TrackedStreams;
import java.nio.file.Path;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;

/** The host transport: every shard is served by the one Node process that listens on the socket. */
public record HostRecordProcessorFactory(Path socket, TrackedStreams streams, StopSignal stop)
        implements ShardRecordProcessorFactory {
    @Override
    public ShardRecordProcessor shardRecordProcessor(StreamIdentifier stream) {
        return new HostRecordProcessor(socket, streams.arnOf(stream), stop);
    }

    @Override
    public ShardRecordProcessor shardRecordProcessor() {
        throw new UnsupportedOperationException("KCL 3 asks for the processor of a stream");
    }
}
