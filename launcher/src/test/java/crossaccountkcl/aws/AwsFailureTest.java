package crossaccountkcl.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.aws.CredentialsAnswer.CredentialsNotAnsweredException;
import crossaccountkcl.aws.CredentialsAnswer.NoCredentialsException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkClientException;

class AwsFailureTest {
    private static AwsFailure of(Throwable failure) {
        return AwsFailure.of("GetRecords", failure);
    }

    @Test
    void hasCodeAndTextOfAwsHoweverDeepTheyAre() {
        RuntimeException denied = AwsFailures.of("Kinesis", "AccessDeniedException", "not authorized");
        AwsFailure failure = of(new CompletionException(new IllegalStateException("outer", denied)));
        assertEquals(new AwsFailure("GetRecords", "AccessDeniedException", "not authorized", "Kinesis"), failure);
        assertEquals("GetRecords: AccessDeniedException: not authorized", failure.toString());
        assertFalse(failure.isOfCredentials("Kinesis"));
    }

    @Test
    void isTheInnermostCauseWhereAwsHasNotAnswered() {
        SdkClientException failure = SdkClientException.builder()
                .message("Unable to execute HTTP request")
                .cause(new ConnectException("Connection refused"))
                .build();
        assertEquals("GetRecords: ConnectException: Connection refused", of(failure).toString());
        assertEquals("GetRecords: TimeoutException", of(new TimeoutException()).toString());
        assertFalse(of(failure).isOfCredentials("Kinesis"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ExpiredTokenException",
                "ExpiredToken",
                "UnrecognizedClientException",
                "InvalidClientTokenId",
                "InvalidSignatureException",
                "SignatureDoesNotMatch"
            })
    void isOfCredentialsByAwssCode(String code) {
        assertTrue(of(AwsFailures.of("Kinesis", code, "x")).isOfCredentials("Kinesis"));
    }

    @Test
    void isShownWithoutTheSettingsOfTheProviders() {
        SdkClientException none = SdkClientException.create("Unable to load credentials from any of the providers in the"
                + " chain AwsCredentialsProviderChain(credentialsProviders=[ProfileCredentialsProvider(profileName=x,"
                + " profileFile=ProfileFile(sections=[profiles]))]) : [ProfileCredentialsProvider(profileName=x,"
                + " profileFile=ProfileFile(sections=[profiles])): To use Sso related properties in the 'x' profile, the"
                + " 'sso' service module must be on the class path (really).]");
        assertEquals(
                "Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain :"
                        + " [ProfileCredentialsProvider: To use Sso related properties in the 'x' profile, the 'sso'"
                        + " service module must be on the class path (really).]",
                of(none).message());
    }

    @Test
    void isOfCredentialsIfNodeHasNone() {
        assertTrue(of(new NoCredentialsException("the session has expired")).isOfCredentials("Kinesis"));
        assertFalse(of(new CredentialsNotAnsweredException("where credentials are")).isOfCredentials("Kinesis"));
    }

    @Test
    void isOfCredentialsIfThereAreNone() {
        SdkClientException none = SdkClientException.create(
                "Unable to load credentials from any of the providers in the chain",
                new IllegalStateException("x"));
        assertTrue(of(new CompletionException(none)).isOfCredentials("Kinesis"));
    }

    @Test
    void isOfCredentialsIfTheRoleIsRefusedAndNotIfStsThrottles() {
        assertTrue(of(AwsFailures.of("Sts", "AccessDenied", "sts:AssumeRole")).isOfCredentials("Kinesis"));
        for (String code : List.of("Throttling", "TooManyRequestsException", "IDPCommunicationError")) {
            assertFalse(of(AwsFailures.of("Sts", code, "x")).isOfCredentials("Kinesis"), code);
        }
    }
}
