import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import type { Buckets, StreamDurations } from './buckets.js';
import type { HeldLease, HeldLeases } from './held-leases.js';
import type { ShardTally } from './shard-tally.js';
import type { WorkerStatus } from './worker-status.js';

const PREFIX = 'cross_account_kcl_';
const SHARD_LABELS = ['stream', 'shard'] as const;

export interface MetricSources {
  readonly version: string;
  readonly worker: WorkerStatus;
  /** The shards that have series; a shard that goes takes its series along. */
  tallies(): readonly ShardTally[];
  durations(): readonly StreamDurations[];
  readonly leases: HeldLeases;
  leasesHeld(): number;
  /** As /readyz says it. */
  ready(): Promise<boolean>;
}

/**
 * Prometheus's metrics of a worker. Nothing is kept here: what was counted elsewhere is taken over when it is asked for.
 * Process and event loop have the names that prom-client gives them, which dashboards know.
 */
export function createRegistry(sources: MetricSources): Registry {
  const { version, worker, tallies, durations, leases, leasesHeld, ready } = sources;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const counter = (name: string, help: string, value: (tally: ShardTally) => number) =>
    new Counter({
      name: `${PREFIX}${name}`,
      help,
      labelNames: SHARD_LABELS,
      registers,
      collect() {
        this.reset();
        for (const tally of tallies()) this.inc(labelsOf(tally), value(tally));
      },
    });
  const ofWorker = (name: string, help: string, value: () => number) =>
    new Counter({
      name: `${PREFIX}${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  const gauge = (name: string, help: string, value: (tally: ShardTally) => number | undefined) =>
    new Gauge({
      name: `${PREFIX}${name}`,
      help,
      labelNames: SHARD_LABELS,
      registers,
      collect() {
        this.reset();
        for (const tally of tallies()) {
          const known = tally.left === undefined ? value(tally) : undefined;
          if (known !== undefined) this.set(labelsOf(tally), known);
        }
      },
    });
  const histogram = (name: string, help: string, value: (of: StreamDurations) => Buckets) =>
    // The registry takes whatever has a name and `get`; the type names prom-client's own classes.
    registry.registerMetric(
      new TalliedHistogram(`${PREFIX}${name}`, help, durations, value) as unknown as Metric,
    );

  counter('batches_received_total', 'Batches from KCL, empty ones too.', (it) => it.batches);
  counter('records_received_total', 'Records from KCL.', (it) => it.records);
  counter('bytes_received_total', 'Bytes of data in the records from KCL.', (it) => it.bytes);
  counter('records_handled_total', 'Records that the handler has handled.', (it) => it.handled);
  histogram('handler_duration_seconds', 'Time of one attempt of the handler.', (it) => it.attempts);
  counter('handler_failures_total', 'Attempts of the handler that failed.', (it) => it.attemptsFailed);
  counter('handler_retries_total', 'Attempts that followed one that failed.', (it) => it.retries);
  new Counter({
    name: `${PREFIX}records_given_up_total`,
    help: 'Records that failed in their last attempt, by what became of them: stopped, skipped or sent.',
    labelNames: [...SHARD_LABELS, 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const tally of tallies()) {
        for (const [outcome, count] of Object.entries(tally.exhausted)) {
          this.inc({ ...labelsOf(tally), outcome }, count);
        }
      }
    },
  });
  counter('checkpoints_total', 'Checkpoints that were stored.', (it) => it.checkpointsStored);
  counter('checkpoint_failures_total', 'Checkpoints that were not.', (it) => it.checkpointsFailed);
  histogram('checkpoint_duration_seconds', 'Time of one checkpoint, stored or not.', (it) => it.checkpoints);
  gauge('behind_latest_seconds', "millisBehindLatest of the last batch, in seconds: the shard's lag.", (it) =>
    secondsOf(it.millisBehindLatest),
  );
  gauge('retention_seconds', 'How long the stream retains records, as it was at the start.', (it) =>
    secondsOf(it.retentionMs),
  );
  gauge('lease_taken_timestamp_seconds', 'When the lease was taken.', (it) => secondsOf(it.leaseTakenAt));
  gauge('last_batch_timestamp_seconds', 'When the last batch came, empty ones too.', (it) =>
    secondsOf(it.lastBatchAt),
  );
  gauge('last_checkpoint_timestamp_seconds', 'When the last checkpoint was stored.', (it) =>
    secondsOf(it.lastCheckpointAt),
  );
  ofWorker('aggregates_dropped_total', 'KPL aggregates that KCL dropped.', () => worker.aggregatesDropped);
  ofWorker(
    'aggregates_whole_total',
    'KPL aggregates that were handed over as one record: their contents are malformed.',
    () => worker.aggregatesWhole,
  );
  new Gauge({
    name: `${PREFIX}leases_held`,
    help: 'Leases that this worker holds.',
    registers,
    collect() {
      this.set(leasesHeld());
    },
  });
  new Gauge({
    name: `${PREFIX}shards_read`,
    help: 'Shards of these leases whose last read Kinesis has answered.',
    registers,
    collect() {
      this.set(leases.shardsRead);
    },
  });
  new Gauge({
    name: `${PREFIX}unread_seconds`,
    help: 'For how long a shard whose lease is held has not been read; no series while it is.',
    labelNames: SHARD_LABELS,
    registers,
    collect() {
      this.reset();
      for (const { lease, ms } of leases.unread()) this.set(labelsOfLease(lease), ms / 1000);
    },
  });
  new Counter({
    name: `${PREFIX}read_failures_total`,
    help: 'Reads of a shard that failed since its lease was taken, by AWS error code.',
    labelNames: [...SHARD_LABELS, 'error'],
    registers,
    collect() {
      this.reset();
      for (const lease of leases.held) {
        for (const [error, count] of Object.entries(lease.failures ?? {})) {
          this.inc({ ...labelsOfLease(lease), error }, count);
        }
      }
    },
  });
  new Gauge({
    name: `${PREFIX}credentials_valid`,
    help: '0 while AWS refuses the credentials of KCL, or there are none.',
    registers,
    collect() {
      this.set(leases.failingCalls.some(({ credentials }) => credentials) ? 0 : 1);
    },
  });
  new Gauge({
    name: `${PREFIX}ready`,
    help: '1 while /readyz answers 200.',
    registers,
    async collect() {
      this.set((await ready()) ? 1 : 0);
    },
  });
  new Gauge({
    name: `${PREFIX}jvm_up`,
    help: '1 while the JVM with KCL runs.',
    registers,
    collect() {
      this.set(worker.jvm === 'up' ? 1 : 0);
    },
  });
  new Gauge({
    name: `${PREFIX}build_info`,
    help: 'Always 1; the version is a label.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  return registry;
}

/** A histogram whose observations are counted elsewhere. */
class TalliedHistogram {
  readonly type = 'histogram';

  constructor(
    readonly name: string,
    readonly help: string,
    readonly durations: () => readonly StreamDurations[],
    readonly value: (of: StreamDurations) => Buckets,
  ) {}

  async get() {
    const { name, help, type } = this;
    return {
      name,
      help,
      type,
      aggregator: 'sum',
      values: this.durations().flatMap((ofStream) => this.#series(ofStream)),
    };
  }

  #series(ofStream: StreamDurations) {
    const labels = { stream: ofStream.stream.arn };
    const { bounds, counts, sum } = this.value(ofStream);
    let count = 0;
    const buckets = [...counts].map((inBucket, index) => {
      count += inBucket;
      const le = bounds[index] ?? '+Inf';
      return { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}

function labelsOfLease({ stream, shard }: HeldLease): { stream: string; shard: string } {
  return { stream, shard };
}

function labelsOf({ stream, shard }: ShardTally): { stream: string; shard: string } {
  return { stream: stream.arn, shard };
}

function secondsOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
