package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;

@ResourceLock(StubSts.PROPERTY)
class StreamRoleTest {
    private static final String ROLE = "arn:aws:iam::111111111111:role/reader";
    private static final AwsCredentialsProvider BASE =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIABASE", "secret"));

    private StubSts sts;

    @BeforeEach
    void startSts() throws IOException {
        sts = new StubSts();
    }

    @AfterEach
    void stopSts() {
        sts.close();
    }

    private static AwsCredentialsProvider credentials(String externalId) {
        return new StreamRole(ROLE, externalId).credentials(BASE, Region.EU_WEST_1);
    }

    @Test
    void givesTheCredentialsOfTheRole() {
        assertEquals(StubSts.ACCESS_KEY, credentials(null).resolveCredentials().accessKeyId());
    }

    @Test
    void assumesTheRoleWithTheExternalId() {
        credentials("extern & al").resolveCredentials();
        assertEquals("AssumeRole", sts.calls().get(0).parameters().get("Action"));
        assertEquals(ROLE, sts.calls().get(0).parameters().get("RoleArn"));
        assertEquals("extern & al", sts.calls().get(0).parameters().get("ExternalId"));
        assertEquals("cross-account-kcl", sts.calls().get(0).parameters().get("RoleSessionName"));
    }

    @Test
    void assumesTheRoleWithoutAnExternalId() {
        credentials(null).resolveCredentials();
        assertNull(sts.calls().get(0).parameters().get("ExternalId"));
    }

    @Test
    void asksTheStsOfItsRegionWithTheWorkersOwnCredentials() {
        credentials(null).resolveCredentials();
        String authorization = sts.calls().get(0).authorization();
        assertTrue(authorization.contains("Credential=AKIABASE/"), authorization);
        assertTrue(authorization.contains("/eu-west-1/sts/"), authorization);
    }

    @Test
    void assumesTheRoleOnceForManyCalls() {
        AwsCredentialsProvider credentials = credentials(null);
        credentials.resolveCredentials();
        credentials.resolveCredentials();
        assertEquals(1, sts.calls().size());
    }
}
