package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import crossaccountkcl.ExitCode;
import crossaccountkcl.Fakes;
import crossaccountkcl.StopSignal;
import crossaccountkcl.TrackedStreams;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.arns.Arn;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamConsumerResponse;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.GetRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorResponse;
import software.amazon.awssdk.services.kinesis.model.HashKeyRange;
import software.amazon.awssdk.services.kinesis.model.ListShardsRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.SequenceNumberRange;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.ShardRecordProcessorFactory;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

/** Every way in which KCL may report the end of a shard, and what Kinesis may know of the shard then. */
class ShardEndTableTest {
    private static final String ARN = Fakes.STREAM_ARN;
    private static final String CONSUMER = ARN + "/consumer/c:1700000000";
    private static final StreamIdentifier STREAM = StreamIdentifier.singleStreamInstance(Arn.fromString(ARN));
    private static final String SHARD = "shardId-000000000003";
    private static final long CREATED = 1_700_000_000;

    private enum Listed {
        OPEN,
        CLOSED,
        ABSENT
    }

    private record Row(Listed listed, boolean childrenNamed, boolean allRead, boolean fanOut, boolean sameStream) {
        /**
         * Kinesis names the children only behind the last record. Without them an end is proven by a closed shard that
         * has nothing behind the last delivered record, or by one whose records have all expired.
         */
        boolean isProven() {
            if (!sameStream) return false;
            return switch (listed) {
                case OPEN -> false;
                case CLOSED -> childrenNamed || allRead;
                case ABSENT -> true;
            };
        }
    }

    static Stream<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (Listed listed : Listed.values()) {
            for (int bits = 0; bits < 16; bits++) {
                rows.add(new Row(listed, (bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0, (bits & 8) > 0));
            }
        }
        return rows.stream();
    }

    private final List<Integer> stops = new ArrayList<>();
    private final List<String> dropped = new ArrayList<>();
    private final List<Object> ended = new ArrayList<>();
    private final ReportedEnds ends = new ReportedEnds();

    private final StopSignal stop = new StopSignal() {
        @Override
        public void request(int exitCode, String reason, Throwable cause) {
            stops.add(exitCode);
        }

        @Override
        public void dropLease(String leaseKey) {
            dropped.add(leaseKey);
        }
    };

    private final ShardRecordProcessor processor = new Fakes.IdleProcessor() {
        @Override
        public void shardEnded(ShardEndedInput input) {
            ended.add(input);
        }
    };

    /** What is there now; the worker began with a stream that was created at CREATED. */
    private record Kinesis(Row row) {
        Fakes.NoKinesis client() {
            return new Fakes.NoKinesis() {
                @Override
                public CompletableFuture<ListShardsResponse> listShards(ListShardsRequest request) {
                    List<Shard> shards = new ArrayList<>(List.of(shard("shardId-000000000007", null)));
                    if (row.listed() == Listed.OPEN) shards.add(shard(SHARD, null));
                    if (row.listed() == Listed.CLOSED) shards.add(shard(SHARD, "199"));
                    return CompletableFuture.completedFuture(
                            ListShardsResponse.builder().shards(shards).build());
                }

                @Override
                public CompletableFuture<DescribeStreamSummaryResponse> describeStreamSummary(
                        DescribeStreamSummaryRequest request) {
                    Instant created = Instant.ofEpochSecond(row.sameStream() ? CREATED : CREATED + 60);
                    return CompletableFuture.completedFuture(DescribeStreamSummaryResponse.builder()
                            .streamDescriptionSummary(it -> it.streamCreationTimestamp(created))
                            .build());
                }

                @Override
                public CompletableFuture<DescribeStreamConsumerResponse> describeStreamConsumer(
                        DescribeStreamConsumerRequest request) {
                    return notFound();
                }

                @Override
                public CompletableFuture<GetShardIteratorResponse> getShardIterator(GetShardIteratorRequest request) {
                    assertEquals(ARN, request.streamARN());
                    assertEquals("120", request.startingSequenceNumber());
                    if (row.listed() == Listed.ABSENT) return notFound();
                    return CompletableFuture.completedFuture(
                            GetShardIteratorResponse.builder().shardIterator("0").build());
                }

                /** First the record at the position, then an empty answer, then what is behind, then the end. */
                @Override
                public CompletableFuture<GetRecordsResponse> getRecords(GetRecordsRequest request) {
                    assertEquals(ARN, request.streamARN());
                    int at = Integer.parseInt(request.shardIterator());
                    List<Record> records = switch (at) {
                        case 0 -> List.of(record("120"));
                        case 2 -> row.allRead() ? List.<Record>of() : List.of(record("121"));
                        default -> List.of();
                    };
                    boolean last = at > 2 && row.listed() != Listed.OPEN;
                    return CompletableFuture.completedFuture(GetRecordsResponse.builder()
                            .records(records)
                            .nextShardIterator(last ? null : Integer.toString(at + 1))
                            .build());
                }
            };
        }

        private static <T> CompletableFuture<T> notFound() {
            return Fakes.failed(
                    ResourceNotFoundException.builder().message("not found").build());
        }

        private static Record record(String sequenceNumber) {
            return Record.builder()
                    .sequenceNumber(sequenceNumber)
                    .partitionKey("key")
                    .data(SdkBytes.fromUtf8String("data"))
                    .build();
        }

        private static Shard shard(String id, String end) {
            return Shard.builder()
                    .shardId(id)
                    .hashKeyRange(HashKeyRange.builder()
                            .startingHashKey("0")
                            .endingHashKey("99")
                            .build())
                    .sequenceNumberRange(SequenceNumberRange.builder()
                            .startingSequenceNumber("100")
                            .endingSequenceNumber(end)
                            .build())
                    .build();
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void storesAnEndOnlyIfItIsProven(Row row) {
        String consumer = row.fanOut() ? ",'consumerArn':'" + CONSUMER + "'" : "";
        TrackedStreams streams =
                Fakes.streams("[{'streamArn':'" + ARN + "','streamCreatedAt':" + CREATED + consumer + "}]");
        ShardRecordProcessorFactory factory = new ShardRecordProcessorFactory() {
            @Override
            public ShardRecordProcessor shardRecordProcessor() {
                return processor;
            }
        };
        ShardStates states = new ShardStates(streams, new Kinesis(row).client(), Duration.ZERO);
        ShardRecordProcessor checked = new ShardEndCheck(factory, states, ends, stop).shardRecordProcessor(STREAM);
        ShardInfo info = new ShardInfo(SHARD, "token", List.of(), new ExtendedSequenceNumber("110"), null);

        checked.initialize(InitializationInput.builder()
                .shardId(SHARD)
                .extendedSequenceNumber(info.checkpoint())
                .build());
        checked.processRecords(ProcessRecordsInput.builder()
                .records(List.of(KinesisClientRecord.builder()
                        .sequenceNumber("120")
                        .data(ByteBuffer.allocate(0))
                        .build()))
                .build());
        EndReport.through(ends, info, null, row.childrenNamed());
        checked.shardEnded(ShardEndedInput.builder().build());

        assertEquals(row.isProven() ? 1 : 0, ended.size());
        assertEquals(row.isProven() ? List.of() : List.of(ExitCode.ACCESS), stops);
        if (!row.isProven()) assertEquals(List.of(SHARD), dropped);
    }
}
