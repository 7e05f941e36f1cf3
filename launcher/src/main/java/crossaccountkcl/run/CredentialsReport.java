package crossaccountkcl.run;

import ch.qos.logback.classic.util.ContextInitializer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import crossaccountkcl.LauncherException;
import crossaccountkcl.aws.AwsFailure;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.GetCallerIdentityResponse;
import software.amazon.kinesis.multilang.config.StreamArnConfigurator;

/**
 * Says with which credentials KCL would call, for {@code cross-account-kcl preflight}: a line of JSON on stdout with an
 * entry for each service. The arguments are the launcher's .properties file and, if there is one, the access key id that
 * Node calls with: who that is, Node knows.
 */
public final class CredentialsReport {
    static {
        System.setProperty(ContextInitializer.CONFIG_FILE_PROPERTY, Launcher.LOG_SETTINGS);
    }

    private CredentialsReport() {}

    public static void main(String[] args) throws JsonProcessingException {
        Map<String, Object> report = new LinkedHashMap<>();
        try {
            StreamArnConfigurator configurator = new StreamArnConfigurator();
            Launcher.read(args[0], configurator);
            Region region = configurator.settings().streams().region();
            String ofNode = args.length > 1 ? args[1] : "";
            configurator.credentials().forEach((service, provider) ->
                    report.put(service, entryOf(service, provider, region, ofNode)));
        } catch (LauncherException e) {
            report.put("failure", e.getMessage());
        }
        System.out.println(new ObjectMapper().writeValueAsString(Map.of("credentialsReport", report)));
        System.out.flush();
        Runtime.getRuntime().halt(0); // providers leave threads behind
    }

    private static Map<String, String> entryOf(
            String service, AwsCredentialsProvider provider, Region region, String ofNode) {
        Map<String, String> entry = new LinkedHashMap<>();
        try {
            String key = provider.resolveCredentials().accessKeyId();
            entry.put("accessKeyId", key);
            if (!key.equals(ofNode)) entry.putAll(caller(provider, region));
        } catch (RuntimeException e) {
            putFailure(entry, AwsFailure.of("resolveCredentials", e), service);
        }
        return entry;
    }

    private static Map<String, String> caller(AwsCredentialsProvider provider, Region region) {
        try (StsClient sts = StsClient.builder().credentialsProvider(provider).region(region).build()) {
            GetCallerIdentityResponse answer = sts.getCallerIdentity();
            return Map.of("arn", answer.arn());
        } catch (RuntimeException e) {
            Map<String, String> entry = new LinkedHashMap<>();
            putFailure(entry, AwsFailure.of("GetCallerIdentity", e), "Sts");
            return entry;
        }
    }

    /** Where it is unknown whether the credentials are valid, as without a way to STS, that is no failure. */
    private static void putFailure(Map<String, String> entry, AwsFailure failure, String service) {
        String text = failure.service() == null ? failure.message() : failure.toString();
        entry.put(failure.isOfCredentials(service) ? "failure" : "unknown", text);
    }
}
