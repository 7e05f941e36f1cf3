package crossaccountkcl.aws;

import crossaccountkcl.ExitCode;
import crossaccountkcl.StopSignal;
import crossaccountkcl.aws.ServiceCalls.Failing;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports credentials that stop being valid while the worker runs, and stops it after a time: it has lost its leases, or
 * holds them and reads nothing, and a supervisor can start it again with other credentials. KCL only logs, for ever.
 */
public final class CredentialsWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialsWatch.class);
    private static final Duration REPEAT = Duration.ofMinutes(1);
    /** By then the leases have expired, and every other worker has had the time to take them. */
    private static final int FAILOVERS = 12;

    private final Duration limit;
    private final StopSignal stop;
    private Instant reportedAt;
    private boolean stopped;

    /** @param failoverTimeMillis KCL's: the time after which a lease that is not renewed has expired */
    public CredentialsWatch(long failoverTimeMillis, StopSignal stop) {
        this.limit = Duration.ofMillis(FAILOVERS * failoverTimeMillis);
        this.stop = stop;
    }

    public void look() {
        look(ServiceCalls.reported(), Instant.now());
    }

    void look(Map<ServiceCalls.Call, Failing> calls, Instant now) {
        List<Map.Entry<ServiceCalls.Call, Failing>> refused = calls.entrySet().stream()
                .filter(entry -> entry.getValue().isOfCredentials())
                .sorted(Comparator.comparing(entry -> entry.getValue().since()))
                .toList();
        if (refused.isEmpty()) {
            // Or no call is made any more: that is no proof that they are valid.
            if (reportedAt != null) LOG.info("No call fails for the AWS credentials any more");
            reportedAt = null;
            return;
        }
        Failing first = refused.get(0).getValue();
        if (stopped) return;
        if (!now.isBefore(first.since().plus(limit))) {
            stopped = true;
            stop.request(ExitCode.ACCESS, describe(refused, first) + ". That is " + limit.toSeconds() + " s: start the"
                    + " worker again with valid ones", null);
        } else if (reportedAt == null || !now.isBefore(reportedAt.plus(REPEAT))) {
            reportedAt = now;
            LOG.warn(
                    "{}. Renew them where they come from; keys from the environment are read only at the start."
                            + " If they are not valid by {}, the worker ends with exit code {}",
                    describe(refused, first),
                    first.since().plus(limit).truncatedTo(ChronoUnit.SECONDS),
                    ExitCode.ACCESS);
        }
    }

    private static String describe(List<Map.Entry<ServiceCalls.Call, Failing>> refused, Failing first) {
        String services = refused.stream()
                .map(entry -> entry.getKey().service())
                .distinct()
                .sorted()
                .collect(Collectors.joining(" and "));
        String key = refused.stream()
                .map(entry -> entry.getValue().accessKey())
                .filter(it -> it != null)
                .findFirst()
                .map(end -> "access key id …" + end)
                .orElse("no access key");
        return "the AWS credentials for " + services + " (" + key + ") are not valid since "
                + first.since().truncatedTo(ChronoUnit.SECONDS) + ": " + first.failure();
    }
}
