package software.amazon.kinesis.multilang;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.TrackedStreams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.commons.beanutils.BeanUtilsBean;
import org.apache.commons.beanutils.ConvertUtilsBean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.multilang.config.MultiLangDaemonConfiguration;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

@ResourceLock(value = Fakes.CHILD_PROCESSES, mode = ResourceAccessMode.READ)
class ChildPerShardFactoryTest {
    private static final String OTHER = Fakes.STREAM_ARN.replace("111111111111", "222222222222");

    @TempDir
    Path directory;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final List<Integer> stops = new CopyOnWriteArrayList<>();

    @AfterEach
    void endThreads() {
        executor.shutdownNow();
    }

    private ChildPerShardFactory factory(String script) {
        TrackedStreams streams = Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "','creationEpoch':1},"
                + "{'streamArn':'" + OTHER + "','creationEpoch':1}]");
        ConvertUtilsBean convert = new ConvertUtilsBean();
        MultiLangDaemonConfiguration configuration =
                new MultiLangDaemonConfiguration(new BeanUtilsBean(convert), convert);
        return new ChildPerShardFactory(
                List.of("sh", "-c", script),
                streams,
                executor,
                configuration,
                (code, reason, cause) -> stops.add(code));
    }

    private static void live(ShardRecordProcessor processor) {
        processor.initialize(InitializationInput.builder()
                .shardId("shard-1")
                .extendedSequenceNumber(ExtendedSequenceNumber.LATEST)
                .build());
        processor.leaseLost(LeaseLostInput.builder().build());
    }

    @Test
    void tellsEachChildTheStreamOfItsShardAndThatSigtermMeansStop() throws Exception {
        Path file = directory.resolve("streams");
        ChildPerShardFactory factory = factory("echo \"$STREAM_ARN $STOP_ON_SIGTERM\" >>'" + file + "'; read -r line;"
                + " echo '{\"action\":\"status\",\"responseFor\":\"initialize\"}'; read -r line;"
                + " echo '{\"action\":\"status\",\"responseFor\":\"leaseLost\"}'");
        live(factory.shardRecordProcessor(StreamIdentifier.multiStreamInstance("222222222222:orders:1")));
        live(factory.shardRecordProcessor(StreamIdentifier.multiStreamInstance("111111111111:orders:1")));
        assertEquals(List.of(OTHER + " true", Fakes.STREAM_ARN + " true"), Files.readAllLines(file));
        assertEquals(List.of(), stops);
    }

    @Test
    void aChildThatFailsStopsTheWorkerAsAFailureOfTheHandler() {
        live(factory("exit 1").shardRecordProcessor(StreamIdentifier.multiStreamInstance("111111111111:orders:1")));
        assertEquals(List.of(ExitCode.HANDLER), stops);
    }

    @Test
    void hasNoProcessorWithoutAStream() {
        assertThrows(UnsupportedOperationException.class, () -> factory("exit 1").shardRecordProcessor());
    }
}
