import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { reportRenewals } from '../aws/credential-chain.js';
import type { LoadedConfig, WorkerConfig } from '../config/load.js';
import { UncheckpointedRecords } from '../delivery/uncheckpointed-records.js';
import { LogError } from '../errors/errors.js';
import { ExitCode } from '../errors/exit-codes.js';
import { memoryLimit, memoryOptions } from '../jvm/jvm-options.js';
import { makeRunDirectory } from '../jvm/run-directory.js';
import { HeldLeases } from '../monitoring/held-leases.js';
import type { Monitoring } from '../monitoring/monitoring.js';
import { ReadWatch } from '../monitoring/read-watch.js';
import { deliverySettings, failureQueueOf, retentionOf } from './delivery-settings.js';
import { EscapedErrors } from './escaped-errors.js';
import { EventLoopWatch } from './event-loop-watch.js';
import { spaceOutCollections } from './heap-growth.js';
import { ShardHost } from './host/shard-host.js';
import { Launcher } from './launcher.js';
import { launcherInputs } from './launcher-inputs.js';
import { noteChildEntry } from './multilang/children.js';
import { checkJvmProxy } from './network-properties.js';
import { eventsFor, openMonitoring } from './open-monitoring.js';
import { type Prepared, prepare } from './prepare.js';
import type { StopSignals } from './stop-signals.js';
import { untilEnded } from './until-ended.js';

/**
 * Reads the stream until a signal or a failure ends it.
 *
 * @param signals that ask for the stop
 * @param logLost aborted when a line of the log could not be written, with the error
 * @returns the process's exit code
 * @throws CrossAccountKclError if it can't be started
 */
export async function runWorker(
  loaded: LoadedConfig,
  logger: Logger,
  signals: StopSignals,
  logLost: AbortSignal,
): Promise<number> {
  const opened = new Opened();
  const escaped = opened.add(new EscapedErrors(logger));
  opened.add(signals).alsoOnLostLog(logLost);
  try {
    const code = await Promise.race([run(loaded, logger, signals, logLost, opened), escaped.first]);
    if (code === ExitCode.ok && logLost.aborted) throw lost(logLost.reason);
    return code;
  } finally {
    await opened.close();
  }
}

async function run(
  loaded: LoadedConfig,
  logger: Logger,
  signals: StopSignals,
  logLost: AbortSignal,
  opened: Opened,
): Promise<number> {
  const { config } = loaded;
  const startedAt = performance.now();
  // Comes before anything else: the JVM can't run with too little memory, or use such a proxy.
  memoryOptions(process.env, memoryLimit());
  await checkJvmProxy(loaded);
  const leases = new HeldLeases();
  const monitoring = opened.add(await openMonitoring(config, logger, leases));
  const prepared = await Promise.race([prepare(loaded, logger), signals.first()]);
  if ('signal' in prepared) {
    monitoring?.worker.stopping();
    logger.info({ signal: prepared.signal }, 'stopped before anything was read');
    return ExitCode.ok;
  }
  const { streams } = prepared;
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // every shard listens
  stopping.signal.addEventListener('abort', () => monitoring?.worker.stopping());
  const uncheckpointed = new UncheckpointedRecords();
  const reads = opened.add(watchReads(leases, config, logger));
  const directory = await makeRunDirectory(config.runDirectory);
  opened.add({ close: () => directory.remove() });
  monitoring?.board.retention(retentionOf(streams));
  if (config.transport === 'host') {
    const { socketPath } = directory;
    const host = { socketPath, stopping, logLost, uncheckpointed, monitoring, reads, startedAt };
    await openHost(config, prepared, host, logger, opened);
  }
  reportRenewals((err, usedUntil) =>
    logger.warn({ err, usedUntil }, "the AWS credentials can't be renewed; they are used until they expire"),
  );
  const { propertiesFile, env, credentials } = await launcherInputs(loaded, streams, directory);
  opened.add(credentials);
  const launcher = await Launcher.start(propertiesFile, env, logger, {
    ...(monitoring && eventsFor(monitoring)),
    onChildEntry: (entry) => noteChildEntry(uncheckpointed, entry),
    onLeaseReport: (report) => leases.take(report),
  });
  monitoring?.worker.jvmStarted();
  return untilEnded(launcher, config.shutdownGraceMillis, signals, stopping, uncheckpointed, logger);
}

interface HostOptions {
  readonly socketPath: string;
  readonly stopping: AbortController;
  readonly logLost: AbortSignal;
  readonly uncheckpointed: UncheckpointedRecords;
  readonly monitoring: Monitoring | undefined;
  readonly reads: ReadWatch | undefined;
  readonly startedAt: number;
}

/** What delivers the records of all shards in this process. */
async function openHost(
  config: WorkerConfig,
  { handler, streams }: Prepared,
  { socketPath, monitoring, reads, startedAt, ...host }: HostOptions,
  logger: Logger,
  opened: Opened,
): Promise<void> {
  spaceOutCollections();
  const queue = opened.add(failureQueueOf(config, logger));
  const watch = opened.add(new EventLoopWatch(config.handlerTimeoutMs, logger));
  if (monitoring) monitoring.eventLoopDelayMs = () => watch.maxMs;
  const listening = ShardHost.listen(socketPath, {
    ...deliverySettings(config, handler, queue, logger),
    ...host,
    retention: retentionOf(streams),
    streams: streams.map(({ stream }) => stream),
    ...(monitoring && { observer: monitoring.board }),
    isUnread: (stream, shard) => reads?.isUnread(stream, shard) ?? false,
    onHandled: onFirst(() => logger.info({ seconds: secondsSince(startedAt) }, 'first record handled')),
  });
  opened.add(await listening);
}

function watchReads(leases: HeldLeases, config: WorkerConfig, logger: Logger): ReadWatch | undefined {
  if (config.stallWarningMs === 0) return undefined;
  const consumers = config.streams.flatMap(({ stream, consumer }) =>
    consumer === undefined ? [] : [[stream.arn, consumer.arn] as const],
  );
  return new ReadWatch(leases, { limitMs: config.stallWarningMs, consumers: new Map(consumers) }, logger);
}

/** The stop went well, and still something of it, or a record that was skipped, may have no trace. */
function lost({ message }: Error): LogError {
  return new LogError(`the log could not be written (${message}): the worker has stopped`, {
    remedy:
      'Handled records are checkpointed. Make room for the log, or start again what reads it; then start the worker again.',
  });
}

/** What must be closed in the end, however far the start has come. */
class Opened {
  readonly #all: Closeable[] = [];

  add<T extends Closeable | undefined>(one: T): T {
    if (one) this.#all.push(one);
    return one;
  }

  /** The last one first; one that fails keeps none open. */
  async close(): Promise<void> {
    const last = this.#all.pop();
    if (last === undefined) return;
    try {
      await last.close();
    } finally {
      await this.close();
    }
  }
}

interface Closeable {
  close(): unknown;
}

function onFirst(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}

function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 10) / 100;
}
