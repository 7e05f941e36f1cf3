package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.api.parallel.Isolated;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

@Isolated("Sets the proxy of the whole JVM")
class UnreachableHostTest {
    private static Throwable failureAt(String endpoint) {
        try (DynamoDbAsyncClient dynamoDb = DynamoDbAsyncClient.builder()
                .region(Region.EU_WEST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIAIOSFODNN7EXAMPLE", "x")))
                .endpointOverride(URI.create(endpoint))
                // One attempt, with time for a busy machine, in JUnit's 30 s.
                .overrideConfiguration(it -> it.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .connectionAcquisitionTimeout(Duration.ofSeconds(25))
                        .connectionTimeout(Duration.ofSeconds(25)))
                .build()) {
            return assertThrows(CompletionException.class, () -> dynamoDb.describeTable(it -> it.tableName("t"))
                            .join())
                    .getCause();
        }
    }

    @Test
    void namesTheHostOfACallThatKclMakes() {
        Throwable failure = failureAt("https://dynamodb.eu-west-9.invalid");
        assertEquals(
                "the name dynamodb.eu-west-9.invalid can't be resolved. docs/network.md has the names that are called",
                failure.getMessage());
        AwsFailure read = AwsFailure.of("DescribeTable", failure);
        assertTrue(read.message().startsWith("the name dynamodb.eu-west-9.invalid"), read.message());
        assertFalse(read.isOfCredentials("DynamoDB"));
    }

    @Test
    void namesTheHostThatRefusesTheConnection() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        String message = failureAt("http://127.0.0.1:" + port).getMessage();
        assertTrue(message.startsWith("127.0.0.1 can't be reached: "), message);
    }

    @Test
    void leavesAProxyThatIsNotThereToItsOwnText() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        System.setProperty("http.proxyHost", "127.0.0.1");
        System.setProperty("http.proxyPort", String.valueOf(port));
        System.setProperty("crossaccountkcl.proxy", "127.0.0.1:" + port + ", which HTTP_PROXY names");
        try {
            Throwable failure = failureAt("http://dynamodb.test");
            assertFalse(failure.getMessage().startsWith("dynamodb.test can't be reached"), failure.getMessage());
            String text = AwsFailure.of("DescribeTable", failure).message();
            assertTrue(text.startsWith("the proxy 127.0.0.1:" + port + ", which HTTP_PROXY names, can't be reached"), text);
        } finally {
            System.clearProperty("http.proxyHost");
            System.clearProperty("http.proxyPort");
            System.clearProperty("crossaccountkcl.proxy");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Kinesis, 111111111111.data-kinesis.eu-west-1.amazonaws.com, KINESIS_ENDPOINT=https://kinesis.eu-west-1.amazonaws.com",
        "Kinesis, 111111111111.control-kinesis-fips.us-east-1.amazonaws.com, KINESIS_ENDPOINT=https://kinesis-fips.us-east-1.amazonaws.com",
        "DynamoDb, 222222222222.ddb.eu-west-1.amazonaws.com, AWS_ACCOUNT_ID_ENDPOINT_MODE=disabled",
        "DynamoDb, dynamodb-fips.eu-west-1.amazonaws.com, AWS_USE_FIPS_ENDPOINT",
        "Kinesis, kinesis.eu-west-1.api.aws, AWS_USE_DUALSTACK_ENDPOINT",
        "Kinesis, kinesis.cn-north-1.api.amazonwebservices.com.cn, AWS_USE_DUALSTACK_ENDPOINT",
    })
    void saysWhatTheNameComesFrom(String service, String host, String setting) {
        String text = UnreachableHost.describe(service, host, new UnknownHostException(host));
        assertTrue(text.startsWith("the name " + host + " can't be resolved. "), text);
        assertTrue(text.contains(setting), text);
        assertFalse(AwsFailure.of("GetRecords", SdkClientException.create(text)).isOfCredentials(service));
    }
}
