package crossaccountkcl;

import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;

/**
 * A role that is assumed for Kinesis alone; DynamoDB and CloudWatch keep the worker's own credentials. With the stock
 * key for it, awsCredentialsProvider, they would fall back to the role, and the lease table be in the owner's account.
 *
 * @param externalId or null
 */
public record StreamRole(String arn, String externalId) {
    private static final String SESSION = "cross-account-kcl";

    /** @param base the worker's own credentials, which are allowed to assume the role */
    public AwsCredentialsProvider credentials(AwsCredentialsProvider base, Region region) {
        return StsAssumeRoleCredentialsProvider.builder()
                .stsClient(StsClient.builder().credentialsProvider(base).region(region).build())
                .refreshRequest(request -> request.roleArn(arn).roleSessionName(SESSION).externalId(externalId))
                .asyncCredentialUpdateEnabled(true)
                .build();
    }
}
