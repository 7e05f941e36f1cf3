package crossaccountkcl.kcl1;

import com.amazonaws.arn.Arn;
import com.amazonaws.services.kinesis.clientlibrary.config.KinesisClientLibConfigurator;
import com.amazonaws.services.kinesis.clientlibrary.lib.worker.KinesisClientLibConfiguration;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Takes all keys of the stock file, and gives KCL the stream's ARN, which the stock configurator passes over: it has no
 * decoder for ARNs, and says so at DEBUG alone.
 */
final class SharedStreamConfigurator extends KinesisClientLibConfigurator {
    private static final Pattern STREAM_ARN =
            Pattern.compile("arn:aws[a-z-]*:kinesis:([a-z0-9-]+):\\d{12}:stream/([A-Za-z0-9_.-]{1,128})");

    /** Of the daemon, or arguments of KinesisClientLibConfiguration's constructor. */
    private static final Set<String> WITHOUT_METHOD = Set.of(
            "executableName", "processingLanguage", "maxActiveThreads", "applicationName", "streamName", "workerId",
            "AWSCredentialsProvider", "AWSCredentialsProviderDynamoDB", "AWSCredentialsProviderCloudWatch",
            "http.proxyHost", "http.proxyPort");

    private static final Log LOG = LogFactory.getLog(SharedStreamConfigurator.class);

    private final Arn streamArn;
    private final String region;
    private final String streamName;

    /** @throws IllegalArgumentException if it is not a stream's ARN */
    SharedStreamConfigurator(String streamArn) {
        Matcher parts = STREAM_ARN.matcher(streamArn == null ? "" : streamArn);
        if (!parts.matches()) {
            throw new IllegalArgumentException("STREAM_ARN must be a stream's ARN, like"
                    + " arn:aws:kinesis:eu-west-1:111122223333:stream/orders; it is "
                    + (streamArn == null ? "not set" : "'" + streamArn + "'"));
        }
        this.streamArn = Arn.fromString(streamArn);
        this.region = parts.group(1);
        this.streamName = parts.group(2);
    }

    /** @throws IllegalArgumentException if a key contradicts the ARN, a value can't be one, or a required key is missing */
    @Override
    public KinesisClientLibConfiguration getConfiguration(Properties given) {
        Properties properties = new Properties();
        properties.putAll(given);
        settle(properties, "streamArn", streamArn.toString());
        settle(properties, "streamName", streamName);
        settle(properties, "regionName", region);
        tellUnknown(properties.stringPropertyNames());
        checkValues(properties);
        return super.getConfiguration(properties).withStreamArn(streamArn);
    }

    /** The stock daemon sets a key by its with… method, and passes over one that has none without a word. */
    private static void tellUnknown(Set<String> keys) {
        Set<String> methods = Arrays.stream(KinesisClientLibConfiguration.class.getMethods())
                .map(Method::getName)
                .collect(Collectors.toSet());
        for (String key : new TreeSet<>(keys)) {
            if (WITHOUT_METHOD.contains(key) || methods.contains(setterOf(key))) continue;
            LOG.warn("KCL 1.x knows no key '" + key + "': it has no effect. Is it mistyped?");
        }
    }

    /** The stock daemon logs a value that it can't read, and goes on with its default, which may skip records. */
    private static void checkValues(Properties properties) {
        for (Method method : KinesisClientLibConfiguration.class.getMethods()) {
            for (String key : properties.stringPropertyNames()) {
                if (!method.getName().equals(setterOf(key)) || method.getParameterCount() != 1) continue;
                String value = properties.getProperty(key).trim();
                String expected = expected(method.getParameterTypes()[0], value);
                if (expected != null) {
                    throw new IllegalArgumentException(key + " is '" + value + "'; expected " + expected);
                }
            }
        }
    }

    /** @return what such a text must be; null if it is, or if that is left to KCL */
    private static String expected(Class<?> type, String value) {
        if (type == boolean.class) return value.matches("(?i)true|false") ? null : "true or false";
        if (type == int.class || type == long.class) return value.matches("-?\\d{1,18}") ? null : "a whole number";
        if (!type.isEnum()) return null;
        List<String> names = Arrays.stream(type.getEnumConstants()).map(Object::toString).toList();
        return names.contains(value.toUpperCase(Locale.ROOT)) ? null : "one of " + String.join(", ", names);
    }

    private static String setterOf(String key) {
        return key.isEmpty() ? key : "with" + Character.toUpperCase(key.charAt(0)) + key.substring(1);
    }

    private static void settle(Properties properties, String key, String value) {
        Object found = properties.setProperty(key, value);
        if (found != null && !found.toString().trim().equals(value)) {
            throw new IllegalArgumentException(key + " is '" + found + "', but STREAM_ARN says '" + value
                    + "': leave " + key + " out, or mend one of them");
        }
    }
}
