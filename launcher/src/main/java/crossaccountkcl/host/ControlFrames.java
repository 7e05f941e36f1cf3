package crossaccountkcl.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Takes Node's messages apart, whatever bytes they are: it allocates no more than the longest allowed frame. */
final class ControlFrames {
    private static final ObjectReader JSON =
            HostConnection.JSON.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private ControlFrames() {}

    /**
     * @return a JSON object with a text {@code type}
     * @throws ProtocolException naming what is wrong with the frame; the next frame's start is not known then
     * @throws IOException if the channel fails, or ends
     */
    static JsonNode read(ReadableByteChannel channel) throws IOException {
        int bytes = fill(channel, ByteBuffer.allocate(Frame.LENGTH_BYTES)).getInt(0);
        if (bytes < 1 || bytes > Frame.MAX_CONTROL_LENGTH) {
            throw new ProtocolException("a frame of " + Integer.toUnsignedString(bytes)
                    + " bytes came from Node; expected 1 to " + Frame.MAX_CONTROL_LENGTH);
        }
        ByteBuffer body = fill(channel, ByteBuffer.allocate(bytes));
        if (body.get(0) != Frame.CONTROL) {
            throw new ProtocolException(String.format(
                    "a frame of type 0x%02x came from Node; expected 0x%02x (control)", body.get(0), Frame.CONTROL));
        }
        return parse(body);
    }

    private static JsonNode parse(ByteBuffer body) throws ProtocolException {
        JsonNode message;
        try {
            message = JSON.readTree(body.array(), 1, body.capacity() - 1);
        } catch (JsonProcessingException e) {
            throw new ProtocolException("a control frame from Node is not JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new ProtocolException("a control frame from Node can't be read: " + e.getMessage());
        }
        if (!message.path("type").isTextual()) {
            throw new ProtocolException("a control frame from Node has no 'type': " + message);
        }
        return message;
    }

    private static ByteBuffer fill(ReadableByteChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) throw new EOFException("Node closed the connection");
        }
        return buffer;
    }
}
