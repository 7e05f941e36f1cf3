package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.api.parallel.Isolated;
import software.amazon.awssdk.http.nio.netty.ProxyConfiguration;

@Isolated("Sets the proxy of the whole JVM")
class NetworkSettingsTest {
    private static final Set<String> SET = Set.of(
            "http.proxyHost", "http.proxyPort", "http.proxyUser", "http.proxyPassword", "http.nonProxyHosts",
            "io.netty.bootstrap.extensions", "javax.net.ssl.trustStore", "javax.net.ssl.trustStoreType", "javax.net.ssl.trustStorePassword");

    @AfterEach
    void reset() {
        SET.forEach(System::clearProperty);
    }

    /** As Node writes them. */
    private static Properties properties() {
        Properties properties = new Properties();
        properties.putAll(Map.of(
                "launcher.system.http.proxyHost", "proxy.corp",
                "launcher.system.http.proxyPort", "3128",
                "launcher.system.http.proxyUser", "me",
                "launcher.system.http.proxyPassword", "p@ss:",
                "launcher.system.http.nonProxyHosts",
                        "localhost|*.localhost|127.*|169.254.*|.::1.|.fd00:ec2::254.|*.internal.example",
                "streamName", "orders"));
        return properties;
    }

    @Test
    void theSdkTakesItsProxyFromThem() {
        Properties properties = properties();
        NetworkSettings.applyFrom(properties);
        ProxyConfiguration proxy = ProxyConfiguration.builder().build();
        assertEquals("proxy.corp", proxy.host());
        assertEquals(3128, proxy.port());
        assertEquals("me", proxy.username());
        assertEquals("p@ss:", proxy.password());
        assertEquals(Set.of("streamName"), properties.keySet());
        assertEquals("serviceload", System.getProperty("io.netty.bootstrap.extensions"));
    }

    @Test
    void nettyLoadsTheTunnelGateForTheProxyOfTheUserToo() {
        System.setProperty("http.proxyHost", "proxy.own");
        NetworkSettings.applyFrom(new Properties());
        assertEquals("serviceload", System.getProperty("io.netty.bootstrap.extensions"));
    }

