import { setMaxListeners } from 'node:events';
import type { Logger } from 'pino';
import { createDynamoDBClient, createKinesisClient } from '../aws/clients.js';
import { configKeys } from '../config/config-keys.js';
import { deliveryKeys } from '../config/delivery-keys.js';
import type { ConsumerConfig, LoadedConfig } from '../config/load.js';
import { environmentName } from '../config/names.js';
import { toPropertiesText } from '../config/write-properties.js';
import type { FailureQueue } from '../delivery/failure-queue.js';
import { loadHandler } from '../delivery/load-handler.js';
import type { ShardHandler } from '../delivery/shard-handler.js';
import { DaemonError } from '../errors/errors.js';
import { ExitCode } from '../errors/exit-codes.js';
import { memoryLimit, memoryOptions } from '../machine/jvm-options.js';
import { makeRunDirectory, type RunDirectory } from '../machine/run-directory.js';
import type { Operation } from '../operation/operation.js';
import { type TrackedStream, trackStreams } from '../streams/tracked-streams.js';
import { deliverySettings, failureQueueOf } from './delivery-settings.js';
import { EscapedErrors } from './escaped-errors.js';
import { EventLoopWatch } from './event-loop-watch.js';
import { endedGracefully, explainEnd, Launcher } from './launcher.js';
import { launcherProperties } from './launcher-properties.js';
import { eventsFor, openOperation } from './open-operation.js';
import { passPreflight } from './preflight-gate.js';
import { ShardHost } from './shard-host.js';
import type { StopRequest, StopSignals } from './stop-signals.js';

/** For the launcher to end after the grace that it was given. */
const EXTRA_GRACE_MS = 5_000;

/**
 * Reads the stream until a signal or a failure ends it.
 *
 * @returns the process's exit code
 * @throws CrossAccountKclError if it can't be started
 */
export async function runConsumer(
  loaded: LoadedConfig,
  logger: Logger,
  signals: StopSignals,
): Promise<number> {
  const escaped = new EscapedErrors(logger);
  const opened: Opened = {};
  try {
    return await Promise.race([run(loaded, logger, signals, opened), escaped.first]);
  } finally {
    opened.host?.close();
    opened.queue?.close();
    opened.watch?.close();
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
  queue?: FailureQueue | undefined;
  watch?: EventLoopWatch;
  operation?: Operation | undefined;
}

async function run(
  loaded: LoadedConfig,
  logger: Logger,
  signals: StopSignals,
  opened: Opened,
): Promise<number> {
  const { config } = loaded;
  const { transport } = config;
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // every shard listens
  const startedAt = performance.now();
  memoryOptions(process.env, memoryLimit()); // too little is said before anything else
  const operation = await openOperation(config, logger);
  opened.operation = operation;
  stopping.signal.addEventListener('abort', () => operation?.worker.stopping());
  const prepared = await Promise.race([prepare(config, logger), signals.first()]);
  if ('signal' in prepared) {
    operation?.worker.stopping();
    logger.info({ signal: prepared.signal }, 'stopped before anything was read');
    return ExitCode.ok;
  }
  const { handler, streams } = prepared;
  const directory = await makeRunDirectory(config.runDirectory);
  opened.directory = directory;
  if (transport === 'host') {
    opened.queue = failureQueueOf(config, logger);
    const watch = new EventLoopWatch(config.handlerTimeoutMs, logger);
    opened.watch = watch;
    if (operation) operation.eventLoopDelayMs = () => watch.maxMs;
    opened.host = await ShardHost.listen(directory.socketPath, {
      ...deliverySettings(config, handler, opened.queue, logger),
      streams: streams.map(({ stream }) => stream),
      stopping,
      ...(operation && { observer: operation.board }),
      onHandled: onFirst(() => logger.info({ seconds: secondsSince(startedAt) }, 'first record handled')),
    });
  }
  const properties = await directory.writeProperties(
    toPropertiesText(launcherProperties(loaded, streams, directory.socketPath)),
  );
  const events = operation && eventsFor(operation);
  const launcher = await Launcher.start(properties, environmentOf(config), logger, events);
  operation?.worker.jvmStarted();
  return untilEnded(launcher, config, signals, stopping, logger);
}

/** All of it at once; what preflight has to say is told first, since it says more. */
async function prepare(
  config: ConsumerConfig,
  logger: Logger,
): Promise<{ handler: () => ShardHandler; streams: TrackedStream[] }> {
  const leaving = new AbortController();
  const preflight = inBackground(passPreflight(config, logger, leaving.signal));
  try {
    const handler = await loadHandler(config.handler);
    const { applicationName: application, transport } = config;
    logger.info({ application, transport, streams: config.streams.length }, 'starting');
    const streams = inBackground(track(config, logger));
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

async function track(config: ConsumerConfig, logger: Logger): Promise<TrackedStream[]> {
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
    return await trackStreams(config, kinesis, dynamodb, logger);
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
    logger.info('stopped');
    return ExitCode.ok;
  }
  throw explainEnd(end, launcher.log);
}

/** The launcher's environment, which a child of the multilang transport inherits and reads its settings from. */
function environmentOf(config: ConsumerConfig): NodeJS.ProcessEnv {
  if (config.transport === 'host') return process.env;
  // What came from the environment may have been overridden by a flag: the child must not read it again.
  const ofKeys = new Set(configKeys.map(({ environment }) => environment));
  const others = Object.entries(process.env).filter(
    ([name]) => !ofKeys.has(name) && !/^(KCL|STREAMS_\d+)_/.test(name),
  );
  return {
    ...Object.fromEntries(others),
    // The launcher adds STREAM_ARN, the stream of the child's shard.
    ...deliveryEnvironment(config),
    CALL_PROCESS_RECORDS_EVEN_FOR_EMPTY_RECORD_LIST: String(config.callProcessRecordsEvenForEmptyRecordList),
    LOG_LEVEL: config.logLevel,
    LOG_FORMAT: 'json',
    ...(config.handler === undefined ? {} : { HANDLER: config.handler }),
  };
}

/** The settings of delivery as the child reads them. */
function deliveryEnvironment(config: ConsumerConfig): NodeJS.ProcessEnv {
  const { failureQueueUrl, ...others } = deliveryKeys;
  const names = Object.keys(others) as (keyof typeof others)[];
  return {
    ...Object.fromEntries(names.map((key) => [environmentName(key), String(config[key])])),
    ...(config.failureQueueUrl && { [environmentName('failureQueueUrl')]: config.failureQueueUrl.url }),
  };
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
