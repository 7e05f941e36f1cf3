package crossaccountkcl.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher as Node starts it: a JVM of its own. */
@Timeout(120)
class LauncherTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private Process process;
    private final List<JsonNode> log = new ArrayList<>();

    @AfterEach
    void kill() {
        if (process != null) process.destroyForcibly();
    }

    private void launch(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "crossaccountkcl.run.Launcher"));
        command.addAll(List.of(args));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private void launchWith(int dynamoDbPort, String... lines) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "applicationName = app",
                "executableName = unused", // stock KCL demands it
                "awsCredentialsProvider = AnonymousCredentialsProvider",
                "regionName = eu-west-1",
                "disableWorkerMetrics = true",
                "shutdownGraceMillis = 5000",
                "dynamoDBEndpoint = http://localhost:" + dynamoDbPort,
                "launcher.streams = [{\"streamArn\":\"" + Fakes.STREAM_ARN + "\"}]",
                "launcher.socketPath = " + directory.resolve("node.sock")));
        Fakes.REQUIRED_KEYS.forEach((key, value) -> all.add(key + " = " + value));
        all.addAll(List.of(lines));
        Files.write(properties(), all);
        launch(properties().toString());
    }

    private Path properties() {
        return directory.resolve("a.properties");
    }

    private void say(String line) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        in.flush();
    }

    /** Every line of the output has to be JSON. */
    private int end() throws Exception {
        BufferedReader out = process.inputReader();
        for (String line = out.readLine(); line != null; line = out.readLine()) log.add(JSON.readTree(line));
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        return process.exitValue();
    }

    private String lastError() {
        return log.stream()
                .filter(line -> line.path("level").asText().equals("error"))
                .reduce((a, b) -> b)
                .orElseThrow(() -> new AssertionError(log.toString()))
                .get("msg")
                .asText();
    }

    private static ServerSocket listening() throws IOException {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        socket.setSoTimeout(60_000); // a launcher that ended early would be waited for without end
        return socket;
    }

    @Test
    void needsThePropertiesFile() throws Exception {
        launch();
        assertEquals(ExitCode.CONFIGURATION, end());
        assertEquals("expected one argument, the .properties file", lastError());
    }

    @Test
    void saysWhichPropertiesFileCannotBeUsed() throws Exception {
        launch(directory.resolve("none.properties").toString());
        assertEquals(ExitCode.CONFIGURATION, end());
        assertTrue(lastError().startsWith("KCL can't use " + directory.resolve("none.properties")), lastError());
    }

    @Test
    void endsWithTheConfigurationsFault() throws Exception {
        launchWith(1, "retrievalMode = FANOUT");
        assertEquals(ExitCode.CONFIGURATION, end());
        assertTrue(
                lastError().startsWith("retrievalMode is FANOUT and consumerArn of " + Fakes.STREAM_ARN + " is null"),
                lastError());
    }

    /** KCL wraps it in exceptions that say nothing. */
    @Test
    void saysInKclsWordsWhatIsWrongWithTheProperties() throws Exception {
        launchWith(1, "retrievalMode = NEITHER");
        assertEquals(ExitCode.CONFIGURATION, end());
        assertEquals(
                "KCL can't use " + properties() + ": java.lang.IllegalArgumentException: Unknown retrieval type 'NEITHER'."
                        + " Available retrieval types: (FANOUT, POLLING, DEFAULT)",
                lastError());
    }

    /** It may hold credentials. */
    @Test
    void deletesThePropertiesFileOnceItIsRead() throws Exception {
        try (ServerSocket silent = listening()) {
            launchWith(silent.getLocalPort());
            silent.accept();
            assertFalse(Files.exists(properties()));
            say("stop");
            assertEquals(ExitCode.OK, end());
        }
    }

    @Test
    void deletesAPropertiesFileThatCannotBeUsed() throws Exception {
        launchWith(1, "retrievalMode = FANOUT"); // refused by the launcher
        assertEquals(ExitCode.CONFIGURATION, end());
        assertFalse(Files.exists(properties()));

        launchWith(1, "retrievalMode = NEITHER"); // refused by KCL
        assertEquals(ExitCode.CONFIGURATION, end());
        assertFalse(Files.exists(properties()));
    }

    private final CountDownLatch askedAfterTheScan = new CountDownLatch(1);

    /** @param table what is answered to all but a Scan, with single quotes, as is the other */
    private HttpServer dynamoDb(int status, String table, String scan) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        AtomicBoolean scanned = new AtomicBoolean();
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            boolean isScan = exchange.getRequestHeaders().getFirst("X-Amz-Target").endsWith(".Scan");
            if (isScan) scanned.set(true);
            else if (scanned.get()) askedAfterTheScan.countDown();
            byte[] body = (isScan ? scan : table).replace('\'', '"').getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    private HttpServer leaseTableWith(String key) throws IOException {
        return dynamoDb(200, "{'Table':{'TableStatus':'ACTIVE'}}", "{'Items':[{'leaseKey':{'S':'" + key + "'}}]}");
    }

    private static String streamOfEpoch(int epoch) {
        return "launcher.streams = [{\"streamArn\":\"" + Fakes.STREAM_ARN + "\",\"creationEpoch\":" + epoch + "}]";
    }

    @Test
    void startsNotWithALeaseTableOfTheOtherForm() throws Exception {
        HttpServer dynamoDb = leaseTableWith("111111111111:orders:1:shard-1");
        try {
            launchWith(dynamoDb.getAddress().getPort());
            assertEquals(ExitCode.CONFIGURATION, end());
            assertTrue(
                    lastError().startsWith("the lease table app has leases like 111111111111:orders:1:shard-1, of"),
                    lastError());
            assertEquals(1, askedAfterTheScan.getCount(), "KCL has started");
        } finally {
            dynamoDb.stop(0);
        }
    }

    @Test
    void startsNotWithLeasesOfAnotherEpoch() throws Exception {
        HttpServer dynamoDb = leaseTableWith("111111111111:orders:1:shard-1");
        try {
            launchWith(dynamoDb.getAddress().getPort(), streamOfEpoch(2));
            assertEquals(ExitCode.CONFIGURATION, end());
            assertTrue(
                    lastError().startsWith(
                            "the lease table app has leases of 111111111111:orders with creation epoch [1], not 2"),
                    lastError());
            assertEquals(1, askedAfterTheScan.getCount(), "KCL has started");
        } finally {
            dynamoDb.stop(0);
        }
    }

    @Test
    void startsWithLeasesOfAnotherEpochIfAllowed() throws Exception {
        HttpServer dynamoDb = leaseTableWith("111111111111:orders:1:shard-1");
        try {
            launchWith(dynamoDb.getAddress().getPort(), streamOfEpoch(2), "launcher.allowEpochChange = true");
            assertTrue(askedAfterTheScan.await(60, TimeUnit.SECONDS), "KCL has not started");
        } finally {
            process.destroyForcibly();
            dynamoDb.stop(0);
        }
    }

    @Test
    void endsWithAnAccessFailureThatNamesTheTableInAwssWords() throws Exception {
        HttpServer dynamoDb = dynamoDb(
                400, "{'__type':'com.amazon.coral.service#AccessDeniedException','Message':'not authorized'}", null);
        try {
            launchWith(dynamoDb.getAddress().getPort());
            assertEquals(ExitCode.ACCESS, end());
            assertTrue(lastError().startsWith("the lease table app can't be used: not authorized"), lastError());
        } finally {
            dynamoDb.stop(0);
        }
    }

    @Test
    void obeysNodesStopWhileDynamoDbDoesNotAnswer() throws Exception {
        try (ServerSocket silent = listening()) {
            launchWith(silent.getLocalPort());
            silent.accept();
            say("hello");
            say("stop");
            assertEquals(ExitCode.OK, end());
            assertTrue(log.toString().contains("An unknown line came from Node: 'hello'"), log.toString());
            assertTrue(log.toString().contains("Stopping, because Node asked for it"), log.toString());
        }
    }

    @Test
    void endsBySignalWithTheSameCodeAsByStop() throws Exception {
        try (ServerSocket silent = listening()) {
            launchWith(silent.getLocalPort());
            silent.accept();
            process.toHandle().destroy();
            assertEquals(ExitCode.OK, end());
            assertTrue(log.toString().contains("Stopping, because the launcher got a signal"), log.toString());
        }
    }

    @Test
    void endsWhenNodeIsGone() throws Exception {
        try (ServerSocket silent = listening()) {
            launchWith(silent.getLocalPort());
            silent.accept();
            process.getOutputStream().close();
            assertEquals(ExitCode.DAEMON, end());
            assertEquals("Stopping, because Node is gone", lastError());
        }
    }

    @Test
    void logsNoCredentials() throws Exception {
        launchWith(1, "retrievalMode = FANOUT", "kinesisCredentialsProvider.secretAccessKey = s3cr3t");
        end();
        assertFalse(log.toString().contains("s3cr3t"), log.toString());
    }
}
