package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import crossaccountkcl.aws.ServiceCalls.Call;
import crossaccountkcl.aws.ServiceCalls.Failing;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** With a client as KCL has it: that the SDK loads the interceptor, and what it tells. */
class ServiceCallsTest {
    private static final Call CALL = new Call("DynamoDB", "ListTables");

    private static final Call RESOLVE = new Call("DynamoDB", "resolveCredentials");

    private HttpServer server;
    private volatile String answer = "{}";
    private volatile int status = 200;

    @BeforeEach
    void serve() throws Exception {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("content-type", "application/x-amz-json-1.0");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void end() {
        server.stop(0);
    }

    private void call(AwsCredentialsProvider credentials) {
        try (DynamoDbAsyncClient client = DynamoDbAsyncClient.builder()
                .region(Region.EU_WEST_1)
                .endpointOverride(URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
                .credentialsProvider(credentials)
                .build()) {
            client.listTables().join();
        }
    }

    private Failing fail(AwsCredentialsProvider credentials) {
        assertThrows(CompletionException.class, () -> call(credentials));
        return ServiceCalls.failing().get(CALL);
    }

    @Test
    void notesWhichCredentialsAreRefusedUntilACallSucceeds() {
        AwsCredentialsProvider credentials = () -> AwsBasicCredentials.create("AKIAEXAMPLE1234", "secret");
        status = 400;
        answer = "{\"__type\":\"com.amazon.coral.service#ExpiredTokenException\",\"message\":\"expired\"}";
        Failing failing = fail(credentials);
        assertEquals("ListTables: ExpiredTokenException: expired", failing.failure().toString());
        assertEquals("1234", failing.accessKey());
        assertTrue(failing.isOfCredentials());
        status = 200;
        answer = "{\"TableNames\":[]}";
        call(credentials);
        assertFalse(ServiceCalls.failing().containsKey(CALL));
    }

    @Test
    void reportsAnExpiredSessionOnlyIfTheNextOneIsRefusedToo() {
        AwsCredentialsProvider credentials = () -> AwsBasicCredentials.create("ASIAEXAMPLE1234", "secret");
        status = 400;
        answer = "{\"__type\":\"com.amazon.coral.service#ExpiredTokenException\",\"message\":\"expired\"}";
        Failing failing = fail(credentials);
        assertFalse(ServiceCalls.reported(failing.since().plusSeconds(4)).containsKey(CALL));
        assertTrue(ServiceCalls.reported(failing.since().plusSeconds(5)).containsKey(CALL));
        status = 200;
        answer = "{\"TableNames\":[]}";
        call(credentials);
    }

    /** The SDK does not tell its interceptors. */
    @Test
    void notesThatThereAreNone() {
        AtomicBoolean gone = new AtomicBoolean(true);
        AwsCredentialsProvider credentials = new WatchedCredentials("DynamoDB", () -> {
            if (!gone.get()) return AwsBasicCredentials.create("AKIAEXAMPLE1234", "secret");
            throw SdkClientException.create("Unable to load credentials from any of the providers in the chain");
        });
        assertThrows(RuntimeException.class, () -> call(credentials));
        Failing failing = ServiceCalls.failing().get(RESOLVE);
        assertTrue(failing.isOfCredentials());
        assertEquals(null, failing.accessKey());
        gone.set(false);
        answer = "{\"TableNames\":[]}";
        call(credentials);
        assertFalse(ServiceCalls.failing().containsKey(RESOLVE));
    }
}
