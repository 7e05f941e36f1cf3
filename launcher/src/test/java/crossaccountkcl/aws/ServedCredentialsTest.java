package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.aws.CredentialsAnswer.CredentialsNotAnsweredException;
import crossaccountkcl.aws.CredentialsAnswer.NoCredentialsException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

class ServedCredentialsTest {
    private volatile Instant now = Instant.parse("2026-11-30T12:00:00Z");
    private final AtomicInteger asked = new AtomicInteger();

    private ServedCredentials served(Supplier<CredentialsAnswer> node) {
        return new ServedCredentials(refused -> node.get(), () -> now);
    }

    private CredentialsAnswer keys(int number, Duration lasting) {
        return new CredentialsAnswer(
                AwsBasicCredentials.create("AKIA" + number, "secret"), lasting == null ? null : now.plus(lasting));
    }

    @Test
    void asksOnceForWhatLastsAndAgainAMinuteLater() throws InterruptedException {
        ServedCredentials served = served(() -> keys(asked.incrementAndGet(), null));
        assertEquals("AKIA1", served.resolveCredentials().accessKeyId());
        assertEquals("AKIA1", served.resolveCredentials().accessKeyId());
        assertEquals(1, asked.get());
        now = now.plusSeconds(60);
        while (served.resolveCredentials().accessKeyId().equals("AKIA1")) Thread.sleep(5);
        assertEquals("AKIA2", served.resolveCredentials().accessKeyId());
    }

    @Test
    void waitsForNewOnesWhereTheOldHaveExpired() {
        ServedCredentials served = served(() -> keys(asked.incrementAndGet(), Duration.ofMinutes(15)));
        for (int call = 1; call <= 4; call++) {
            assertEquals("AKIA" + call, served.resolveCredentials().accessKeyId());
            now = now.plus(Duration.ofMinutes(15));
        }
    }

    @Test
    void usesForAWhileWhatHasExpiredByThisClockWhenItArrives() {
        ServedCredentials served = served(() -> keys(asked.incrementAndGet(), Duration.ofMinutes(-1)));
        for (int call = 0; call < 100; call++) assertEquals("AKIA1", served.resolveCredentials().accessKeyId());
        now = now.plusSeconds(30);
        assertEquals("AKIA2", served.resolveCredentials().accessKeyId());
    }

    @Test
    void renewsInTheBackgroundWhileTheOldOnesLast() throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch askedAgain = new CountDownLatch(1);
        ServedCredentials served = served(() -> {
            int number = asked.incrementAndGet();
            if (number > 1) {
                askedAgain.countDown();
                await(held);
            }
            return keys(number, Duration.ofSeconds(100));
        });
        assertEquals("AKIA1", served.resolveCredentials().accessKeyId());
        now = now.plusSeconds(10); // a tenth of it
        assertEquals("AKIA1", served.resolveCredentials().accessKeyId());
        askedAgain.await();
        assertEquals("AKIA1", served.resolveCredentials().accessKeyId()); // not held up by Node, which is
        held.countDown();
        while (served.resolveCredentials().accessKeyId().equals("AKIA1")) Thread.sleep(5);
        assertEquals(2, asked.get());
    }

    @Test
    void usesTheOldOnesOnWhileNodeHasNoNewOnes() throws InterruptedException {
        ServedCredentials served = served(() -> {
            if (asked.incrementAndGet() > 1) throw new NoCredentialsException("the SSO session has expired");
            return keys(1, Duration.ofMinutes(5));
        });
        try (CapturedLog log = new CapturedLog(RenewedCredentials.class)) {
            served.resolveCredentials();
            now = now.plusSeconds(60);
            while (log.warnings().isEmpty()) {
                assertEquals("AKIA1", served.resolveCredentials().accessKeyId());
                Thread.sleep(5);
            }
            assertTrue(log.warnings().get(0).endsWith("are still used: the SSO session has expired"), log.warnings().toString());
        }
        now = now.plusSeconds(240);
        assertThrows(NoCredentialsException.class, served::resolveCredentials);
    }

    @Test
    void failsWithWhatNodeSaidAndAsksAgainLater() {
        ServedCredentials served = served(() -> {
            if (asked.incrementAndGet() == 1) throw new NoCredentialsException("the SSO session has expired");
            return keys(2, null);
        });
        NoCredentialsException first = assertThrows(NoCredentialsException.class, served::resolveCredentials);
        assertEquals("the SSO session has expired", first.getMessage());
        // A program that gives credentials is not run for each of KCL's calls.
        assertSame(first, assertThrows(NoCredentialsException.class, served::resolveCredentials));
        now = now.plusSeconds(2);
        assertEquals("AKIA2", served.resolveCredentials().accessKeyId());
    }

    @Test
    void readsEveryFormOfAnswer(@TempDir Path folder) throws IOException {
        CredentialsAnswer session = answered(folder, """
                {"AccessKeyId":"ASIA1","SecretAccessKey":"s","Token":"t","Expiration":"2999-01-01T00:00:00.000Z",
                "AccountId":"222222222222"}""");
        assertEquals(Instant.parse("2999-01-01T00:00:00Z"), session.expiration());
        assertEquals("t", assertInstanceOf(AwsSessionCredentials.class, session.credentials()).sessionToken());
        assertEquals("222222222222", session.credentials().accountId().orElseThrow());

        CredentialsAnswer keys = answered(folder, "{\"AccessKeyId\":\"AKIA1\",\"SecretAccessKey\":\"s\"}");
        assertNull(keys.expiration());
        assertInstanceOf(AwsBasicCredentials.class, keys.credentials());

        CredentialsAnswer noToken =
                answered(folder, "{\"AccessKeyId\":\"AKIA1\",\"SecretAccessKey\":\"s\",\"Token\":\"\"}");
        assertInstanceOf(AwsBasicCredentials.class, noToken.credentials());

        assertEquals("no profile", assertThrows(
                        NoCredentialsException.class,
                        () -> answered(folder, "{\"Message\":\"no profile\",\"Refused\":true}"))
                .getMessage());
        assertEquals("ECONNREFUSED", assertThrows(
                        CredentialsNotAnsweredException.class,
                        () -> answered(folder, "{\"Message\":\"ECONNREFUSED\",\"Refused\":false}"))
                .getMessage());
        assertThrows(CredentialsNotAnsweredException.class, () -> answered(folder, ""));
        assertTrue(assertThrows(
                        CredentialsNotAnsweredException.class,
                        () -> CredentialsAnswer.from(folder.resolve("gone.sock"), null))
                .getMessage()
                .startsWith("Node could not be asked"));
    }

    private static CredentialsAnswer answered(Path folder, String text) throws IOException {
        Path path = folder.resolve("aws.sock");
        Files.deleteIfExists(path);
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            Thread thread = new Thread(() -> {
                try (SocketChannel channel = server.accept()) {
                    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            thread.start();
            return CredentialsAnswer.from(path, null);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
