package crossaccountkcl.run;

import crossaccountkcl.ExitCode;
import crossaccountkcl.LauncherException;
import crossaccountkcl.aws.AwsFailure;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;

/**
 * Asks the providers for credentials before anything is called with them. Else the first call is what fails: the one
 * that describes the lease table, which then seems to be at fault.
 */
final class CredentialsCheck {
    private CredentialsCheck() {}

    /** @throws LauncherException if there are none; whether there are some may be unknown, and is then left to the calls */
    static void verify(Map<String, AwsCredentialsProvider> credentials) {
        for (String service : new String[] {"Kinesis", "DynamoDB"}) {
            try {
                credentials.get(service).resolveCredentials();
            } catch (RuntimeException e) {
                AwsFailure failure = AwsFailure.of("resolveCredentials", e);
                if (!failure.isOfCredentials(service)) continue;
                throw new LauncherException(
                        ExitCode.ACCESS, "KCL has no valid AWS credentials for " + service + ": " + failure.message(), null);
            }
        }
    }
}
