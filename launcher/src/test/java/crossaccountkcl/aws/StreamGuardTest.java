package crossaccountkcl.aws;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
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

@ResourceLock("StreamGuard") // which has one state for the whole JVM
class StreamGuardTest {
    private static final String OURS = "arn:aws:kinesis:eu-west-1:111111111111:stream/orders";

    @BeforeEach
    void allowOurs() {
        StreamGuard.allowOnly(Stream.of(OURS));
    }

    @AfterEach
    void allowNothing() {
        StreamGuard.allowOnly(Stream.empty());
    }

    private static void send(KinesisRequest request) {
        new StreamGuard()
                .beforeExecution(InterceptorContext.builder().request(request).build(), new ExecutionAttributes());
    }

    private static void assertRefused(KinesisRequest request) {
        SecurityException e = assertThrows(SecurityException.class, () -> send(request));
        assertTrue(
                e.getMessage().startsWith(request.getClass().getSimpleName()
                        + " was refused: it does not name a configured stream by its ARN, which is one of ["),
                e.getMessage());
        assertTrue(e.getMessage().contains(OURS), e.getMessage());
    }

    private static KinesisRequest stream(String arn) {
        return DescribeStreamSummaryRequest.builder().streamARN(arn).build();
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
            assertRefused(stream(arn));
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
    void passesCallsOfEachOfSeveralStreamsAlsoIfOneIsThePrefixOfAnother() {
        String longer = OURS + "-2";
        StreamGuard.allowOnly(Stream.of(longer, OURS));
        for (String arn : List.of(OURS, longer)) {
            send(stream(arn));
            send(consumer(arn + "/consumer/c:1"));
            send(ListShardsRequest.builder().nextToken("t").streamARN(arn).build());
        }
    }

    @Test
    void refusesWhatIsBesideBetweenAndBeyondSeveralStreams() {
        String longer = OURS + "-2";
        StreamGuard.allowOnly(Stream.of(longer, OURS));
        for (String arn : List.of(OURS + "-", longer + "2", OURS.replace("111111111111", "222222222222"))) {
            assertRefused(stream(arn));
            assertRefused(consumer(arn + "/consumer/c:1"));
            assertRefused(ListShardsRequest.builder().nextToken("t").streamARN(arn).build());
        }
        assertRefused(DescribeStreamSummaryRequest.builder().streamName("orders-2").build());
    }

    @Test
    void refusesAnArnThatIsThePrefixOfTheOnlyStream() {
        StreamGuard.allowOnly(Stream.of(OURS + "-2"));
        assertRefused(stream(OURS));
        assertRefused(consumer(OURS + "/consumer/c:1"));
    }

    @Test
    void refusesEverythingBeforeAStreamIsConfigured() {
        StreamGuard.allowOnly(Stream.empty());
        for (KinesisRequest request : List.of(
                stream(OURS),
                ListShardsRequest.builder().nextToken("t").build(),
                consumer("null/consumer/c:1"),
                consumer("/consumer/c:1"))) {
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
