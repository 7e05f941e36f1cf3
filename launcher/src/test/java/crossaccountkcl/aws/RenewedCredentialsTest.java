package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

class RenewedCredentialsTest {
    private static final Instant START = Instant.parse("2026-11-30T10:00:00Z");

    private volatile Instant now = START;
    private volatile boolean fails;
    private Duration lasting = Duration.ofMinutes(15);
    private final AtomicInteger asked = new AtomicInteger();
    private final RenewedCredentials credentials = new RenewedCredentials(refused -> give(), () -> now);

    private CredentialsAnswer give() {
        int number = asked.incrementAndGet();
        if (fails) throw new IllegalStateException("STS answers 503");
        AwsCredentials session = AwsSessionCredentials.builder()
                .accessKeyId("key " + number)
                .secretAccessKey("secret")
                .sessionToken("token")
                .expirationTime(now.plus(lasting))
                .build();
        return new CredentialsAnswer(session, now.plus(lasting));
    }

    /** What a call is signed with then. What it begins to renew in the background is there before the next one. */
    private String keyAt(long second) {
        now = START.plusSeconds(second);
        String key = credentials.resolveCredentials().accessKeyId();
        credentials.awaitRenewal();
        return key;
    }

    @Test
    void renewsSessionsFiveMinutesBeforeTheyExpire() {
        keyAt(0);
        assertEquals("key 1", keyAt(599));
        assertEquals("key 1", keyAt(600));
        assertEquals("key 2", keyAt(601));
        assertEquals("key 2", keyAt(1_199));
    }

    @Test
    void renewsShortSessionsWhenAThirdOfTheirTimeIsLeft() {
        lasting = Duration.ofMinutes(1);
        Set<String> keys = new HashSet<>();
        for (int second = 0; second < 600; second++) keys.add(keyAt(second));
        assertEquals(keys.size(), asked.get());
        assertEquals(15, asked.get());
    }

    @Test
    void usesWhatIsValidWhileTheSourceFailsAndAsksItEveryFiveSeconds() {
        keyAt(0);
        fails = true;
        for (int second = 600; second < 900; second++) assertEquals("key 1", keyAt(second));
        assertEquals(1 + 60, asked.get());
        for (int second = 900; second < 930; second++) {
            int at = second;
            assertThrows(IllegalStateException.class, () -> keyAt(at));
        }
        assertEquals(1 + 60 + 6, asked.get());
        fails = false;
        assertEquals("key 68", keyAt(931));
    }

    @Test
    void givesUpWhatAwsRefuses() {
        keyAt(0);
        RefusedKeys.refused("another");
        assertEquals("key 1", keyAt(10));
        RefusedKeys.refused("key 1");
        assertEquals("key 2", keyAt(11));
    }

    @Test
    void asksNotAtEachRefusal() {
        for (int second = 0; second < 60; second++) {
            RefusedKeys.refused(keyAt(second));
        }
        assertEquals(12, asked.get());
    }

    @Test
    void usesForAWhileWhatHasExpiredWhenItArrives() {
        lasting = Duration.ofMinutes(-1);
        for (int second = 0; second < 60; second++) keyAt(second);
        assertEquals(3, asked.get());
    }
}
