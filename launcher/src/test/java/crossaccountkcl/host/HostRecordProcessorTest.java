package crossaccountkcl.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.TrackedStreams;
import crossaccountkcl.kcl.LeavableProcessor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.arns.Arn;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.exceptions.ShutdownException;
import software.amazon.kinesis.exceptions.ThrottlingException;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

@Timeout(120)
class HostRecordProcessorTest {
    private static final StreamIdentifier STREAM =
            StreamIdentifier.singleStreamInstance(Arn.fromString(Fakes.STREAM_ARN));

    private record Stop(int code, String reason, Throwable cause) {}

    @TempDir
    Path directory;

    private final List<Stop> stops = new ArrayList<>();
    private final List<String> checkpoints = new ArrayList<>();
    private final List<Exception> checkpointFailures = new ArrayList<>();
    private ScriptedNode node;
    private ShardRecordProcessor processor;

    private final RecordProcessorCheckpointer checkpointer = Fakes.as(RecordProcessorCheckpointer.class, new Object() {
        @SuppressWarnings("unused") // called through the proxy
        void checkpoint() throws Exception {
            note("all");
        }

        @SuppressWarnings("unused")
        void checkpoint(String sequenceNumber, long subSequenceNumber) throws Exception {
            note(sequenceNumber + "/" + subSequenceNumber);
        }

        private void note(String checkpoint) throws Exception {
            checkpoints.add(checkpoint);
            if (!checkpointFailures.isEmpty()) throw checkpointFailures.remove(0);
        }
    });

    /** Starts Node with a script, and the processor that will connect to it. */
    private void node(ScriptedNode.Script script) throws IOException {
        Path socket = directory.resolve("node.sock");
        node = new ScriptedNode(socket, script);
        processor = processorAt(socket);
    }

