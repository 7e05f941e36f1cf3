import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { createDynamoDBClient, createKinesisClient } from '../aws/clients.js';
import { reportRenewals } from '../aws/credential-chain.js';
import type { CredentialServer } from '../aws/credential-server.js';
import type { ConsumerConfig, LoadedConfig } from '../config/load.js';
import type { FailureQueue } from '../delivery/failure-queue.js';
import { loadHandler } from '../delivery/load-handler.js';
import type { ShardHandler } from '../delivery/shard-handler.js';
import { comeAgain, UncheckpointedRecords } from '../delivery/uncheckpointed-records.js';
import { DaemonError, LogError } from '../errors/errors.js';
import { ExitCode } from '../errors/exit-codes.js';
import { memoryLimit, memoryOptions } from '../machine/jvm-options.js';
import { makeRunDirectory, type RunDirectory } from '../machine/run-directory.js';
import { HeldLeases } from '../operation/held-leases.js';
import type { Operation } from '../operation/operation.js';
import { ReadWatch } from '../operation/read-watch.js';
import { untilCreated } from '../streams/lease-table-creation.js';
import { type TrackedStream, trackStreams } from '../streams/tracked-streams.js';
import { deliverySettings, failureQueueOf, retentionOf } from './delivery-settings.js';
import { EscapedErrors } from './escaped-errors.js';
import { EventLoopWatch } from './event-loop-watch.js';
import { spaceOutCollections } from './heap-growth.js';
import { endedGracefully, explainEnd, Launcher, type LauncherEvents } from './launcher.js';
import { launcherInputs } from './launcher-inputs.js';
import { noteChildEntry } from './multilang/children.js';
import { checkJvmProxy } from './network-properties.js';
import { eventsFor, openOperation } from './open-operation.js';
import { passPreflight } from './preflight-gate.js';
import { ShardHost } from './shard-host.js';
import type { StopRequest, StopSignals } from './stop-signals.js';
import { checkWorkerIdentifier } from './worker-identifier-check.js';

/** For the launcher to end after the grace that it was given. */
const EXTRA_GRACE_MS = 5_000;

/**
 * Reads the stream until a signal or a failure ends it.
 *
 * @param signals that ask for the stop
 * @param logLost aborted when a line of the log could not be written, with the error
 * @returns the process's exit code
 * @throws CrossAccountKclError if it can't be started
 */
export async function runConsumer(
  loaded: LoadedConfig,
  logger: Logger,
  signals: StopSignals,
  logLost: AbortSignal,
): Promise<number> {
  const escaped = new EscapedErrors(logger);
  signals.alsoOnLostLog(logLost);
  const opened: Opened = {};
  try {
    const code = await Promise.race([run(loaded, logger, signals, opened, logLost), escaped.first]);
    if (code === ExitCode.ok && logLost.aborted) throw lost(logLost.reason);
    return code;
  } finally {
    opened.host?.close();
    opened.credentials?.close();
    opened.queue?.close();
    opened.watch?.close();
    opened.reads?.close();
    opened.operation?.close();
    signals.close();
    await opened.directory?.remove();
    escaped.close();
  }
}

/** What must be closed in the end, however far the start has come. */
interface Opened {
  directory?: RunDirectory;
  host?: ShardHost;
  credentials?: CredentialServer;
  queue?: FailureQueue | undefined;
  watch?: EventLoopWatch;
  reads?: ReadWatch | undefined;
  operation?: Operation | undefined;
}

async function run(
  loaded: LoadedConfig,
  logger: Logger,
  signals: StopSignals,
  opened: Opened,
  logLost: AbortSignal,
): Promise<number> {
  const { config } = loaded;
  const { transport } = config;
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // every shard listens
  const uncheckpointed = new UncheckpointedRecords();
  const startedAt = performance.now();
  // What the JVM can't do is said before anything else: with too little memory, or by such a proxy.
  memoryOptions(process.env, memoryLimit());
  await checkJvmProxy(loaded);
  const leases = new HeldLeases();
  const operation = await openOperation(config, logger, leases);
  opened.operation = operation;
  stopping.signal.addEventListener('abort', () => operation?.worker.stopping());
  const prepared = await Promise.race([prepare(loaded, logger), signals.first()]);
  if ('signal' in prepared) {
    operation?.worker.stopping();
    logger.info({ signal: prepared.signal }, 'stopped before anything was read');
    return ExitCode.ok;
  }
  const { handler, streams } = prepared;
  const reads = watchReads(leases, config, logger);
  opened.reads = reads;
  const directory = await makeRunDirectory(config.runDirectory);
  opened.directory = directory;
  const retention = retentionOf(streams);
  operation?.board.retention(retention);
  if (transport === 'host') {
    spaceOutCollections();
    opened.queue = failureQueueOf(config, logger);
    const watch = new EventLoopWatch(config.handlerTimeoutMs, logger);
    opened.watch = watch;
    if (operation) operation.eventLoopDelayMs = () => watch.maxMs;
    opened.host = await ShardHost.listen(directory.socketPath, {
      ...deliverySettings(config, handler, opened.queue, logger),
      retention,
      streams: streams.map(({ stream }) => stream),
      stopping,
      logLost,
      uncheckpointed,
      ...(operation && { observer: operation.board }),
      isUnread: (stream, shard) => reads?.isUnread(stream, shard) ?? false,
      onHandled: onFirst(() => logger.info({ seconds: secondsSince(startedAt) }, 'first record handled')),
    });
  }
  reportRenewals((err, usedUntil) =>
    logger.warn({ err, usedUntil }, "the AWS credentials can't be renewed; they are used until they expire"),
  );
  const { propertiesFile, env, credentials } = await launcherInputs(loaded, streams, directory);
  opened.credentials = credentials;
  const events: LauncherEvents = {
    ...(operation && eventsFor(operation)),
    onChildEntry: (entry) => noteChildEntry(uncheckpointed, entry),
    onLeaseReport: (report) => leases.take(report),
  };
  const launcher = await Launcher.start(propertiesFile, env, logger, events);
  operation?.worker.jvmStarted();
  return untilEnded(launcher, config, signals, stopping, uncheckpointed, logger);
}

