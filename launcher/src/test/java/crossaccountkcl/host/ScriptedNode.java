package crossaccountkcl.host;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import crossaccountkcl.Fakes;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The other end of the socket: accepts one connection and plays a script on it, then closes it. */
final class ScriptedNode implements AutoCloseable {
    interface Script {
        void play(ScriptedNode node) throws Exception;
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    private final ServerSocketChannel server;
    private final CompletableFuture<Void> played = new CompletableFuture<>();
    private SocketChannel connection;

    ScriptedNode(Path socket, Script script) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        Thread thread = new Thread(() -> run(script), "scripted-node");
        thread.setDaemon(true);
        thread.start();
    }

    private void run(Script script) {
        try (SocketChannel accepted = server.accept()) {
            connection = accepted;
            script.play(this);
            played.complete(null);
        } catch (Throwable e) {
            played.completeExceptionally(e);
        }
    }

    /** Fails with what the script failed with. */
    void awaitEndOfScript() throws Exception {
        played.get(100, TimeUnit.SECONDS);
    }

    void welcome() throws IOException {
        expect("{'type':'hello','maxFrameLength':16777216,'versions':[1]}");
        say("{'type':'welcome','version':1}");
    }

    void welcomeAndInitialize() throws IOException {
        welcome();
        initialize(Fakes.STREAM_ARN);
    }

    void initialize(String streamArn) throws IOException {
        expect("{'type':'initialize','streamArn':'" + streamArn
                + "','shardId':'shard-1','sequenceNumber':'49','subSequenceNumber':3}");
        say("{'type':'done','action':'initialize'}");
    }

    void expect(String json) throws IOException {
        JsonNode expected = parse(json);
        JsonNode actual = receive();
        if (!expected.equals(actual)) throw new AssertionError("expected " + expected + ", got " + actual);
    }

    JsonNode receive() throws IOException {
        ByteBuffer frame = frame();
        if (frame.get() != 'J') throw new AssertionError("expected a control frame");
        return JSON.readTree(StandardCharsets.UTF_8.decode(frame).toString());
    }

    /** @return the number of records in the frame */
    int receiveRecords() throws IOException {
        ByteBuffer frame = frame();
        if (frame.get() != 'R') throw new AssertionError("expected a frame of records");
        return frame.getInt();
    }

    /** @return whether a control frame came, and not one of records; its body is looked at in either case */
    boolean receiveEither() throws IOException {
        ByteBuffer frame = frame();
        byte type = frame.get();
        if (type == 'J') JSON.readTree(StandardCharsets.UTF_8.decode(frame).toString());
        else if (type != 'R' || frame.getInt() != 7) throw new AssertionError("expected a frame, got type " + type);
        return type == 'J';
    }

    void say(String json) throws IOException {
        control(parse(json).toString());
    }

    /** A control frame whose body need not be JSON. */
    void control(String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        raw(ByteBuffer.allocate(5 + bytes.length).putInt(1 + bytes.length).put((byte) 'J').put(bytes).array());
    }

    void raw(byte... bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) connection.write(buffer);
    }

    void expectEnd() throws IOException {
        try {
            throw new AssertionError("expected the end, got a frame of " + frame().remaining() + " bytes");
        } catch (EOFException e) {
            // as it should be
        }
    }

    private ByteBuffer frame() throws IOException {
        return fill(ByteBuffer.allocate(fill(ByteBuffer.allocate(4)).getInt()));
    }

    private ByteBuffer fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (connection.read(buffer) < 0) throw new EOFException();
        }
        return buffer.flip();
    }

    private static JsonNode parse(String json) throws IOException {
        return JSON.readTree(json.replace('\'', '"'));
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
