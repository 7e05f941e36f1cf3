package crossaccountkcl.aws;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the JVM trust the certificates of NODE_EXTRA_CA_CERTS too, as Node does: a proxy may sign anew what it reads. */
final class TrustStore {
    private static final Logger LOG = LoggerFactory.getLogger(TrustStore.class);
    /** By the names that OpenSSL, and so Node, knows. */
    private static final Pattern PEM = Pattern.compile(
            "-----BEGIN (?<name>(X509 |TRUSTED )?CERTIFICATE)-----(?<text>[^-]*)-----END \\k<name>-----");
    private static final String TYPE = "JKS"; // there is nothing to encrypt
    private static final String PASSWORD = "changeit"; // only guards against damage

    private TrustStore() {}

    /** A file that can't be used is logged and left out, as Node does it. @param store is written, for the JVM's life */
    static void extend(Path pem, Path store) {
        try {
            List<Certificate> extra = read(pem);
            if (extra.isEmpty()) throw new GeneralSecurityException("it has no certificate in PEM form");
            KeyStore all = KeyStore.getInstance(TYPE);
            all.load(null, null);
            for (Certificate certificate : trusted()) add(all, certificate);
            for (Certificate certificate : extra) add(all, certificate);
            try (OutputStream out = Files.newOutputStream(store)) {
                all.store(out, PASSWORD.toCharArray());
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            LOG.warn("KCL does not trust the certificates of {}, which NODE_EXTRA_CA_CERTS names: {}", pem, e.toString());
            return;
        }
        System.setProperty("javax.net.ssl.trustStore", store.toString());
        System.setProperty("javax.net.ssl.trustStoreType", TYPE);
        System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
    }

    private static List<Certificate> read(Path pem) throws IOException, GeneralSecurityException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        List<Certificate> found = new ArrayList<>();
        Matcher blocks = PEM.matcher(Files.readString(pem, StandardCharsets.ISO_8859_1));
        for (int number = 1; blocks.find(); number++) {
            try {
                // A TRUSTED CERTIFICATE has OpenSSL's settings of trust behind the certificate, which is read alone.
                byte[] block = Base64.getMimeDecoder().decode(blocks.group("text"));
                found.add(factory.generateCertificate(new ByteArrayInputStream(block)));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                LOG.warn("KCL leaves out certificate {} of {}, which NODE_EXTRA_CA_CERTS names: {}", number, pem, e.toString());
            }
        }
        return found;
    }

    /** Java's own, or those of the user's -Djavax.net.ssl.trustStore. */
    private static List<Certificate> trusted() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        List<Certificate> found = new ArrayList<>();
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager x509) found.addAll(List.of(x509.getAcceptedIssuers()));
        }
        return found;
    }

    private static void add(KeyStore store, Certificate certificate) throws GeneralSecurityException {
        store.setCertificateEntry(String.valueOf(store.size()), certificate);
    }
}
