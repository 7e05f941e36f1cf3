package software.amazon.kinesis.worker.metricstats;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A value of each metric of the worker's load, such as its CPU, before KCL captures the first ones within a second: a
 * report without values counts as one of a worker that fails, which is assigned no leases.
 *
 * <p>It stands in KCL's package because the manager's queues are package-private there.
 */
public final class FirstCapture {
    private static final Logger LOG = LoggerFactory.getLogger(FirstCapture.class);

    private FirstCapture() {}

    /** @return whether each metric has a value, so that the worker can report at once */
    public static boolean of(WorkerMetricStatsManager manager) {
        try {
            manager.getWorkerMetricsToRawHighFreqValuesMap()
                    .forEach((metric, values) -> values.add(metric.capture().getValue()));
            return true;
        } catch (RuntimeException e) {
            LOG.debug("The worker's load can't be captured yet", e); // KCL logs it if it can't either
            return false;
        }
    }
}
