package crossaccountkcl.aws;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A proxy and, behind it, an HTTP/2 server without TLS that sends its SETTINGS in the packet of the proxy's answer. */
final class TunnelServer implements AutoCloseable {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int ACK = 1;
    private static final int END_OF_STREAM_AND_HEADERS = 5;
    private static final byte[] STATUS_200 = {(byte) 0x88}; // HPACK's static table

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final byte[] answer;

    /** @param answer to CONNECT; null for the server alone, without a proxy */
    TunnelServer(String answer) throws IOException {
        this.answer = answer == null ? null : answer.getBytes(StandardCharsets.US_ASCII);
        start(() -> {
            while (true) {
                Socket socket = server.accept();
                start(() -> serve(socket));
            }
        });
    }

    int port() {
        return server.getLocalPort();
    }

    private void serve(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        if (answer == null) {
            out.write(frame(SETTINGS, 0, 0));
        } else {
            for (int matched = 0; matched < 4; ) matched = in.readByte() == "\r\n\r\n".charAt(matched) ? matched + 1 : 0;
            out.write(concat(answer, frame(SETTINGS, 0, 0)));
        }
        in.readFully(new byte[PREFACE.length]);
        while (true) {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            byte[] payload = new byte[length];
            in.readFully(payload);
            if (type == SETTINGS && flags != ACK) out.write(frame(SETTINGS, ACK, 0));
            if (type == PING) out.write(frame(PING, ACK, 0, payload));
            if (type == HEADERS) out.write(frame(HEADERS, END_OF_STREAM_AND_HEADERS, stream, STATUS_200));
        }
    }

    private static byte[] frame(int type, int flags, int stream, byte... payload) {
        byte[] head = {0, 0, (byte) payload.length, (byte) type, (byte) flags, 0, 0, 0, (byte) stream};
        return concat(head, payload);
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // the other side, or the test, has ended
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
