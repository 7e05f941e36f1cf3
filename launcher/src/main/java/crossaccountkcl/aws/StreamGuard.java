package crossaccountkcl.aws;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.core.SdkRequest;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.RegisterStreamConsumerRequest;

/**
 * Holds the promise that no other stream is read: a Kinesis call that does not carry a configured stream's ARN, or a
 * consumer ARN under it, never leaves the process. A call by name would be answered by the reader's own account.
 *
 * <p>The AWS SDK loads it for every Kinesis client through the class path file
 * {@code software/amazon/awssdk/services/kinesis/execution.interceptors}.
 */
public final class StreamGuard implements ExecutionInterceptor {
    private static volatile Set<String> streamArns = Set.of();

    /** Must be called before the first Kinesis call; until then every call is refused. */
    public static void allowOnly(Stream<String> arns) {
        streamArns = arns.collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public void beforeExecution(Context.BeforeExecution context, ExecutionAttributes attributes) {
        SdkRequest request = context.request();
        if (!isOfAllowedStream(request)) {
            throw new SecurityException(request.getClass().getSimpleName()
                    + " was refused: it does not name a configured stream by its ARN, which is one of " + streamArns);
        }
    }

    private static boolean isOfAllowedStream(SdkRequest request) {
        if (streamArns.isEmpty() || request instanceof RegisterStreamConsumerRequest) return false;
        Optional<String> consumer = request.getValueForField("ConsumerARN", String.class);
        if (consumer.isPresent()) return isOfAllowedStream(consumer.get());
        if (request instanceof ListShardsRequest page && page.nextToken() != null) return isFollowingPage(page);
        return request.getValueForField("StreamARN", String.class).filter(streamArns::contains).isPresent();
    }

    private static boolean isOfAllowedStream(String consumerArn) {
        int end = consumerArn.indexOf("/consumer/");
        return end > 0 && streamArns.contains(consumerArn.substring(0, end));
    }

    /** After the first 1,000 shards KCL sends the token alone; it comes from a call that was let pass, and names the stream. */
    private static boolean isFollowingPage(ListShardsRequest page) {
        return page.streamName() == null && (page.streamARN() == null || streamArns.contains(page.streamARN()));
    }
}
