package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import crossaccountkcl.CapturedLog;
import crossaccountkcl.Fakes;
import crossaccountkcl.aws.PatientCalls;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.kinesis.model.AccessDeniedException;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.thirdparty.jackson.core.JsonGenerator;
import software.amazon.awssdk.thirdparty.jackson.dataformat.cbor.CBORFactory;

class RecordPlacementTest {
    private final List<String> asked = new ArrayList<>();
    private Supplier<CompletableFuture<DescribeStreamSummaryResponse>> answer =
            () -> CompletableFuture.completedFuture(
                    DescribeStreamSummaryResponse.builder().build());
    private final Fakes.NoKinesis kinesis = new Fakes.NoKinesis() {
        @Override
        public CompletableFuture<DescribeStreamSummaryResponse> describeStreamSummary(
                DescribeStreamSummaryRequest request) {
            asked.add(request.streamARN());
            return answer.get();
        }
    };

    /** What is noted of a stream is noted for the process: each test has a stream of its own. */
    private RecordPlacement placement(String arn) {
        return new RecordPlacement(arn, kinesis, new PatientCalls(Duration.ZERO), Duration.ZERO);
    }

    @Test
    void asksEachTimeWhereRecordsAreInTheShardsOfTheirKeys() {
        RecordPlacement placement = placement("arn:1");
        assertTrue(placement.isByKey());
        assertTrue(placement.isByKey());
        assertEquals(List.of("arn:1", "arn:1"), asked);
    }

    @Test
    void asksNoMoreOnceTheStreamDistributesItsRecords() {
        RecordPlacement placement = placement("arn:2");
        answer = () -> {
            RecordDistribution.noteAutomatic("arn:2"); // as the interceptor does
            return CompletableFuture.completedFuture(
                    DescribeStreamSummaryResponse.builder().build());
        };
        assertFalse(placement.isByKey());
        assertFalse(placement.isByKey());
        assertEquals(List.of("arn:2"), asked);
        assertTrue(placement("arn:other").isByKey());
    }

    @Test
    void needsNoAnswerBehindARecordWithoutAKey() {
        RecordPlacement placement = placement("arn:3");
        placement.noteRecordWithoutKey();
        assertFalse(placement.isByKey());
        assertEquals(List.of(), asked);
    }

    @Test
    void dropsNothingWhileItIsUnknown() {
        try (CapturedLog log = new CapturedLog(RecordPlacement.class)) {
            answer = () -> CompletableFuture.failedFuture(
                    AccessDeniedException.builder().message("no").build());
            RecordPlacement placement = placement("arn:4");
            assertFalse(placement.isByKey());
            assertEquals(1, log.warnings().size());
            assertTrue(log.warnings().get(0).startsWith("It is unknown whether the records of arn:4 "));
            answer = () -> CompletableFuture.completedFuture(
                    DescribeStreamSummaryResponse.builder().build());
            assertTrue(placement.isByKey());
        }
    }

    @Test
    void readsTheStrategyFromJsonAndCbor() throws Exception {
        String json = "{\"StreamDescriptionSummary\":{\"StreamName\":\"RecordDistributionStrategy\",\"OpenShardCount\":4%s}}";
        String field = ",\"RecordDistributionStrategy\":\"AUTO\"";
        assertEquals("AUTO", RecordDistribution.strategyIn(json.formatted(field).getBytes(StandardCharsets.UTF_8)));
        assertNull(RecordDistribution.strategyIn(json.formatted("").getBytes(StandardCharsets.UTF_8)));
        assertEquals("USER_PARTITION_KEY", RecordDistribution.strategyIn(cbor("USER_PARTITION_KEY")));
        assertNull(RecordDistribution.strategyIn(new byte[0]));
        assertNull(RecordDistribution.strategyIn("<html>".getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] cbor(String strategy) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = new CBORFactory().createGenerator(bytes)) {
            out.writeStartObject();
            out.writeObjectFieldStart("StreamDescriptionSummary");
            out.writeNumberField("OpenShardCount", 4);
            out.writeStringField("RecordDistributionStrategy", strategy);
            out.writeEndObject();
            out.writeEndObject();
        }
        return bytes.toByteArray();
    }
}