/** The stop went well, and still something of it, or a record that was skipped, may have no trace. */
function lost({ message }: Error): LogError {
  return new LogError(`the log could not be written (${message}): the worker has stopped`, {
    hint: 'Handled records are checkpointed. Make room for the log, or start again what reads it; then start the worker again.',
  });
}

function watchReads(leases: HeldLeases, config: ConsumerConfig, logger: Logger): ReadWatch | undefined {
  if (config.stallWarningMs === 0) return undefined;
  const consumers = config.streams.flatMap(({ stream, consumer }) =>
    consumer === undefined ? [] : [[stream.arn, consumer.arn] as const],
  );
  return new ReadWatch(leases, { limitMs: config.stallWarningMs, consumers: new Map(consumers) }, logger);
}

/** All of it at once; what preflight has to say is told first, since it says more. */
async function prepare(
  loaded: LoadedConfig,
  logger: Logger,
): Promise<{ handler: () => ShardHandler; streams: TrackedStream[] }> {
  const { config } = loaded;
  const leaving = new AbortController();
  const preflight = inBackground(passPreflight(config, logger, leaving.signal));
  try {
    const handler = await loadHandler(config.handler);
    const { applicationName: application, transport } = config;
    logger.info({ application, transport, streams: config.streams.length }, 'starting');
    const streams = inBackground(track(loaded, logger));
    await preflight;
    return { handler, streams: await streams };
  } finally {
    leaving.abort();
  }
}

/** It is awaited later, or not at all if something else has failed: until then its failure is nobody's. */
function inBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => {});
  return work;
}

async function track(loaded: LoadedConfig, logger: Logger): Promise<TrackedStream[]> {
  const { config } = loaded;
  const { streamRoleArn: arn, streamRoleExternalId: externalId } = config;
  const kinesis = createKinesisClient({
    region: config.regionName,
    endpoint: config.kinesisEndpoint,
    role: arn === undefined ? undefined : { arn, externalId },
  });
  const dynamodb = createDynamoDBClient({
    region: config.leaseTableRegion,
    endpoint: config.dynamoDBEndpoint,
  });
  try {
    await untilCreated(dynamodb, config.tables.lease, logger);
    const streams = await trackStreams(config, kinesis, dynamodb, logger);
    await checkWorkerIdentifier(loaded, dynamodb, logger);
    return streams;
  } finally {
    kinesis.destroy();
    dynamodb.destroy();
  }
}

async function untilEnded(
  launcher: Launcher,
  config: ConsumerConfig,
  signals: StopSignals,
  stopping: AbortController,
  uncheckpointed: UncheckpointedRecords,
  logger: Logger,
): Promise<number> {
  let stop: StopRequest | undefined;
  let timedOut = false;
  let timer: NodeJS.Timeout | undefined;
  const killOnExit = () => launcher.kill();
  process.once('exit', killOnExit);
  signals.onStop((request) => {
    stop = request;
    stopping.abort();
    if (request.atOnce) {
      logger.warn({ signal: request.signal }, 'second signal: ending at once, without final checkpoints');
      launcher.kill();
      return;
    }
    logger.info({ signal: request.signal }, 'stopping: final checkpoints, then the end');
    launcher.stop();
    timer = setTimeout(() => {
      timedOut = true;
      launcher.kill();
    }, config.shutdownGraceMillis + EXTRA_GRACE_MS);
  });
  const end = await launcher.ended;
  clearTimeout(timer);
  process.removeListener('exit', killOnExit);
  launcher.kill(); // what may be left of its group
  if (stop?.atOnce) return stop.exitCode;
  if (timedOut) {
    throw new DaemonError(
      `the launcher did not stop within ${config.shutdownGraceMillis + EXTRA_GRACE_MS} ms`,
      {
        hint: 'Raise shutdownGraceMillis, or make the handler finish a record sooner.',
      },
    );
  }
  if (stop && endedGracefully(end)) {
    const { records, shards } = uncheckpointed;
    if (records === 0) logger.info('stopped');
    else
      logger.warn(
        { records, shards },
        `stopped; ${comeAgain(records, ofShards(shards))}: their leases were lost`,
      );
    return ExitCode.ok;
  }
  throw explainEnd(end, launcher.log);
}

function ofShards(count: number): string {
  return ` of ${count} shard${count === 1 ? '' : 's'}`;
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
