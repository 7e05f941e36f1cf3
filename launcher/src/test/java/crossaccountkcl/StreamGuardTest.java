package crossaccountkcl;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.InterceptorContext;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.KinesisRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListStreamsRequest;
import software.amazon.awssdk.services.kinesis.model.RegisterStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;

class StreamGuardTest {
    private static final String OURS = "arn:aws:kinesis:eu-west-1:111111111111:stream/orders";

    @BeforeEach
    void allowOurs() {
        StreamGuard.allowOnly(OURS);
    }

    @AfterEach
    void allowNothing() {
        StreamGuard.allowOnly(null);
    }

    private static void send(KinesisRequest request) {
        new StreamGuard()
                .beforeExecution(InterceptorContext.builder().request(request).build(), new ExecutionAttributes());
    }

    private static void assertRefused(KinesisRequest request) {
        SecurityException e = assertThrows(SecurityException.class, () -> send(request));
        assertEquals(
                request.getClass().getSimpleName() + " was refused: it does not name the configured stream " + OURS
                        + " by its ARN",
                e.getMessage());
    }

    private static KinesisRequest consumer(String arn) {
        return DescribeStreamConsumerRequest.builder().consumerARN(arn).build();
    }

    @Test
    void passesCallsThatNameOurStreamByItsArn() {
        send(DescribeStreamSummaryRequest.builder().streamARN(OURS).build());
        send(GetRecordsRequest.builder().shardIterator("i").streamARN(OURS).build());
        send(ListShardsRequest.builder().streamName("orders").streamARN(OURS).build());
        send(DescribeStreamConsumerRequest.builder().streamARN(OURS).consumerName("c").build());
    }

    @Test
    void passesCallsThatNameAConsumerOfOurStream() {
        send(consumer(OURS + "/consumer/c:1700000000"));
        send(SubscribeToShardRequest.builder().consumerARN(OURS + "/consumer/c:1700000000").shardId("s").build());
    }

    @Test
    void refusesACallByName() {
        assertRefused(DescribeStreamSummaryRequest.builder().streamName("orders").build());
        assertRefused(ListShardsRequest.builder().streamName("orders").build());
    }

    @Test
    void refusesACallThatNamesNoStream() {
        assertRefused(ListStreamsRequest.builder().build());
        assertRefused(GetRecordsRequest.builder().shardIterator("i").build());
    }

    @Test
    void refusesAnotherArnEvenIfOursIsItsPrefix() {
        for (String arn : List.of(OURS + "-2", OURS.replace("111111111111", "222222222222"), OURS.replace("west", "east"))) {
            assertRefused(DescribeStreamSummaryRequest.builder().streamARN(arn).build());
        }
    }

    @Test
    void refusesAConsumerOfAnotherStreamEvenIfOursIsItsPrefix() {
        assertRefused(consumer(OURS + "-2/consumer/c:1"));
        assertRefused(consumer(OURS.replace("111111111111", "222222222222") + "/consumer/c:1"));
        assertRefused(consumer(OURS));
    }

    @Test
    void refusesAForeignConsumerBesideOurStream() {
        assertRefused(DescribeStreamConsumerRequest.builder()
                .streamARN(OURS)
                .consumerARN(OURS + "-2/consumer/c:1")
                .build());
    }

    @Test
    void refusesToRegisterAConsumer() {
        assertRefused(RegisterStreamConsumerRequest.builder().streamARN(OURS).consumerName("c").build());
    }

    /** KCL's KinesisShardDetector sends the token alone for a stream of more shards than a page holds. */
    @Test
    void passesTheFollowingPagesOfListShards() {
        send(ListShardsRequest.builder().nextToken("t").build());
        assertRefused(ListShardsRequest.builder().nextToken("t").streamName("orders").build());
        assertRefused(ListShardsRequest.builder().nextToken("t").streamARN(OURS + "-2").build());
    }

    @Test
    void refusesEverythingBeforeAStreamIsConfigured() {
        StreamGuard.allowOnly(null);
        for (KinesisRequest request : List.of(
                DescribeStreamSummaryRequest.builder().streamARN(OURS).build(),
                ListShardsRequest.builder().nextToken("t").build(),
                consumer("null/consumer/c:1"))) {
            assertThrows(SecurityException.class, () -> send(request));
        }
    }

    @Test
    void isLoadedByEveryKinesisClientSoThatARefusedCallReachesNoServer() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            seen.add(exchange.getRequestHeaders().getFirst("X-Amz-Target"));
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("Content-Type", "application/x-amz-cbor-1.1");
            exchange.sendResponseHeaders(200, 1);
            exchange.getResponseBody().write(0xa0); // an empty map in CBOR
            exchange.close();
        });
        server.start();
        try (KinesisAsyncClient client = KinesisAsyncClient.builder()
                .endpointOverride(URI.create("http://localhost:" + server.getAddress().getPort()))
                .region(Region.EU_WEST_1)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP1_1))
                .build()) {
            CompletionException e = assertThrows(
                    CompletionException.class,
                    () -> client.describeStreamSummary(r -> r.streamName("orders")).join());
            assertTrue(String.valueOf(e.getCause()).contains("was refused"), e.toString());
            assertEquals(List.of(), seen);

            // That the server would have been reached:
            assertDoesNotThrow(() -> client.describeStreamSummary(r -> r.streamARN(OURS)).join());
            assertEquals(List.of("Kinesis_20131202.DescribeStreamSummary"), seen);
        } finally {
            server.stop(0);
        }
    }
}
