package crossaccountkcl.aws;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Timer;
import java.util.TimerTask;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Credentials as they came from their source, and how Node is asked for them: it answers a connection to its socket in the
 * form of the container credentials protocol.
 *
 * @param expiration null if they have none
 */
record CredentialsAnswer(AwsCredentials credentials, Instant expiration) {
    /** A chain tries several sources, each with attempts and time limits of its own. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final ObjectMapper JSON = new ObjectMapper();

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Body(
            @JsonProperty("AccessKeyId") String accessKeyId,
            @JsonProperty("SecretAccessKey") String secretAccessKey,
            @JsonProperty("Token") String token,
            @JsonProperty("Expiration") String expiration,
            @JsonProperty("AccountId") String accountId,
            @JsonProperty("Message") String message,
            @JsonProperty("Refused") boolean refused) {}

    /**
     * @param refused the access key id that AWS has refused, or null
     * @throws NoCredentialsException if there are none, with the reason
     * @throws CredentialsNotAnsweredException if that is unknown now
     */
    static CredentialsAnswer from(Path socket, String refused) {
        try {
            return parse(JSON.readValue(read(socket, refused), Body.class));
        } catch (ClosedChannelException e) {
            throw new CredentialsNotAnsweredException("Node did not answer within " + LIMIT.toSeconds()
                    + " s: its event loop is held up, or what it asks does not answer");
        } catch (IOException e) {
            // Without its message: a parser's shows what it read.
            throw new CredentialsNotAnsweredException("Node could not be asked: " + e.getClass().getSimpleName());
        }
    }

    private static CredentialsAnswer parse(Body body) {
        if (body.message() != null) {
            throw body.refused()
                    ? new NoCredentialsException(body.message())
                    : new CredentialsNotAnsweredException(body.message());
        }
        AwsCredentials credentials = body.token() == null || body.token().isEmpty()
                ? AwsBasicCredentials.builder()
                        .accessKeyId(body.accessKeyId())
                        .secretAccessKey(body.secretAccessKey())
                        .accountId(body.accountId())
                        .build()
                : AwsSessionCredentials.builder()
                        .accessKeyId(body.accessKeyId())
                        .secretAccessKey(body.secretAccessKey())
                        .sessionToken(body.token())
                        .accountId(body.accountId())
                        .build();
        return new CredentialsAnswer(credentials, body.expiration() == null ? null : Instant.parse(body.expiration()));
    }

    /** To its end: Node closes after one answer. */
    private static byte[] read(Path socket, String refused) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Timer timer = closeLater(channel);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                if (refused != null) channel.write(ByteBuffer.wrap(refused.getBytes(StandardCharsets.UTF_8)));
                channel.shutdownOutput();
                ByteArrayOutputStream answer = new ByteArrayOutputStream();
                ByteBuffer buffer = ByteBuffer.allocate(8192);
                while (channel.read(buffer.clear()) != -1) answer.write(buffer.array(), 0, buffer.position());
                return answer.toByteArray();
            } finally {
                timer.cancel();
            }
        }
    }

    private static Timer closeLater(SocketChannel channel) {
        Timer timer = new Timer("credentials-limit", true);
        timer.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        try {
                            channel.close();
                        } catch (IOException e) {
                            // The read then ends by itself.
                        }
                    }
                },
                LIMIT.toMillis());
        return timer;
    }

    /** There are no valid AWS credentials, for a reason that waiting does not change. */
    static final class NoCredentialsException extends SdkClientException {
        private static final long serialVersionUID = 1L;

        NoCredentialsException(String message) {
            super(SdkClientException.builder().message(message));
        }
    }

    /** Whether there are AWS credentials is unknown: what gives them could not be asked. */
    static final class CredentialsNotAnsweredException extends SdkClientException {
        private static final long serialVersionUID = 1L;

        CredentialsNotAnsweredException(String message) {
            super(SdkClientException.builder().message(message));
        }
    }
}
