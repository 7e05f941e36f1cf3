package crossaccountkcl.aws;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.PromiseCombiner;
import java.util.List;

/**
 * Holds what a server sends through a proxy until the SDK's handlers are in place.
 *
 * <p>The SDK for Java (2.41 to 2.57) adds the handlers for TLS and HTTP/2 after the proxy's answer to CONNECT, on another event
 * loop than the one that reads the connection ({@code Http1TunnelConnectionPool}). Handlers that are not there yet miss what is
 * read meanwhile. If that is the server's SETTINGS frame, the SDK waits for it without a limit, and sends no call.
 *
 * <p>Netty loads this class for all clients' connections when {@link NetworkSettings} tells it to.
 */
public final class TunnelGate extends ChannelInitializerExtension {
    /** Netty's HTTP decoder refuses answers that are longer. */
    private static final int LONGEST_ANSWER = 64 * 1024;

    @Override
    public void postInitializeClientChannel(Channel channel) {
        channel.pipeline().addFirst(new Gate());
    }

    private static final class Gate extends ByteToMessageDecoder {
        private boolean answered;

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            if (answered) return; // the bytes stay in this decoder, which passes them on when it is removed
            int length = lengthOfHead(in);
            if (isOther(in) || length < 0 && in.readableBytes() > LONGEST_ANSWER) {
                context.pipeline().remove(this);
            } else if (length > 0) {
                answered = true;
                out.add(in.readRetainedSlice(length));
                context.executor().execute(() -> openAfterSetup(context)); // when the answer has been handled
            }
        }

        /** Neither TLS nor HTTP/2 begins with an H: a connection without a proxy. */
        private static boolean isOther(ByteBuf in) {
            return in.getByte(in.readerIndex()) != 'H';
        }

        /** @return the length up to the end of the empty line, or -1 if it has not come yet */
        private static int lengthOfHead(ByteBuf in) {
            int start = in.readerIndex();
            for (int lineStart = start; ; ) {
                int lineEnd = in.indexOf(lineStart, in.writerIndex(), (byte) '\n');
                if (lineEnd < 0) return -1;
                int lineLength = lineEnd - lineStart;
                if (lineLength == 0 || lineLength == 1 && in.getByte(lineStart) == '\r') return lineEnd + 1 - start;
                lineStart = lineEnd + 1;
            }
        }

        /**
         * The setup was queued on one of the group's event loops while the answer was handled, and which one is not known. A
         * task that is queued on each of them now runs after it.
         */
        private void openAfterSetup(ChannelHandlerContext context) {
            EventLoop loop = context.channel().eventLoop();
            PromiseCombiner loops = new PromiseCombiner(loop);
            for (EventExecutor each : loop.parent()) loops.add(each.submit(() -> {}));
            loops.finish(loop.<Void>newPromise().addListener(done -> {
                if (!context.isRemoved()) context.pipeline().remove(this);
            }));
        }
    }
}
