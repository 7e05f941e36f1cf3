package crossaccountkcl.aws;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says of a call that could not be made what of the proxy or of the certificates was in its way: netty's texts do not. */
public final class ConnectionFailure {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionFailure.class);
    private static final Duration REPEAT = Duration.ofMinutes(1);
    private static final int MAX_CAUSES = 10;
    /** When it was last logged, by service and text. */
    private static final Map<String, Instant> REPORTED = new ConcurrentHashMap<>();
    /** Set by Node: the proxy's host and port, and the variable that names it. */
    private static final String PROXY = "crossaccountkcl.proxy";

    private ConnectionFailure() {}

    /** Logs what was in the way of a call to the service, at most once a minute: KCL makes the call again and again. */
    static void report(String service, Throwable failure) {
        String text = of(failure);
        if (text == null) return;
        Instant now = Instant.now();
        Instant logged = REPORTED.compute(
                service + " " + text,
                (key, before) -> before == null || now.isAfter(before.plus(REPEAT)) ? now : before);
        if (logged.equals(now)) LOG.warn("{} can't be called: {}. KCL tries again", service, text);
    }

    /** @return what was in the way and what to do about it; null if it was neither proxy nor certificate */
    public static String of(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++, cause = cause.getCause()) {
            String text = of(cause, String.valueOf(cause.getMessage()));
            if (text != null) return text;
        }
        return null;
    }

    private static String of(Throwable cause, String message) {
        if (message.contains("PKIX path building failed") || message.contains("unable to find valid certification path")) {
            return "the certificate of AWS's side is signed by an authority that Java does not trust. Does a proxy or"
                    + " firewall sign anew what it reads? Then name the file of its CA certificate (PEM) in"
                    + " NODE_EXTRA_CA_CERTS: Node and KCL trust it both";
        }
        String proxy = System.getProperty(PROXY);
        if (proxy == null) return null;
        if (message.contains("Could not connect to proxy")) {
            return "the proxy " + proxy + ", refused to connect: it does not accept the user and the password, or not"
                    + " this host. preflight says which";
        }
        if (message.contains("CONNECT request to proxy")) {
            return "the proxy " + proxy + ", ended the connection instead of answering";
        }
        String host = System.getProperty("http.proxyHost", "");
        // Such as "Connection refused: proxy.example.com/192.0.2.1:3128".
        boolean ofProxy = message.contains(host) && message.endsWith(":" + System.getProperty("http.proxyPort"));
        if (cause instanceof ConnectException && ofProxy) {
            return "the proxy " + proxy + ", can't be reached: " + message;
        }
        if (cause instanceof UnknownHostException && (message.equals(host) || message.startsWith(host + ":"))) {
            return "the name of the proxy " + proxy + ", can't be resolved";
        }
        return null;
    }
}
