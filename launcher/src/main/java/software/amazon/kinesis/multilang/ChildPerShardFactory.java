package software.amazon.kinesis.multilang;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import crossaccountkcl.ExitCode;
import crossaccountkcl.StopSignal;
import crossaccountkcl.TrackedStreams;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
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
public final class ChildPerShardFactory implements ShardRecordProcessorFactory {
    /** As the JVM tells that SIGINT or SIGTERM has ended a process. */
    private static final Set<Integer> ENDED_BY_A_STOP = Set.of(128 + 2, 128 + 15);

    private final List<String> command;
    private final TrackedStreams streams;
    private final ExecutorService executor;
    private final MultiLangDaemonConfiguration configuration;
    private final StopSignal stop;
    private final ReadyChildren children = new ReadyChildren();

    public ChildPerShardFactory(
            List<String> command,
            TrackedStreams streams,
            ExecutorService executor,
            MultiLangDaemonConfiguration configuration,
            StopSignal stop) {
        this.command = command;
        this.streams = streams;
        this.executor = executor;
        this.configuration = configuration;
        this.stop = stop;
        stop.onStop(children::leave);
    }

    @Override
    public ShardRecordProcessor shardRecordProcessor() {
        throw new UnsupportedOperationException("KCL 3 asks for the processor of a stream");
    }

    @Override
    public ShardRecordProcessor shardRecordProcessor(StreamIdentifier stream) {
        ObjectMapper ascii = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
        ProcessBuilder child = new ProcessBuilder(command);
        child.environment().put("STREAM_ARN", streams.arnOf(stream)); // the protocol does not say the stream
        child.environment().put("STOP_ON_SIGTERM", "true"); // what ReadyChildren sends when the worker stops
        return new MultiLangShardRecordProcessor(child, executor, ascii, configuration) {
            private volatile boolean failed;
            private Process process;
            private boolean ready;

            @Override
            Process startProcess() throws IOException {
                process = super.startProcess();
                return process;
            }

            @Override
            public void initialize(InitializationInput input) {
                super.initialize(input);
                ready = !failed;
                if (ready) children.add(process);
            }

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
                // As when somebody stops all processes of the worker at once. It has handled nothing.
                if (!ready && isEndedByAStop()) {
                    stop.request(ExitCode.OK, "a shard's child process got a signal while it started", null);
                    return;
                }
                stop.request(exitCode(), "a shard's child process failed; its last lines say why", null);
            }

            /** A last checkpoint that could not be stored is no failure of the handler, which would count before others. */
            private int exitCode() {
                boolean ofTheDaemon =
                        process != null && !process.isAlive() && process.exitValue() == ExitCode.DAEMON;
                return ofTheDaemon ? ExitCode.DAEMON : ExitCode.HANDLER;
            }

            private boolean isEndedByAStop() {
                return process != null && !process.isAlive() && ENDED_BY_A_STOP.contains(process.exitValue());
            }
        };
    }
}