    private ShardRecordProcessor processorAt(Path socket) {
        return processorAt(socket, Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "'}]"), STREAM);
    }

    private ShardRecordProcessor processorAt(Path socket, TrackedStreams streams, StreamIdentifier stream) {
        return new HostRecordProcessorFactory(
                        socket, streams, (code, reason, cause) -> stops.add(new Stop(code, reason, cause)))
                .shardRecordProcessor(stream);
    }

    @AfterEach
    void closeNode() throws IOException {
        if (node != null) node.close();
    }

    private void initialize() {
        processor.initialize(InitializationInput.builder()
                .shardId("shard-1")
                .extendedSequenceNumber(new ExtendedSequenceNumber("49", 3L))
                .build());
    }

    private void processRecords(int... sizes) {
        List<KinesisClientRecord> records = new ArrayList<>();
        for (int size : sizes) {
            records.add(KinesisClientRecord.builder()
                    .sequenceNumber("4959")
                    .partitionKey("k")
                    .approximateArrivalTimestamp(Instant.EPOCH)
                    .data(ByteBuffer.allocate(size))
                    .build());
        }
        processor.processRecords(ProcessRecordsInput.builder()
                .records(records)
                .millisBehindLatest(0L)
                .checkpointer(checkpointer)
                .build());
    }

    private void leaseLost() {
        processor.leaseLost(LeaseLostInput.builder().build());
    }

    private void shardEnded() {
        processor.shardEnded(ShardEndedInput.builder().checkpointer(checkpointer).build());
    }

    private void shutdownRequested() {
        processor.shutdownRequested(ShutdownRequestedInput.builder().checkpointer(checkpointer).build());
    }

    private void assertStopped(int code, String reason) {
        assertEquals(1, stops.size(), stops.toString());
        assertEquals(reason, stops.get(0).reason);
        assertEquals(code, stops.get(0).code);
    }

    @Test
    void goesThroughALifeInLockStep() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            assertEquals(2, n.receiveRecords());
            n.say("{'type':'done','action':'records'}");
            assertEquals(0, n.receiveRecords());
            n.say("{'type':'done','action':'records'}");
            n.expect("{'type':'shutdownRequested'}");
            n.say("{'type':'done','action':'shutdownRequested'}");
            n.expect("{'type':'leaseLost'}");
            n.say("{'type':'done','action':'leaseLost'}");
            n.expectEnd();
        });
        initialize();
        processRecords(10, 20);
        processRecords();
        shutdownRequested();
        leaseLost();
        node.awaitEndOfScript();
        assertEquals(List.of(), stops);
        assertEquals(List.of(), checkpoints);
    }

    /** As when the worker stops before Kinesis has given an iterator of the shard. */
    @Test
    void ofAShardThatWasNeverInitializedNodeIsNotTold() {
        processor = processorAt(directory.resolve("nobody.sock"));
        shutdownRequested();
        leaseLost();
        assertEquals(List.of(), stops);
    }

    /** KCL makes the identifier out of a lease's key, which has no ARN. */
    @Test
    void namesTheShardsStreamAmongSeveral() throws Exception {
        String other = Fakes.STREAM_ARN.replace("111111111111", "222222222222");
        Path socket = directory.resolve("node.sock");
        node = new ScriptedNode(socket, n -> {
            n.welcome();
            n.initialize(other);
            n.say("{'type':'done','action':'initialize'}");
        });
        TrackedStreams streams = Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "','creationEpoch':1700000000},"
                + "{'streamArn':'" + other + "','creationEpoch':1700000000}]");
        processor = processorAt(
                socket, streams, StreamIdentifier.multiStreamInstance("222222222222:orders:1700000000"));
        initialize();
        node.awaitEndOfScript();
        assertEquals(List.of(), stops);
    }

    @Test
    void awaitsTheAnswerToEveryFrameOfABatch() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            for (int i = 0; i < 3; i++) {
                assertEquals(1, n.receiveRecords());
                Thread.sleep(20);
                n.say("{'type':'checkpoint','sequenceNumber':'" + i + "','subSequenceNumber':0}");
                n.expect("{'type':'checkpointed'}");
                n.say("{'type':'done','action':'records'}");
            }
        });
        initialize();
        processRecords(900_000, 900_000, 900_000);
        node.awaitEndOfScript();
        assertEquals(List.of(), stops);
        assertEquals(List.of("0/0", "1/0", "2/0"), checkpoints);
    }

    @Test
    void endsAShardWithTheCheckpointThatNodeAsksFor() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.expect("{'type':'shardEnded'}");
            n.say("{'type':'checkpoint'}");
            n.expect("{'type':'checkpointed'}");
            n.say("{'type':'done','action':'shardEnded'}");
            n.expectEnd();
        });
        initialize();
        shardEnded();
        node.awaitEndOfScript();
        assertEquals(List.of("all"), checkpoints);
        assertEquals(List.of(), stops);
    }

    @Test
    void passesSequenceAndSubSequenceNumberOn() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            n.say("{'type':'checkpoint','sequenceNumber':'49590338271490256608559692538361571095921575989136588898',"
                    + "'subSequenceNumber':4294967296}");
            n.expect("{'type':'checkpointed'}");
            n.say("{'type':'done','action':'records'}");
        });
        initialize();
        processRecords(1);
        assertEquals(List.of("49590338271490256608559692538361571095921575989136588898/4294967296"), checkpoints);
        assertEquals(List.of(), stops);
    }

    @Test
    void checkpointsAPositionAtTheEndOfAShardThatTheStopLeftRecordsOf() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.expect("{'type':'shardEnded'}");
            n.say("{'type':'checkpoint','sequenceNumber':'5','subSequenceNumber':2}");
            n.expect("{'type':'checkpointed'}");
            n.say("{'type':'done','action':'shardEnded'}");
            n.expectEnd();
        });
        initialize();
        shardEnded();
        leaseLost(); // which KCL says then
        node.awaitEndOfScript();
        assertEquals(List.of("5/2"), checkpoints);
        assertEquals(List.of(), stops);
    }

    /** Elsewhere than at the shard's end it would checkpoint records that were not handled. */
    @ParameterizedTest
    @ValueSource(strings = {"", ",'sequenceNumber':5", ",'sequenceNumber':null", ",'subSequenceNumber':0"})
    void takesACheckpointOfEverythingAtTheShardsEndAlone(String more) throws Exception {
        String request = "{'type':'checkpoint'" + more + "}";
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            n.say(request);
            n.expectEnd();
        });
        initialize();
        processRecords(1);
        node.awaitEndOfScript();
        assertStopped(
                ExitCode.DAEMON,
                "shard shard-1, records: a checkpoint without a sequenceNumber came from Node: "
                        + request.replace('\'', '"'));
        assertEquals(List.of(), checkpoints);
    }

    @Test
    void takesNoCheckpointOfEverythingWhenTheShutdownIsRequested() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.expect("{'type':'shutdownRequested'}");
            n.say("{'type':'checkpoint'}");
            n.expectEnd();
        });
        initialize();
        shutdownRequested();
        node.awaitEndOfScript();
        assertStopped(
                ExitCode.DAEMON,
                "shard shard-1, shutdownRequested: a checkpoint without a sequenceNumber came from Node:"
                        + " {\"type\":\"checkpoint\"}");
        assertEquals(List.of(), checkpoints);
    }

    /** At the shard's end too. */
    @ParameterizedTest
    @ValueSource(strings = {
        "", ",'subSequenceNumber':null", ",'subSequenceNumber':'0'", ",'subSequenceNumber':0.5",
        ",'subSequenceNumber':9223372036854775808", // as an i64 it would be another one
    })
    void takesNoCheckpointWithoutAWholeSubSequenceNumber(String more) throws Exception {
        String request = "{'type':'checkpoint','sequenceNumber':'5'" + more + "}";
        node(n -> {
            n.welcomeAndInitialize();
            n.expect("{'type':'shardEnded'}");
            n.say(request);
            n.expectEnd();
        });
        initialize();
        shardEnded();
        node.awaitEndOfScript();
        assertStopped(
                ExitCode.DAEMON,
                "shard shard-1, shardEnded: a checkpoint without a subSequenceNumber came from Node: "
                        + request.replace('\'', '"'));
        assertEquals(List.of(), checkpoints);
    }

    @Test
    void tellsNodeWhichCheckpointFailedAndGoesOn() throws Exception {
        checkpointFailures.addAll(List.of(
                new ThrottlingException("too fast"), new ShutdownException("lease lost"), new IllegalStateException()));
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            for (String error : List.of(
                    "{'name':'ThrottlingException','message':'too fast'}",
                    "{'name':'ShutdownException','message':'lease lost'}",
                    "{'name':'IllegalStateException','message':null}")) {
                n.say("{'type':'checkpoint','sequenceNumber':'5','subSequenceNumber':0}");
                n.expect("{'type':'checkpointed','error':" + error + "}");
            }
            n.say("{'type':'checkpoint','sequenceNumber':'5','subSequenceNumber':0}");
            n.expect("{'type':'checkpointed'}");
            n.say("{'type':'done','action':'records'}");
            n.receiveRecords();
            n.say("{'type':'done','action':'records'}");
        });
        initialize();
        processRecords(1);
        processRecords(1);
        node.awaitEndOfScript();
        assertEquals(List.of(), stops);
        assertEquals(List.of("5/0", "5/0", "5/0", "5/0"), checkpoints);
    }

    @Test
    void aFailedHandlerStopsTheWorkerAndNothingMoreIsSent() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            n.say("{'type':'failed','kind':'handler','reason':'no such order'}");
            n.expectEnd();
        });
        initialize();
        processRecords(900_000, 900_000);
        processRecords(1);
        shutdownRequested();
        shardEnded();
        leaseLost();
        node.awaitEndOfScript();
        assertStopped(ExitCode.HANDLER, "shard shard-1: no such order");
        assertNull(stops.get(0).cause);
        assertEquals(List.of(), checkpoints);
    }

    @Test
    void aCheckpointThatNodeGivesUpIsNoFailureOfTheHandler() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            n.say("{'type':'failed','kind':'checkpoint','reason':'throttled 5 times'}");
        });
        initialize();
        processRecords(1);
        assertStopped(ExitCode.DAEMON, "shard shard-1: throttled 5 times");
    }

    @Test
    void saysWhyNodeRefusedTheConnection() throws Exception {
        node(n -> {
            n.receive();
            n.say("{'type':'refused','reason':'versions [1]; expected 2'}");
            n.expectEnd();
        });
        initialize();
        node.awaitEndOfScript();
        assertStopped(
                ExitCode.DAEMON, "shard shard-1, initialize: Node refused the connection: versions [1]; expected 2");
    }

    @Test
    void saysWhyNodeRefusedAMessage() throws Exception {
        node(n -> {
            n.welcome();
            n.receive();
            n.say("{'type':'refused','reason':'the launcher reads arn:s'}");
        });
        initialize();
        assertStopped(ExitCode.DAEMON, "shard shard-1, initialize: Node refused: the launcher reads arn:s");
    }

    static Stream<Arguments> wrongWelcomes() {
        return Stream.of("{'type':'welcome','version':2}", "{'type':'welcome'}", "{'type':'done','version':1}")
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("wrongWelcomes")
    void takesNoOtherWelcomeThanThatOfItsVersion(String welcome) throws Exception {
        node(n -> {
            n.receive();
            n.say(welcome);
            n.expectEnd();
        });
        initialize();
        node.awaitEndOfScript();
        assertStopped(
                ExitCode.DAEMON,
                "shard shard-1, initialize: expected a welcome with version 1, got " + welcome.replace('\'', '"'));
    }

    static Stream<Arguments> garbage() {
        return Stream.of(
                garbage("a frame of 0 bytes came from Node; expected 1 to 65536", n -> n.raw(new byte[4])),
                garbage(
                        "a frame of 65537 bytes came from Node; expected 1 to 65536",
                        n -> n.raw((byte) 0, (byte) 1, (byte) 0, (byte) 1)),
                garbage(
                        "a frame of 4294967295 bytes came from Node; expected 1 to 65536",
                        n -> n.raw((byte) -1, (byte) -1, (byte) -1, (byte) -1)),
                garbage(
                        "a frame of type 0x52 came from Node; expected 0x4a (control)",
                        n -> n.raw((byte) 0, (byte) 0, (byte) 0, (byte) 2, (byte) 'R', (byte) 0)),
                garbage(
                        "a control frame from Node is not JSON: Unexpected character ('!' (code 33)): expected a valid"
                                + " value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                        n -> n.control("!")),
                garbage("a control frame from Node has no 'type': {\"action\":\"records\"}",
                        n -> n.say("{'action':'records'}")),
                garbage("a control frame from Node has no 'type': {\"type\":7}", n -> n.say("{'type':7}")),
                garbage("a control frame from Node has no 'type': [1]", n -> n.say("[1]")),
                garbage("a control frame from Node has no 'type': null", n -> n.control("null")),
                garbage("a control frame from Node has no 'type': ", n -> n.control("")),
                garbage("unexpected message from Node: {\"type\":\"what\"}", n -> n.say("{'type':'what'}")),
                garbage("Node answered 'leaseLost' while 'records' was awaited",
                        n -> n.say("{'type':'done','action':'leaseLost'}")),
                garbage("Node closed the connection", n -> {}),
                garbage("Node closed the connection", n -> n.raw((byte) 0, (byte) 0)),
                garbage("Node closed the connection",
                        n -> n.raw((byte) 0, (byte) 0, (byte) 0, (byte) 9, (byte) 'J', (byte) '{')));
    }

    private static Arguments garbage(String reason, ScriptedNode.Script script) {
        return Arguments.of(reason, script);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("garbage")
    void saysWhatWasWrongWithAnAnswerAndSendsNothingMore(String reason, ScriptedNode.Script script) throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            script.play(n);
        });
        initialize();
        processRecords(1);
        processRecords(1);
        leaseLost();
        node.awaitEndOfScript();
        assertStopped(ExitCode.DAEMON, "shard shard-1, records: " + reason);
        assertTrue(stops.get(0).cause instanceof IOException);
    }

    @Test
    void takesALongAnswerInPieces() throws Exception {
        String reason = "x".repeat(60_000);
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            byte[] body = ("J{\"type\":\"failed\",\"kind\":\"handler\",\"reason\":\"" + reason + "\"}").getBytes();
            byte[] frame = ByteBuffer.allocate(4 + body.length).putInt(body.length).put(body).array();
            for (int from = 0; from < frame.length; from += 10_000) {
                n.raw(Arrays.copyOfRange(frame, from, Math.min(frame.length, from + 10_000)));
                Thread.sleep(2);
            }
        });
        initialize();
        processRecords(1);
        assertStopped(ExitCode.HANDLER, "shard shard-1: " + reason);
    }

    @Test
    void refusesACheckpointDuringInitialize() throws Exception {
        node(n -> {
            n.welcome();
            n.receive();
            n.say("{'type':'checkpoint','sequenceNumber':'5','subSequenceNumber':0}");
            n.expectEnd();
        });
        initialize();
        node.awaitEndOfScript();
        assertStopped(
                ExitCode.DAEMON, "shard shard-1, initialize: Node asked for a checkpoint where none can be made");
    }

    @Test
    void refusesACheckpointOnceTheLeaseIsLost() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.expect("{'type':'leaseLost'}");
            n.say("{'type':'checkpoint','sequenceNumber':'5','subSequenceNumber':0}");
        });
        initialize();
        leaseLost();
        assertStopped(ExitCode.DAEMON, "shard shard-1, leaseLost: Node asked for a checkpoint where none can be made");
    }

    @Test
    void stopsTheWorkerIfNodeDoesNotListen() {
        processor = processorAt(directory.resolve("nobody.sock"));
        initialize();
        processRecords(1);
        leaseLost();
        assertEquals(1, stops.size());
        assertEquals(ExitCode.DAEMON, stops.get(0).code);
        assertTrue(stops.get(0).reason.startsWith("shard shard-1, initialize: "), stops.get(0).reason);
    }

    @Test
    void stopsTheWorkerIfThePathOfTheSocketIsTooLong() {
        processor = processorAt(directory.resolve("x".repeat(200)));
        initialize();
        assertEquals(1, stops.size());
        assertTrue(stops.get(0).reason.contains("too long"), stops.get(0).reason);
    }

    @Test
    void stopsTheWorkerAtARecordThatFitsIntoNoFrame() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.expectEnd();
        });
        initialize();
        processRecords(16 * 1024 * 1024);
        node.awaitEndOfScript();
        assertEquals(ExitCode.DAEMON, stops.get(0).code);
        assertTrue(
                stops.get(0).reason.startsWith("shard shard-1, records: record 4959 does not fit into a frame"),
                stops.get(0).reason);
    }

    /** KCL calls so, for example, for a child shard that still waits for the end of its parents. */
    @Test
    void takesTheLossOfALeaseBeforeItIsInitialized() {
        processor = processorAt(directory.resolve("nobody.sock"));
        leaseLost();
        assertEquals(List.of(), stops);
    }

    @Test
    void throwsNothingToKclWhateverFails() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.expectEnd();
        });
        initialize();
        processor.processRecords(ProcessRecordsInput.builder()
                .records(List.of(KinesisClientRecord.builder().data(ByteBuffer.allocate(1)).build())) // no number
                .checkpointer(checkpointer)
                .build());
        node.awaitEndOfScript();
        assertEquals(ExitCode.DAEMON, stops.get(0).code);
        assertTrue(stops.get(0).cause instanceof NullPointerException);
    }

    private void leave(LeavableProcessor.Reason reason) {
        ((LeavableProcessor) processor).leave(reason);
    }

    /** @return its thread; it is in the middle of the batch when this returns */
    private Thread deliver(CountDownLatch delivering) throws InterruptedException {
        Thread kcl = new Thread(() -> processRecords(900_000, 900_000));
        kcl.start();
        delivering.await();
        return kcl;
    }

    @Test
    void tellsNodeToLeaveInTheMiddleOfABatchOnceForEachReason() throws Exception {
        CountDownLatch delivering = new CountDownLatch(1);
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            delivering.countDown();
            n.expect("{'type':'leave','reason':'handover'}");
            n.expect("{'type':'leave','reason':'leaseLost'}");
            n.say("{'type':'done','action':'records'}");
            assertEquals(1, n.receiveRecords()); // Node must see that there are more
            n.say("{'type':'done','action':'records'}");
            n.expect("{'type':'leaseLost'}");
            n.say("{'type':'done','action':'leaseLost'}");
            n.expectEnd();
        });
        initialize();
        Thread kcl = deliver(delivering);
        leave(LeavableProcessor.Reason.HANDOVER);
        leave(LeavableProcessor.Reason.HANDOVER);
        leave(LeavableProcessor.Reason.LEASE_LOST);
        leave(LeavableProcessor.Reason.LEASE_LOST);
        leave(LeavableProcessor.Reason.HANDOVER);
        kcl.join();
        leaseLost();
        node.awaitEndOfScript();
        assertEquals(List.of(), stops);
    }

    @Test
    void answersACheckpointAfterItHasToldNodeToLeave() throws Exception {
        CountDownLatch delivering = new CountDownLatch(1);
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            delivering.countDown();
            n.expect("{'type':'leave','reason':'handover'}");
            n.say("{'type':'checkpoint','sequenceNumber':'5','subSequenceNumber':0}");
            n.expect("{'type':'checkpointed'}");
            n.say("{'type':'done','action':'records'}");
            n.receiveRecords();
            n.say("{'type':'done','action':'records'}");
        });
        initialize();
        Thread kcl = deliver(delivering);
        leave(LeavableProcessor.Reason.HANDOVER);
        kcl.join();
        node.awaitEndOfScript();
        assertEquals(List.of("5/0"), checkpoints);
        assertEquals(List.of(), stops);
    }

    @Test
    void tellsNodeToLeaveOnlyInTheMiddleOfABatch() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            assertEquals(1, n.receiveRecords());
            n.say("{'type':'done','action':'records'}");
            n.expect("{'type':'leaseLost'}");
            n.say("{'type':'done','action':'leaseLost'}");
            n.expectEnd();
        });
        leave(LeavableProcessor.Reason.LEASE_LOST);
        initialize();
        leave(LeavableProcessor.Reason.LEASE_LOST);
        processRecords(1);
        leave(LeavableProcessor.Reason.LEASE_LOST);
        leaseLost();
        leave(LeavableProcessor.Reason.LEASE_LOST);
        node.awaitEndOfScript();
        assertEquals(List.of(), stops);
    }

    @Test
    void tellsNodeToLeaveAfterAnAttemptThatSentNothing() throws Exception {
        CountDownLatch delivering = new CountDownLatch(1);
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            delivering.countDown();
            n.expect("{'type':'leave','reason':'handover'}");
            n.say("{'type':'done','action':'records'}");
            n.receiveRecords();
            n.say("{'type':'done','action':'records'}");
        });
        initialize();
        Thread kcl = deliver(delivering);
        Thread.currentThread().interrupt();
        leave(LeavableProcessor.Reason.HANDOVER);
        assertTrue(Thread.interrupted());
        leave(LeavableProcessor.Reason.HANDOVER);
        kcl.join();
        node.awaitEndOfScript();
        assertEquals(List.of(), stops);
    }

    @Test
    void aFailureToTellNodeToLeaveIsNoneOfTheWorkers() throws Exception {
        CountDownLatch delivering = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            n.say("{'type':'failed','kind':'handler','reason':'no such order'}");
            n.expectEnd();
        });
        // In the middle of the batch, and with the connection closed.
        processor = new HostRecordProcessorFactory(
                        directory.resolve("node.sock"),
                        Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "'}]"),
                        (code, reason, cause) -> {
                            stops.add(new Stop(code, reason, cause));
                            delivering.countDown();
                            try {
                                told.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        })
                .shardRecordProcessor(STREAM);
        initialize();
        Thread kcl = deliver(delivering);
        leave(LeavableProcessor.Reason.LEASE_LOST);
        told.countDown();
        kcl.join();
        node.awaitEndOfScript();
        assertStopped(ExitCode.HANDLER, "shard shard-1: no such order");
    }

    /** As KCL does with a processor that is still busy when everything else has stopped. */
    @Test
    void anInterruptEndsTheWaitForAnAnswer() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.receiveRecords();
            n.expectEnd();
        });
        initialize();
        Thread kcl = new Thread(() -> processRecords(1));
        kcl.start();
        Thread.sleep(100);
        kcl.interrupt();
        kcl.join();
        node.awaitEndOfScript();
        assertStopped(ExitCode.DAEMON, "shard shard-1, records: ClosedByInterruptException");
    }

    @Test
    void sayingThatAShardEndedAgainStopsTheWorkerWithAReason() throws Exception {
        node(n -> {
            n.welcomeAndInitialize();
            n.expect("{'type':'shardEnded'}");
            n.say("{'type':'done','action':'shardEnded'}");
        });
        initialize();
        shardEnded();
        shardEnded(); // KCL does so if no checkpoint was made
        assertStopped(ExitCode.DAEMON, "shard shard-1, shardEnded: ClosedChannelException");
    }
}