    @Test
    void andNothingWithoutAProxy() {
        NetworkSettings.applyFrom(new Properties());
        assertNull(System.getProperty("io.netty.bootstrap.extensions"));
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, true",
        "lab.localhost, true",
        "127.0.0.1, true",
        "[::1], true",
        "169.254.170.2, true",
        "[fd00:ec2::254], true",
        "kinesis.internal.example, true",
        "111111111111.data-kinesis.us-east-1.amazonaws.com, false",
        "dynamodb.us-east-1.amazonaws.com, false",
        "128.0.0.1, false",
    })
    void andTheHostsThatAreCalledDirectly(String host, boolean direct) {
        NetworkSettings.applyFrom(properties());
        // As its AwaitCloseChannelPoolMap asks (2.41).
        boolean matched = ProxyConfiguration.builder().build().nonProxyHosts().stream().anyMatch(host::matches);
        assertEquals(direct, matched);
    }

    @ParameterizedTest
    @CsvSource({"kinesis.test, false", "lab, false", "a.kinesis.test, true", "dynamodb.us-east-1.amazonaws.com, true"})
    void andOnlySomeHostsThatAreCalledByTheProxy(String host, boolean direct) {
        Properties properties = properties();
        properties.put("launcher.system.http.nonProxyHosts", "(?!kinesis\\.test$)(?!lab$)*");
        NetworkSettings.applyFrom(properties);
        boolean matched = ProxyConfiguration.builder().build().nonProxyHosts().stream().anyMatch(host::matches);
        assertEquals(direct, matched);
    }

    @Test
    void aProxyThatTheUserHasGivenTheJvmStays() {
        System.setProperty("http.proxyHost", "own");
        Properties properties = properties();
        NetworkSettings.applyFrom(properties);
        assertEquals("own", System.getProperty("http.proxyHost"));
        assertNull(System.getProperty("http.nonProxyHosts"));
        assertEquals(Set.of("streamName"), properties.keySet());
    }

    @Test
    void extraCertificatesAreTrustedBesidesJavasOwn(@TempDir Path folder) throws Exception {
        int before = trusted();
        Path pem = folder.resolve("ca.pem");
        Files.writeString(pem, "# the proxy's\n" + CERTIFICATE);
        NetworkSettings.applyFrom(certificates(pem, folder.resolve("store")));
        assertEquals(before + 1, trusted());
    }

    @ParameterizedTest
    @CsvSource({"X509 CERTIFICATE", "TRUSTED CERTIFICATE"})
    void allNamesOfCertificatesAreRead(String name, @TempDir Path folder) throws Exception {
        int before = trusted();
        Path pem = folder.resolve("ca.pem");
        String text = name.startsWith("X509") ? CERTIFICATE : trustedForServers();
        Files.writeString(pem, text.replace("CERTIFICATE", name));
        NetworkSettings.applyFrom(certificates(pem, folder.resolve("store")));
        assertEquals(before + 1, trusted());
    }

    @Test
    void aBlockThatIsNoCertificateLeavesTheOthers(@TempDir Path folder) throws Exception {
        int before = trusted();
        Path pem = folder.resolve("ca.pem");
        Files.writeString(pem, BROKEN + CERTIFICATE + BROKEN);
        NetworkSettings.applyFrom(certificates(pem, folder.resolve("store")));
        assertEquals(before + 1, trusted());
    }

    @ParameterizedTest
    @CsvSource({"missing.pem", "empty.pem", "broken.pem"})
    void aFileThatCanNotBeUsedLeavesJavasOwn(String name, @TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("empty.pem"), "nothing");
        Files.writeString(folder.resolve("broken.pem"), BROKEN);
        int before = trusted();
        NetworkSettings.applyFrom(certificates(folder.resolve(name), folder.resolve("store")));
        assertNull(System.getProperty("javax.net.ssl.trustStore"));
        assertEquals(before, trusted());
        assertTrue(before > 0);
    }

    private static Properties certificates(Path pem, Path store) {
        Properties properties = new Properties();
        properties.put("launcher.extraCaCertificates", pem.toString());
        properties.put("launcher.trustStore", store.toString());
        return properties;
    }

    /** With what `openssl x509 -addtrust serverAuth` puts behind the certificate. */
    private static String trustedForServers() {
        byte[] certificate = Base64.getMimeDecoder().decode(CERTIFICATE.replaceAll("-----.*?-----", ""));
        byte[] settings = HexFormat.of().parseHex("300c300a06082b06010505070301");
        byte[] both = Arrays.copyOf(certificate, certificate.length + settings.length);
        System.arraycopy(settings, 0, both, certificate.length, settings.length);
        return "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder().encodeToString(both)
                + "\n-----END CERTIFICATE-----\n";
    }

    private static int trusted() throws Exception {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        return ((X509TrustManager) factory.getTrustManagers()[0]).getAcceptedIssuers().length;
    }

    private static final String BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    private static final String CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIBgjCCASegAwIBAgIUCn0lscZwCIqUuSBnp3X7LyUqXJUwCgYIKoZIzj0EAwIw
            FTETMBEGA1UEAwwKcHJveHkudGVzdDAgFw0yNjExMzAxNDE2MzFaGA8yMTI2MTEw
            NjE0MTYzMVowFTETMBEGA1UEAwwKcHJveHkudGVzdDBZMBMGByqGSM49AgEGCCqG
            SM49AwEHA0IABHTzHYcMnPetfgKhd7DuGh3z5lWZYpL/i4TZpo+Pc/81POtxbxy3
            5oCuJc1xYsTouqnny/OVqH7U6Or/CZ4be0ijUzBRMB0GA1UdDgQWBBST+BJsW+aE
            +pgRkZWzSGcNL/CPbjAfBgNVHSMEGDAWgBST+BJsW+aE+pgRkZWzSGcNL/CPbjAP
            BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQD0h23fca6dFy8+v1B/
            FhGdxZGTnEZCZeaUhi9WEUIqagIhAPsPhHyWfxn25EWGkgEBYlwphUB3/pluXehU
            1naHJXbn
            -----END CERTIFICATE-----
            """;
}
