package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import software.amazon.awssdk.core.exception.SdkClientException;

@Isolated("Sets the proxy of the whole JVM")
class ConnectionFailureTest {
    private static final String NAMED = "the proxy proxy.corp:3128, which HTTPS_PROXY names, ";

    @BeforeEach
    void set() {
        System.setProperty("http.proxyHost", "proxy.corp");
        System.setProperty("http.proxyPort", "3128");
        System.setProperty("crossaccountkcl.proxy", "proxy.corp:3128, which HTTPS_PROXY names");
    }

    @AfterEach
    void reset() {
        System.clearProperty("http.proxyHost");
        System.clearProperty("http.proxyPort");
        System.clearProperty("crossaccountkcl.proxy");
    }

    private static String of(Throwable cause) {
        return ConnectionFailure.of(new CompletionException(
                SdkClientException.create("Unable to execute HTTP request: " + cause.getMessage(), cause)));
    }

    @Test
    void namesTheProxyThatRefuses() {
        assertTrue(of(new IOException("Could not connect to proxy")).startsWith(NAMED + "refused to connect: "));
        AwsFailure failure = AwsFailure.of(
                "GetRecords", SdkClientException.create("Unable", new IOException("Could not connect to proxy")));
        assertTrue(failure.message().startsWith(NAMED));
    }

    @Test
    void namesTheProxyThatEndsTheConnection() {
        assertEquals(
                NAMED + "ended the connection instead of answering",
                of(new IOException("Unable to send CONNECT request to proxy")));
    }

    @Test
    void namesTheProxyThatIsNotThere() {
        assertEquals(
                NAMED + "can't be reached: Connection refused: proxy.corp/10.0.0.1:3128",
                of(new ConnectException("Connection refused: proxy.corp/10.0.0.1:3128")));
        assertEquals(
                "the name of the proxy proxy.corp:3128, which HTTPS_PROXY names, can't be resolved",
                of(new UnknownHostException("proxy.corp: Name or service not known")));
    }

    @Test
    void namesTheSettingForCertificates() {
        String text = of(new SSLHandshakeException("PKIX path building failed: unable to find valid certification path"));
        assertTrue(text.contains("NODE_EXTRA_CA_CERTS"), text);
    }

    @Test
    void saysNothingOfWhatIsNeither() {
        assertNull(of(new ConnectException("Connection refused: kinesis.example/10.0.0.2:443")));
        assertNull(of(new ConnectException("Connection refused: proxy.corp/10.0.0.1:4567")));
        assertNull(of(new UnknownHostException("proxy.corporate.example")));
        assertNull(of(new IOException("Connection reset by peer")));
        System.clearProperty("crossaccountkcl.proxy");
        assertNull(of(new IOException("Could not connect to proxy")));
    }
}
