package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;

/** What becomes of credentials that Node has served, once AWS has refused them. */
class ServedCredentialsRefusedTest {
    private final List<String> told = new ArrayList<>();
    private String key = "first";

    private final ServedCredentials served = new ServedCredentials(
            refused -> {
                told.add(refused);
                return new CredentialsAnswer(AwsBasicCredentials.create(key, "secret"), null);
            },
            InstantSource.system());

    private String key() {
        return served.resolveCredentials().accessKeyId();
    }

    @Test
    void nodeIsToldAndGivesOthers() {
        assertEquals("first", key());
        key = "second";
        assertEquals("first", key());
        RefusedKeys.refused("first");
        assertEquals("second", key());
        assertEquals(Arrays.asList(null, "first"), told);
    }

    @Test
    void whatAnotherProviderGaveIsNoneOfThem() {
        key();
        RefusedKeys.refused("another");
        key();
        assertEquals(1, told.size());
    }

    @Test
    void nodeIsNotToldAtEachCallIfItHasNoOthers() {
        key();
        for (int call = 0; call < 10; call++) {
            RefusedKeys.refused("first");
            assertEquals("first", key());
        }
        assertEquals(Arrays.asList(null, "first"), told);
    }
}
