package crossaccountkcl.kcl;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.reactivestreams.Publisher;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.thirdparty.jackson.core.JsonFactory;
import software.amazon.awssdk.thirdparty.jackson.core.JsonParser;
import software.amazon.awssdk.thirdparty.jackson.core.JsonToken;
import software.amazon.awssdk.thirdparty.jackson.dataformat.cbor.CBORFactory;

/**
 * Which streams distribute their records by themselves ({@code RecordDistributionStrategy = AUTO}), as the answers of
 * DescribeStreamSummary say. The launcher's AWS SDK, 2.41, is older than that field and leaves it out, so it is read
 * from the answer's bytes.
 *
 * <p>The AWS SDK loads it for every Kinesis client through the class path file
 * {@code software/amazon/awssdk/services/kinesis/execution.interceptors}.
 */
public final class RecordDistribution implements ExecutionInterceptor {
    private static final String FIELD = "RecordDistributionStrategy";
    private static final ExecutionAttribute<ByteArrayOutputStream> ANSWER =
            new ExecutionAttribute<>("crossaccountkcl.DescribeStreamSummary");
    /** ARNs. They stay: records that were distributed so are in the stream until its retention period is over. */
    private static final Set<String> AUTOMATIC = ConcurrentHashMap.newKeySet();

    /** Whether the stream has been seen to distribute its records by itself since this process started. */
    static boolean isAutomatic(String streamArn) {
        return AUTOMATIC.contains(streamArn);
    }

    /** A record without a partition key, or an answer of Kinesis, shows it. */
    static void noteAutomatic(String streamArn) {
        AUTOMATIC.add(streamArn);
    }

    @Override
    public Optional<Publisher<ByteBuffer>> modifyAsyncHttpResponseContent(
            Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
        Optional<Publisher<ByteBuffer>> content = context.responsePublisher();
        if (!(context.request() instanceof DescribeStreamSummaryRequest)) return content;
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        attributes.putAttribute(ANSWER, answer);
        return content.map(publisher -> SdkPublisher.adapt(publisher).map(bytes -> {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            answer.writeBytes(copy);
            return bytes;
        }));
    }

    @Override
    public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
        ByteArrayOutputStream answer = attributes.getAttribute(ANSWER);
        if (answer == null) return;
        String arn = ((DescribeStreamSummaryRequest) context.request()).streamARN();
        if (arn != null && "AUTO".equals(strategyIn(answer.toByteArray()))) noteAutomatic(arn);
    }

    /** @return null if the answer, in JSON or CBOR, has none: the field is only there for streams in on-demand mode */
    static String strategyIn(byte[] answer) {
        JsonFactory format = answer.length > 0 && answer[0] == '{' ? new JsonFactory() : new CBORFactory();
        try (JsonParser parser = format.createParser(answer)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME && FIELD.equals(parser.currentName())) return parser.nextTextValue();
            }
            return null;
        } catch (IOException e) {
            return null; // the AWS SDK has reported it
        }
    }
}
