package crossaccountkcl.host;

import crossaccountkcl.StopSignal;
import java.nio.file.Path;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;

/** The host transport: every shard is served by the one Node process that listens on the socket. */
public record HostRecordProcessorFactory(Path socket, String streamArn, StopSignal stop)
        implements ShardRecordProcessorFactory {
    @Override
    public ShardRecordProcessor shardRecordProcessor() {
        return new HostRecordProcessor(socket, streamArn, stop);
    }
}
