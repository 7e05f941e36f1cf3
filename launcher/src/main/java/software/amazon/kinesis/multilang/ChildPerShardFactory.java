package software.amazon.kinesis.multilang;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import crossaccountkcl.ExitCode;
import crossaccountkcl.StopSignal;
import crossaccountkcl.TrackedStreams;
import java.util.List;
import java.util.concurrent.ExecutorService;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.multilang.config.MultiLangDaemonConfiguration;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;

/**
 * The multilang transport: one child process per shard on stdin and stdout, as in the stock daemon, with three
 * differences. The command is a list, so that a path may hold a blank. JSON is pure ASCII: neither the platform's
 * encoding nor a line separator in a partition key can break it. A failed child stops the worker gracefully instead of
 * ending the JVM under the other shards.
 *
 * <p>It stands in KCL's package because the processor's constructor and {@code exit()} are package-private there.
 */
public record ChildPerShardFactory(
        List<String> command,
        TrackedStreams streams,
        ExecutorService executor,
        MultiLangDaemonConfiguration configuration,
        StopSignal stop)
        implements ShardRecordProcessorFactory {

    @Override
    public ShardRecordProcessor shardRecordProcessor() {
        throw new UnsupportedOperationException("KCL 3 asks for the processor of a stream");
    }

    @Override
    public ShardRecordProcessor shardRecordProcessor(StreamIdentifier stream) {
        ObjectMapper ascii = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
        ProcessBuilder child = new ProcessBuilder(command);
        child.environment().put("STREAM_ARN", streams.arnOf(stream)); // the protocol does not say the stream
        child.environment().put("STOP_ON_SIGTERM", "true"); // what WorkerRun sends when it stops
        return new MultiLangShardRecordProcessor(child, executor, ascii, configuration) {
            private volatile boolean failed;

            @Override
            public void processRecords(ProcessRecordsInput input) {
                for (ProcessRecordsInput part : MessageParts.of(input)) {
                    if (!failed) super.processRecords(part);
                }
            }

            @Override
            public void shutdownRequested(ShutdownRequestedInput input) {
                if (!failed) super.shutdownRequested(input); // it would wait for an answer of the ended child
            }

            @Override
            void exit() {
                failed = true;
                stop.request(ExitCode.HANDLER, "a shard's child process failed; its last lines say why", null);
            }
        };
    }
}
