package crossaccountkcl.host;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** One shard's connection to Node, in frames. Calls block. Any thread may send, one at a time may receive. */
final class HostConnection implements Closeable {
    static final ObjectMapper JSON = new ObjectMapper();
    /** Writes go out in slices: the JDK keeps a direct buffer as large as a thread's largest write. */
    private static final int SLICE = 128 * 1024;

    private final SocketChannel channel;
    /** Held for a whole frame: one in another would break both. */
    private final ReentrantLock writing = new ReentrantLock();

    private HostConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /** Connects and agrees on the version of the protocol. */
    static HostConnection open(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        HostConnection connection = new HostConnection(channel);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ObjectNode hello = JSON.createObjectNode().put("type", "hello").put("maxFrameLength", Frame.MAX_LENGTH);
            hello.putArray("versions").add(Frame.VERSION);
            connection.send(hello);
            connection.expectWelcome(connection.receive());
            return connection;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private void expectWelcome(JsonNode answer) throws ProtocolException {
        if (answer.path("type").asText().equals("refused")) {
            throw new ProtocolException("Node refused the connection: " + answer.path("reason").asText());
        }
        if (!answer.path("type").asText().equals("welcome") || answer.path("version").asInt() != Frame.VERSION) {
            throw new ProtocolException("expected a welcome with version " + Frame.VERSION + ", got " + answer);
        }
    }

    void send(ObjectNode message) throws IOException {
        sendIf(() -> true, message);
    }

    /**
     * The condition is asked once no other message is being written any more.
     *
     * @return whether the message was sent
     */
    boolean sendIf(BooleanSupplier condition, ObjectNode message) throws IOException {
        byte[] body = JSON.writeValueAsBytes(message);
        if (body.length + 1 > Frame.MAX_CONTROL_LENGTH) {
            throw new IOException("a control message of " + body.length + " bytes does not fit into a frame");
        }
        ByteBuffer frame = ByteBuffer.allocate(Frame.LENGTH_BYTES + 1 + body.length);
        return writeIf(condition, frame.putInt(body.length + 1).put(Frame.CONTROL).put(body).flip());
    }

    void write(ByteBuffer frame) throws IOException {
        writeIf(() -> true, frame);
    }

    private boolean writeIf(BooleanSupplier condition, ByteBuffer frame) throws IOException {
        try {
            writing.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while another message was being written");
        }
        try {
            if (!condition.getAsBoolean()) return false;
            writeSlices(frame);
            return true;
        } finally {
            writing.unlock();
        }
    }

    private void writeSlices(ByteBuffer frame) throws IOException {
        int end = frame.limit();
        while (frame.position() < end) {
            frame.limit(Math.min(end, frame.position() + SLICE));
            while (frame.hasRemaining()) channel.write(frame);
        }
    }

    /** The next control message; Node sends nothing else. */
    JsonNode receive() throws IOException {
        return ControlFrames.read(channel);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
