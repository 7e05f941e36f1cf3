package software.amazon.kinesis.multilang;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.StopSignal;
import crossaccountkcl.TrackedStreams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.commons.beanutils.BeanUtilsBean;
import org.apache.commons.beanutils.ConvertUtilsBean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.multilang.config.MultiLangDaemonConfiguration;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

@Timeout(120)
class ChildPerShardFactoryTest {
    private static final String OTHER = Fakes.STREAM_ARN.replace("111111111111", "222222222222");

    @TempDir
    Path directory;

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final List<Integer> stops = new CopyOnWriteArrayList<>();
    private Runnable stop;

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
                new StopSignal() {
                    @Override
                    public void request(int code, String reason, Throwable cause) {
                        stops.add(code);
                    }

                    @Override
                    public void onStop(Runnable leave) {
                        stop = leave;
                    }
                });
    }

    private static void initialize(ShardRecordProcessor processor) {
        processor.initialize(InitializationInput.builder()
                .shardId("shard-1")
                .extendedSequenceNumber(ExtendedSequenceNumber.LATEST)
                .build());
    }

    private static void live(ShardRecordProcessor processor) {
        initialize(processor);
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

    /** The stop's own reason counts before it, such as a stream that is gone. */
    @Test
    void aChildWhoseLastCheckpointIsNotStoredStopsTheWorkerAsTheDaemonsFailure() {
        live(factory("read -r line; echo '{\"action\":\"status\",\"responseFor\":\"initialize\"}'; read -r line;"
                        + " exit " + ExitCode.DAEMON)
                .shardRecordProcessor(StreamIdentifier.multiStreamInstance("111111111111:orders:1")));
        assertEquals(List.of(ExitCode.DAEMON), stops);
    }

    @Test
    void aChildThatFailsStopsTheWorkerAsAFailureOfTheHandler() {
        live(factory("exit 1").shardRecordProcessor(StreamIdentifier.multiStreamInstance("111111111111:orders:1")));
        assertEquals(List.of(ExitCode.HANDLER), stops);
    }

    /** Somebody stops all processes of the worker at once, as systemd does. */
    @Test
    void aChildThatDiesOfSigtermBeforeItIsReadyAsksForAStopAndIsNoFailure() {
        live(factory("kill -TERM $$").shardRecordProcessor(StreamIdentifier.multiStreamInstance("111111111111:orders:1")));
        assertEquals(List.of(ExitCode.OK), stops);
    }

    /** It says that it is ready, and what it got; SIGTERM ends it not, and its pipes stay open. */
    private String untilItIsToLeave(String before) {
        return "trap 'echo left >>\"" + directory.resolve("left") + "\"' TERM; read -r line; " + before
                + " echo '{\"action\":\"status\",\"responseFor\":\"initialize\"}';"
                + " while ! read -r line; do :; done;"
                + " echo '{\"action\":\"status\",\"responseFor\":\"leaseLost\"}'";
    }

    @Test
    void aStopTellsTheChildrenThatAreReady() throws Exception {
        ChildPerShardFactory factory = factory(untilItIsToLeave(""));
        ShardRecordProcessor processor =
                factory.shardRecordProcessor(StreamIdentifier.multiStreamInstance("111111111111:orders:1"));
        initialize(processor);
        stop.run();
        untilLeft();
        processor.leaseLost(LeaseLostInput.builder().build());
        assertEquals(List.of(), stops);
    }

    /** One that is still starting would die of it. */
    @Test
    void aStopWaitsForTheChildrenThatStart() throws Exception {
        Path begun = directory.resolve("begun");
        Path goOn = directory.resolve("go on");
        ChildPerShardFactory factory = factory(
                "trap - TERM; >'" + begun + "'; while [ ! -e '" + goOn + "' ]; do sleep 0.05; done; " + untilItIsToLeave(""));
        ShardRecordProcessor processor =
                factory.shardRecordProcessor(StreamIdentifier.multiStreamInstance("111111111111:orders:1"));
        Future<?> initialized = executor.submit(() -> initialize(processor));
        while (!Files.exists(begun)) Thread.sleep(20);
        stop.run();
        Files.createFile(goOn);
        initialized.get();
        untilLeft();
        processor.leaseLost(LeaseLostInput.builder().build());
        assertEquals(List.of(), stops);
    }

    private void untilLeft() throws Exception {
        while (!Files.exists(directory.resolve("left"))) Thread.sleep(20);
    }

    @Test
    void hasNoProcessorWithoutAStream() {
        assertThrows(UnsupportedOperationException.class, () -> factory("exit 1").shardRecordProcessor());
    }
}
