package crossaccountkcl.kcl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import crossaccountkcl.CapturedLog;
import crossaccountkcl.Fakes;
import crossaccountkcl.TrackedStreams;
import crossaccountkcl.aws.AwsFailures;
import crossaccountkcl.aws.CredentialsWatch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.kinesis.common.StreamIdentifier;
import software.amazon.kinesis.leases.LeaseCoordinator;
import software.amazon.kinesis.leases.ShardInfo;
import software.amazon.kinesis.lifecycle.TaskOutcome;
import software.amazon.kinesis.lifecycle.TaskType;
import software.amazon.kinesis.lifecycle.events.TaskExecutionListenerInput;
import software.amazon.kinesis.retrieval.kpl.ExtendedSequenceNumber;

class LeaseReportTest {
    private final TrackedStreams streams = Fakes.streams("[{'streamArn':'" + Fakes.STREAM_ARN + "'}]");
    private final StreamIdentifier stream = streams.identifiers().iterator().next();
    private final ShardReads reads = new ShardReads(streams);
    private final List<ShardInfo> assignments = new ArrayList<>();
    private final LeaseCoordinator leases = Fakes.as(LeaseCoordinator.class, new Object() {
        @SuppressWarnings("unused") // called through the proxy
        List<ShardInfo> getCurrentAssignments() {
            return assignments;
        }
    });
    private final LeaseReport report =
            new LeaseReport(leases, reads, new CredentialsWatch(10_000, (code, reason, cause) -> {}));
    private final Logger logger = CapturedLog.loggerOf(LeaseReport.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void startLog() {
        logger.setLevel(Level.INFO);
        logger.addAppender(log);
        log.start();
    }

    @AfterEach
    void endLog() {
        report.close();
        logger.detachAppender(log);
        logger.setLevel(null);
    }

    private void hold(String shard, ExtendedSequenceNumber checkpoint, String streamKey) {
        assignments.add(new ShardInfo(shard, "token", List.of(), checkpoint, streamKey));
    }

    private void hold(String shard) {
        hold(shard, ExtendedSequenceNumber.LATEST, null);
    }

    private void task(TaskType type, TaskOutcome outcome) {
        reads.afterTaskExecution(input(type, outcome));
    }

    private TaskExecutionListenerInput input(TaskType type, TaskOutcome outcome) {
        return TaskExecutionListenerInput.builder()
                .shardInfo(assignments.get(0))
                .taskType(type)
                .taskOutcome(outcome)
                .build();
    }

    private JsonNode reported() throws Exception {
        report.report();
        ILoggingEvent last = log.list.get(log.list.size() - 1);
        assertEquals("leaseReport", last.getKeyValuePairs().get(0).key);
        return new ObjectMapper().readTree((String) last.getKeyValuePairs().get(0).value).get("leases");
    }

    private String state() throws Exception {
        return reported().get(0).get("state").asText();
    }

    private void fail() {
        reads.failed(stream, "shard-1", "GetShardIterator", AwsFailures.of("Kinesis", "AccessDeniedException", "no"));
    }

    @Test
    void aLeaseIsNotReadUntilItsProcessorIsInitializedAndKinesisHasAnswered() throws Exception {
        hold("shard-1");
        assertEquals("not read", state());
        task(TaskType.INITIALIZE, TaskOutcome.FAILURE);
        assertEquals("not read", state());
        task(TaskType.INITIALIZE, TaskOutcome.SUCCESSFUL);
        assertEquals("not read", state());
        reads.read(stream, "shard-1");
        assertEquals("read", state());
    }

    @Test
    void aFailureSaysWhyAndHowOften() throws Exception {
        hold("shard-1");
        fail();
        fail();
        JsonNode lease = reported().get(0);
        assertEquals(Fakes.STREAM_ARN, lease.get("stream").asText());
        assertEquals("GetShardIterator", lease.get("failure").get("operation").asText());
        assertEquals("AccessDeniedException", lease.get("failure").get("code").asText());
        assertEquals("no", lease.get("failure").get("message").asText());
        assertEquals(2, lease.get("failure").get("count").asInt());
        assertFalse(lease.get("initialized").asBoolean());
        task(TaskType.INITIALIZE, TaskOutcome.SUCCESSFUL);
        reads.read(stream, "shard-1");
        lease = reported().get(0);
        assertEquals("read", lease.get("state").asText());
        assertFalse(lease.has("failure"));
        assertEquals(2, lease.get("failures").get("AccessDeniedException").asInt());
    }

    /** A subscription whose records nobody takes ends with a timeout, and is made again after them. */
    @Test
    void aShardWhoseRecordsAreBeingProcessedIsRead() throws Exception {
        hold("shard-1");
        task(TaskType.INITIALIZE, TaskOutcome.SUCCESSFUL);
        reads.read(stream, "shard-1");
        reads.beforeTaskExecution(input(TaskType.PROCESS, null));
        fail();
        assertEquals("read", state());
        task(TaskType.PROCESS, TaskOutcome.SUCCESSFUL);
        assertEquals("not read", state());
    }

    @Test
    void aShardThatWaitsForItsParentsIsNotMissed() throws Exception {
        hold("shard-1");
        task(TaskType.BLOCK_ON_PARENT_SHARDS, TaskOutcome.FAILURE);
        assertEquals("waits for its parents", state());
        task(TaskType.BLOCK_ON_PARENT_SHARDS, TaskOutcome.SUCCESSFUL);
        assertEquals("not read", state());
    }

    @Test
    void shardsAtTheirEndAndOfOtherStreams() throws Exception {
        hold("shard-1", ExtendedSequenceNumber.SHARD_END, null);
        hold("shard-2", ExtendedSequenceNumber.LATEST, "222222222222:former:1");
        JsonNode both = reported();
        assertEquals("ended", both.get(0).get("state").asText());
        assertEquals("not configured", both.get(1).get("state").asText());
    }

    @Test
    void aLeaseThatIsTakenAgainBeginsAnew() throws Exception {
        hold("shard-1");
        fail();
        List<ShardInfo> before = List.copyOf(assignments);
        assignments.clear();
        assertEquals(0, reported().size());
        assignments.addAll(before);
        assertFalse(reported().get(0).has("failure"));
    }

    /** Within a second, so that no report comes in between. */
    @Test
    void aLeaseThatIsLostAndTakenAgainAtOnceIsNotInitialized() throws Exception {
        hold("shard-1");
        task(TaskType.INITIALIZE, TaskOutcome.SUCCESSFUL);
        reads.read(stream, "shard-1");
        assertEquals("read", state());
        task(TaskType.BLOCK_ON_PARENT_SHARDS, TaskOutcome.SUCCESSFUL);
        assertEquals("not read", state());
        assertFalse(reported().get(0).get("initialized").asBoolean());
    }

    @Test
    void reportsOnlyWhatHasChanged() {
        hold("shard-1");
        report.report();
        report.report();
        assertEquals(1, log.list.size());
        fail();
        report.report();
        assertEquals(2, log.list.size());
    }
}
