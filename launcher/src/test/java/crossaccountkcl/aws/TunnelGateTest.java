package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import software.amazon.awssdk.core.internal.http.async.SimpleHttpContentPublisher;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.SdkHttpConfigurationOption;
import software.amazon.awssdk.http.SdkHttpFullRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;
import software.amazon.awssdk.http.async.SimpleSubscriber;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.ProxyConfiguration;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.utils.AttributeMap;

/** The SDK's own client, which loses the server's first frames in nearly each of these connections without the gate. */
class TunnelGateTest {
    private static final int CONNECTIONS = 50;
    private static final NioEventLoopGroup LOOPS = new NioEventLoopGroup(4);

    @AfterAll
    static void stop() {
        LOOPS.shutdownGracefully();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.1 200 OK\r\nVia: 1.1 proxy\r\nProxy-Agent: test\r\n\r\n",
    })
    void whatTheServerSendsWithTheAnswerIsNotLost(String answer) throws Exception {
        try (TunnelServer server = new TunnelServer(answer)) {
            ProxyConfiguration proxy =
                    ProxyConfiguration.builder().host("127.0.0.1").port(server.port()).build();
            for (int i = 0; i < CONNECTIONS; i++) assertEquals(200, status(proxy, URI.create("http://x.test:80")));
        }
    }

    @Test
    void aConnectionWithoutAProxyIsLeftAlone() throws Exception {
        try (TunnelServer server = new TunnelServer(null)) {
            ProxyConfiguration none = ProxyConfiguration.builder()
                    .useSystemPropertyValues(false)
                    .useEnvironmentVariableValues(false)
                    .build();
            assertEquals(200, status(none, URI.create("http://127.0.0.1:" + server.port())));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.0 200 OK\n\n", // Netty wants CRLF
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    })
    void whatIsNoAnswerOfAProxyFailsTheCall(String answer) throws Exception {
        try (TunnelServer server = new TunnelServer(answer)) {
            ProxyConfiguration proxy =
                    ProxyConfiguration.builder().host("127.0.0.1").port(server.port()).build();
            ExecutionException e =
                    assertThrows(ExecutionException.class, () -> status(proxy, URI.create("http://x.test:80")));
            assertTrue(e.getMessage().contains("Could not connect to proxy"), e.getMessage());
        }
    }

    @Test
    void nettyFindsIt() {
        assertTrue(ServiceLoader.load(ChannelInitializerExtension.class).stream()
                .anyMatch(provider -> provider.type() == TunnelGate.class));
    }

    /** Of a call by a client of its own, and so on a connection of its own. */
    private static int status(ProxyConfiguration proxy, URI uri) throws Exception {
        SdkEventLoopGroup loops = SdkEventLoopGroup.create(LOOPS, () -> {
            NioSocketChannel channel = new NioSocketChannel();
            new TunnelGate().postInitializeClientChannel(channel); // as Netty's Bootstrap does, once a JVM has the property
            return channel;
        });
        try (SdkAsyncHttpClient client = NettyNioAsyncHttpClient.builder()
                .eventLoopGroup(loops)
                .proxyConfiguration(proxy)
                .buildWithDefaults(AttributeMap.builder()
                        .put(SdkHttpConfigurationOption.PROTOCOL, Protocol.HTTP2)
                        .build())) {
            SdkHttpFullRequest request =
                    SdkHttpFullRequest.builder().uri(uri).method(SdkHttpMethod.GET).build();
            CompletableFuture<Integer> status = new CompletableFuture<>();
            client.execute(AsyncExecuteRequest.builder()
                    .request(request)
                    .requestContentPublisher(new SimpleHttpContentPublisher(request))
                    .responseHandler(new Status(status))
                    .build());
            return status.get(60, TimeUnit.SECONDS);
        }
    }

    private record Status(CompletableFuture<Integer> status) implements SdkAsyncHttpResponseHandler {
        @Override
        public void onHeaders(SdkHttpResponse response) {
            status.complete(response.statusCode());
        }

        @Override
        public void onStream(Publisher<ByteBuffer> body) {
            body.subscribe(new SimpleSubscriber(bytes -> {}));
        }

        @Override
        public void onError(Throwable error) {
            status.completeExceptionally(error);
        }
    }
}
