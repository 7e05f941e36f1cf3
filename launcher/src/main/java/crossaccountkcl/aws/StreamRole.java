package crossaccountkcl.aws;

import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.Credentials;

/**
 * A role that is assumed for Kinesis alone; DynamoDB and CloudWatch keep the worker's own credentials. With the stock
 * key for it, awsCredentialsProvider, they would fall back to the role, and the lease table be in the owner's account.
 *
 * @param externalId or null
 */
public record StreamRole(String arn, String externalId) {
    private static final String SESSION = "cross-account-kcl";
    /** Of a call with all its attempts; those who wait for the credentials can do nothing meanwhile. */
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    /** @param base the worker's own credentials, which are allowed to assume the role */
    public AwsCredentialsProvider credentials(AwsCredentialsProvider base, Region region) {
        StsClient sts = StsClient.builder()
                .credentialsProvider(base)
                .region(region)
                .overrideConfiguration(configuration -> configuration.apiCallTimeout(TIMEOUT))
                .build();
        return new RenewedCredentials(refused -> assume(sts));
    }

    private CredentialsAnswer assume(StsClient sts) {
        Credentials given = sts.assumeRole(
                        request -> request.roleArn(arn).roleSessionName(SESSION).externalId(externalId))
                .credentials();
        AwsCredentials session = AwsSessionCredentials.builder()
                .accessKeyId(given.accessKeyId())
                .secretAccessKey(given.secretAccessKey())
                .sessionToken(given.sessionToken())
                .expirationTime(given.expiration())
                .build();
        return new CredentialsAnswer(session, given.expiration());
    }
}
