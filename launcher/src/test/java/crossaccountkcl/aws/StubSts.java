package crossaccountkcl.aws;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An STS that lets anyone assume any role. The JVM's system property says where it is: tests that use it must lock the
 * resource {@link #PROPERTY}.
 */
public final class StubSts implements AutoCloseable {
    public static final String PROPERTY = "aws.endpointUrlSts";
    public static final String ACCESS_KEY = "ASIAOFTHEROLE";

    /** One call: who made it, and its parameters. */
    public record Call(String authorization, Map<String, String> parameters) {}

    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    public StubSts() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        System.setProperty(PROPERTY, "http://localhost:" + server.getAddress().getPort());
    }

    public List<Call> calls() {
        return calls;
    }

    private void answer(HttpExchange exchange) throws IOException {
        Map<String, String> parameters = new HashMap<>();
        for (String pair : new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).split("&")) {
            String[] words = pair.split("=", 2);
            parameters.put(words[0], URLDecoder.decode(words[1], StandardCharsets.UTF_8));
        }
        calls.add(new Call(exchange.getRequestHeaders().getFirst("Authorization"), parameters));
        byte[] body = """
                <AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
                <AccessKeyId>%s</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>
                <SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>
                </Credentials></AssumeRoleResult></AssumeRoleResponse>
                """.formatted(ACCESS_KEY).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "text/xml");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        System.clearProperty(PROPERTY);
        server.stop(0);
    }
}
