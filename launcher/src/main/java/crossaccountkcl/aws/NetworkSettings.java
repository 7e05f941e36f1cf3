package crossaccountkcl.aws;

import java.nio.file.Path;
import java.util.Properties;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the JVM's clients reach AWS, as Node has decided it for both processes: the proxy, and what is trusted besides
 * Java's own certificates. It is set in this process alone: the children of the multilang transport keep their
 * environment, and no password is on a command line.
 */
public final class NetworkSettings {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkSettings.class);
    static final String SYSTEM = "launcher.system.";
    static final String CERTIFICATES = "launcher.extraCaCertificates";
    static final String TRUST_STORE = "launcher.trustStore";
    private static final String PROXY = "http.proxyHost";
    private static final String NETTY_EXTENSIONS = "io.netty.bootstrap.extensions";

    private NetworkSettings() {}

    /** Takes its keys out of the properties; no client may have been made before. */
    public static void applyFrom(Properties properties) {
        boolean ofUser = System.getProperty(PROXY) != null;
        if (ofUser) LOG.info("KCL goes by the proxy of the JVM's own option -D{}", PROXY);
        for (String key : new TreeSet<>(properties.stringPropertyNames())) {
            if (!key.startsWith(SYSTEM)) continue;
            String value = (String) properties.remove(key);
            if (!ofUser) System.setProperty(key.substring(SYSTEM.length()), value);
        }
        if (System.getProperty(PROXY) != null) System.setProperty(NETTY_EXTENSIONS, "serviceload"); // TunnelGate
        String certificates = (String) properties.remove(CERTIFICATES);
        String trustStore = (String) properties.remove(TRUST_STORE);
        if (certificates != null && trustStore != null) TrustStore.extend(Path.of(certificates), Path.of(trustStore));
    }
}
