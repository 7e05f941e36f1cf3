package crossaccountkcl.kcl;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import crossaccountkcl.aws.AwsFailure;
import crossaccountkcl.aws.CredentialsWatch;
import crossaccountkcl.aws.ServiceCalls;
import crossaccountkcl.kcl.ShardReads.Shard;
import crossaccountkcl.kcl.ShardReads.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.kinesis.leases.LeaseCoordinator;
import software.amazon.kinesis.leases.ShardInfo;

/**
 * Reports to Node which leases this worker holds and how their shards are read: Node otherwise learns of a shard only
 * when its processor is initialized, which KCL does after the first call of Kinesis has succeeded. A report is a line of
 * the log that Node takes for its own (docs/protocol.md), whenever something has changed, and every 30 s.
 */
public final class LeaseReport implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LeaseReport.class);
    private static final long INTERVAL_MILLIS = 1_000;
    /** A line that was lost, as when Node reads too slowly, is made good by a later one. */
    private static final Duration UNCHANGED = Duration.ofSeconds(30);
    /** KCL's leases are written on a condition; that one is not met is how another worker's are noticed. */
    private static final String CONDITION_FAILED = "ConditionalCheckFailedException";

    private final ObjectMapper json = new ObjectMapper();
    private final LeaseCoordinator leases;
    private final ShardReads reads;
    private final CredentialsWatch credentials;
    private final ScheduledExecutorService timer;
    private Map<Shard, Instant> held = Map.of();
    private String last;
    private Instant lastAt = Instant.EPOCH;

    public LeaseReport(LeaseCoordinator leases, ShardReads reads, CredentialsWatch credentials) {
        this.leases = leases;
        this.reads = reads;
        this.credentials = credentials;
        this.timer = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "lease-report");
            thread.setDaemon(true);
            return thread;
        });
    }

    public void start() {
        timer.scheduleWithFixedDelay(this::look, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        timer.shutdown();
    }

    private void look() {
        try {
            report();
            credentials.look();
        } catch (RuntimeException e) {
            LOG.warn("The leases can't be reported", e);
        }
    }

    void report() {
        ObjectNode report = json.createObjectNode();
        ArrayNode list = report.putArray("leases");
        Map<Shard, Instant> now = new LinkedHashMap<>();
        for (ShardInfo lease : leases.getCurrentAssignments()) {
            Shard shard = reads.shardOf(lease);
            if (shard == null) {
                describe(list.addObject(), lease.streamIdentifierSerOpt().orElse(""), lease.shardId(), "not configured");
                continue;
            }
            Instant since = held.getOrDefault(shard, Instant.now());
            now.put(shard, since);
            describe(list.addObject(), lease, shard, since);
        }
        held = now;
        reads.forgetAllBut(now);
        failingCalls(report.putArray("failingCalls"));
        send(report.toString());
    }

    private static ObjectNode describe(ObjectNode lease, String stream, String shardId, String state) {
        return lease.put("stream", stream).put("shard", shardId).put("state", state);
    }

    private void describe(ObjectNode entry, ShardInfo lease, Shard shard, Instant since) {
        Snapshot reading = reads.of(shard);
        String state = stateOf(lease, reading);
        describe(entry, shard.stream(), shard.id(), state);
        if (state.equals("not read")) {
            Instant unread = reading.readAt() == null ? since : reading.readAt();
            entry.put("since", unread.toEpochMilli()).put("initialized", reading.initialized());
        }
        if (reading.failure() != null) {
            describe(entry.putObject("failure"), reading.failure())
                    .put("since", reading.failingSince().toEpochMilli())
                    .put("count", reading.attempts());
        }
        if (reading.failures().isEmpty()) return;
        ObjectNode failures = entry.putObject("failures");
        reading.failures().forEach(failures::put);
    }

    private static String stateOf(ShardInfo lease, Snapshot reading) {
        if (lease.isCompleted()) return "ended";
        boolean answered = reading.failure() == null || reading.processing();
        if (reading.initialized() && reading.readAt() != null && answered) return "read";
        return reading.waitsForParents() ? "waits for its parents" : "not read";
    }

    private static void failingCalls(ArrayNode list) {
        ServiceCalls.reported().forEach((call, failing) -> {
            if (failing.failure().code().equals(CONDITION_FAILED)) return;
            describe(list.addObject().put("service", call.service()), failing.failure())
                    .put("credentials", failing.isOfCredentials())
                    .put("since", failing.since().toEpochMilli())
                    .put("count", failing.count());
        });
    }

    private static ObjectNode describe(ObjectNode entry, AwsFailure failure) {
        return entry.put("operation", failure.operation())
                .put("code", failure.code())
                .put("message", failure.message());
    }

    private void send(String report) {
        Instant now = Instant.now();
        if (report.equals(last) && now.isBefore(lastAt.plus(UNCHANGED))) return;
        last = report;
        lastAt = now;
        LOG.atInfo().addKeyValue("leaseReport", report).log("the leases that this worker holds");
    }
}
