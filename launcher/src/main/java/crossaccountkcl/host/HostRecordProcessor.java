package crossaccountkcl.host;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import crossaccountkcl.ExitCode;
import crossaccountkcl.StopSignal;
import crossaccountkcl.kcl.LeavableProcessor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.RecordProcessorCheckpointer;

/**
 * One shard's records on their way to Node, in lock-step: a message, then Node's answer. While an answer is awaited
 * Node may ask for checkpoints.
 *
 * <p>KCL skips a batch whose processor throws, so nothing is thrown here. After a failure the processor asks for the
 * worker's stop and takes no more batches; as only Node's requests move the checkpoint, it stays where it was.
 *
 * <p>{@link #leave} alone is called by other threads, while KCL's waits for an answer.
 */
final class HostRecordProcessor implements LeavableProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(HostRecordProcessor.class);

    private final Path socket;
    private final String streamArn;
    private final StopSignal stop;
    private ByteBuffer frameBuffer = ByteBuffer.allocate(64 * 1024);
    private String shardId = "(not initialized)";
    private volatile HostConnection connection;
    private volatile boolean delivering;
    /** What Node was told last, by {@link #leave} alone. */
    private Reason left;

    private boolean failed;
    private boolean ended;

    HostRecordProcessor(Path socket, String streamArn, StopSignal stop) {
        this.socket = socket;
        this.streamArn = streamArn;
        this.stop = stop;
    }

    @Override
    public void initialize(InitializationInput input) {
        shardId = input.shardId();
        run("initialize", null, () -> {
            connection = HostConnection.open(socket);
            connection.send(message("initialize")
                    .put("streamArn", streamArn)
                    .put("shardId", shardId)
                    .put("sequenceNumber", input.extendedSequenceNumber().sequenceNumber())
                    .put("subSequenceNumber", input.extendedSequenceNumber().subSequenceNumber()));
        });
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
        RecordsFrames frames = new RecordsFrames(input.records(), input.millisBehindLatest(), frameBuffer);
        delivering = !failed;
        try {
            // After "leave" too: Node must see that there were records which it has not handled.
            while (!failed && frames.hasNext()) {
                run("records", input.checkpointer(), () -> connection.write(frames.next()));
            }
        } finally {
            delivering = false;
            frameBuffer = frames.reusable();
        }
    }

    @Override
    public boolean isInitialized() {
        return connection != null;
    }

    @Override
    public boolean isDelivering() {
        return delivering;
    }

    @Override
    public synchronized void leave(Reason reason) {
        if (!delivering || left == reason || left == Reason.LEASE_LOST) return;
        try {
            // Not after KCL's thread has gone on: it may have sent the last message.
            boolean sent = connection.sendIf(this::isDelivering, message("leave").put("reason", reason.toString()));
            if (!sent) return;
            // Only now: what was not sent is to be sent in the next batch.
            left = reason;
            LOG.info("shard {}: told Node in the middle of a batch to leave, because of {}", shardId, reason);
        } catch (IOException e) {
            // KCL's thread finds the same, or the batch has just ended; then KCL says the rest.
            LOG.info("shard {}: Node could not be told: {}", shardId, e.toString());
        }
    }

    @Override
    public void leaseLost(LeaseLostInput input) {
        // While a shard waits for its parents' end KCL may take its lease away before it is initialized; and it does so
        // after the end of a shard that was not checkpointed.
        if (connection == null || ended) return;
        run("leaseLost", null, () -> connection.send(message("leaseLost")));
        close();
    }

    @Override
    public void shardEnded(ShardEndedInput input) {
        run("shardEnded", input.checkpointer(), () -> connection.send(message("shardEnded")));
        ended = true;
        close();
    }

    @Override
    public void shutdownRequested(ShutdownRequestedInput input) {
        if (connection == null) return; // the stop came before it was initialized
        run("shutdownRequested", input.checkpointer(), () -> connection.send(message("shutdownRequested")));
    }

    private void run(String action, RecordProcessorCheckpointer checkpointer, Send send) {
        if (failed) return;
        try {
            send.run();
            awaitAnswer(action, checkpointer);
        } catch (IOException | RuntimeException e) {
            String what = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            fail(ExitCode.DAEMON, "shard " + shardId + ", " + action + ": " + what, e);
        }
    }

    private void awaitAnswer(String action, RecordProcessorCheckpointer checkpointer) throws IOException {
        while (true) {
            JsonNode answer = connection.receive();
            switch (answer.get("type").asText()) {
                case "checkpoint" -> {
                    // Without a position: everything that was delivered, which Node knows only at the shard's end.
                    boolean positioned = answer.path("sequenceNumber").isTextual();
                    if (!positioned && !action.equals("shardEnded")) {
                        throw new ProtocolException("a checkpoint without a sequenceNumber came from Node: " + answer);
                    }
                    JsonNode subSequenceNumber = answer.path("subSequenceNumber");
                    if (positioned && !(subSequenceNumber.isIntegralNumber() && subSequenceNumber.canConvertToLong())) {
                        throw new ProtocolException("a checkpoint without a subSequenceNumber came from Node: " + answer);
                    }
                    connection.send(checkpoint(answer, checkpointer));
                }
                case "done" -> {
                    String of = answer.path("action").asText();
                    if (of.equals(action)) return;
                    throw new ProtocolException("Node answered '" + of + "' while '" + action + "' was awaited");
                }
                case "failed" -> {
                    int code = answer.path("kind").asText().equals("handler") ? ExitCode.HANDLER : ExitCode.DAEMON;
                    fail(code, "shard " + shardId + ": " + answer.path("reason").asText(), null);
                    return;
                }
                case "refused" -> throw new ProtocolException("Node refused: " + answer.path("reason").asText());
                default -> throw new ProtocolException("unexpected message from Node: " + answer);
            }
        }
    }

    private ObjectNode checkpoint(JsonNode request, RecordProcessorCheckpointer checkpointer) throws ProtocolException {
        if (checkpointer == null) throw new ProtocolException("Node asked for a checkpoint where none can be made");
        ObjectNode answer = message("checkpointed");
        try {
            // Without a sequence number: all that was delivered; at the end of a shard that is its end.
            if (request.path("sequenceNumber").isTextual()) {
                checkpointer.checkpoint(
                        request.get("sequenceNumber").asText(), request.path("subSequenceNumber").asLong());
            } else {
                checkpointer.checkpoint();
            }
        } catch (Exception e) {
            LOG.warn("shard {}: the checkpoint {} failed", shardId, request, e);
            answer.putObject("error").put("name", e.getClass().getSimpleName()).put("message", e.getMessage());
        }
        return answer;
    }

    private void fail(int exitCode, String reason, Exception cause) {
        failed = true;
        close();
        stop.request(exitCode, reason, cause);
    }

    private void close() {
        if (connection == null) return;
        try {
            connection.close();
        } catch (IOException e) {
            LOG.warn("shard {}: the connection to Node could not be closed", shardId, e);
        }
    }

    private static ObjectNode message(String type) {
        return HostConnection.JSON.createObjectNode().put("type", type);
    }

    private interface Send {
        void run() throws IOException;
    }
}
