import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { createKinesisClient } from '../aws/kinesis-client.js';
import type { ConsumerConfig, LoadedConfig } from '../config/load.js';
import { configKeys } from '../config/schema.js';
import { toPropertiesText } from '../config/write-properties.js';
import { DaemonError } from '../errors/errors.js';
import { ExitCode } from '../errors/exit-codes.js';
import { checkStream } from './check-stream.js';
import { explainEnd, Launcher } from './launcher.js';
import { loadHandler } from './load-handler.js';
import { makeRunDirectory, type RunDirectory } from './run-directory.js';
import type { DeliveryOptions } from './shard-delivery.js';
import { ShardHost } from './shard-host.js';
import { type StopRequest, StopSignals } from './stop-signals.js';

const CHILD = fileURLToPath(new URL('./multilang-child.js', import.meta.url));
/** For the launcher to end after the grace that it was given. */
const EXTRA_GRACE_MS = 5_000;

/**
 * Reads the stream until a signal or a failure ends it.
 *
 * @returns the process's exit code
 * @throws CrossAccountKclError if it can't be started
 */
export async function runConsumer(loaded: LoadedConfig, logger: Logger): Promise<number> {
  const { config } = loaded;
  const signals = new StopSignals();
  const stopping = new AbortController();
  const startedAt = performance.now();
  let directory: RunDirectory | undefined;
  let host: ShardHost | undefined;
  try {
    const handler = await loadHandler(config.handler);
    const kinesis = createKinesisClient({ region: config.regionName, endpoint: config.kinesisEndpoint });
    const summary = await checkStream(kinesis, config.stream);
    const { applicationName: application, transport } = config;
    logger.info({ stream: config.stream.arn, application, transport, ...summary }, 'starting');
    directory = await makeRunDirectory(config.runDirectory);
    const delivery = {
      handler,
      stream: config.stream,
      checkpointIntervalMs: config.checkpointIntervalMs,
      logger,
      stopping,
      onHandled: onFirst(() => logger.info({ seconds: secondsSince(startedAt) }, 'first record handled')),
    } satisfies DeliveryOptions;
    if (config.transport === 'host') host = await ShardHost.listen(directory.socketPath, delivery);
    const properties = await directory.writeProperties(toPropertiesText(propertiesOf(loaded, directory)));
    const launcher = await Launcher.start(properties, environmentOf(config), logger);
    return await untilEnded(launcher, config, signals, stopping, logger);
  } finally {
    host?.close();
    signals.close();
    await directory?.remove();
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
        hint: 'Raise shutdownGraceMillis, or make the handler finish sooner when its signal is aborted.',
      },
    );
  }
  if (stop && end.code === ExitCode.ok) {
    logger.info('stopped');
    return ExitCode.ok;
  }
  throw explainEnd(end, launcher.log);
}

/** What the launcher reads: KCL's keys, and its own (LauncherSettings.java). */
function propertiesOf(
  { config, kclProperties }: LoadedConfig,
  directory: RunDirectory,
): Record<string, string> {
  return {
    ...kclProperties,
    executableName: 'cross-account-kcl',
    processingLanguage: `nodejs/${process.versions.node}`,
    'launcher.initialLeaseSyncMaxWaitMillis': String(config.initialLeaseSyncMaxWaitMs),
    ...(config.transport === 'host'
      ? { 'launcher.socketPath': directory.socketPath }
      : { 'launcher.childCommand': JSON.stringify([process.execPath, CHILD]) }),
  };
}

/** The launcher's environment, which a child of the multilang transport inherits and reads its settings from. */
function environmentOf(config: ConsumerConfig): NodeJS.ProcessEnv {
  if (config.transport === 'host') return process.env;
  // What came from the environment may have been overridden by a flag: the child must not read it again.
  const ofKeys = new Set(configKeys.map(({ environment }) => environment));
  const others = Object.entries(process.env).filter(
    ([name]) => !ofKeys.has(name) && !name.startsWith('KCL_'),
  );
  return {
    ...Object.fromEntries(others),
    STREAM_ARN: config.stream.arn,
    CHECKPOINT_INTERVAL_MS: String(config.checkpointIntervalMs),
    LOG_LEVEL: config.logLevel,
    LOG_FORMAT: 'json',
    ...(config.handler === undefined ? {} : { HANDLER: config.handler }),
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
