#!/usr/bin/env node
/**
 * A child of the multilang transport: one shard's records from the daemon on stdin to the record handler. It runs under
 * this project's launcher and, as `executableName`, under the stock MultiLangDaemon; its settings come from the
 * environment. stdout carries only the protocol.
 */
import { Console } from 'node:console';
import { setImmediate } from 'node:timers/promises';
import { loadConfig } from '../../config/load.js';
import { failureReason } from '../../delivery/failed-record.js';
import { loadHandler } from '../../delivery/load-handler.js';
import { ShardDelivery } from '../../delivery/shard-delivery.js';
import { CrossAccountKclError, DaemonError } from '../../errors/errors.js';
import { ExitCode } from '../../errors/exit-codes.js';
import { noteEnvironment } from '../../errors/secrets.js';
import { nodeVersionNotice } from '../../jvm/node-version.js';
import { createLogger, type Logger } from '../../log/logger.js';
import { deliverySettings, failureQueueOf } from '../delivery-settings.js';
import { escapedError } from '../escaped-errors.js';
import { EventLoopWatch } from '../event-loop-watch.js';
import { restoreReplaced, retentionFrom } from './child-environment.js';
import { LineReader } from './line-reader.js';
import { parseMessage } from './messages.js';
import { MultilangSession } from './session.js';

const writeProtocol = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
globalThis.console = new Console(process.stderr);
const stopping = new AbortController();
const underOurLauncher = process.env.STOP_ON_SIGTERM === 'true';
// A signal to the whole group must not cost the final checkpoint: the daemon says when to stop, by the end of stdin.
// Only our launcher says with SIGTERM that it is going to: the rest of the batch is left to the next worker.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (signal === 'SIGTERM' && underOurLauncher) stopping.abort();
  });
}

restoreReplaced(process.env);
noteEnvironment(process.env);
nodeVersionNotice(process.env); // not again for each shard
let logger: Logger = createLogger({ logLevel: 'info', logFormat: 'json' }, 2, endWithoutLog);
const onEscaped = (error: unknown) => fail(escapedError(error));
process.on('uncaughtException', onEscaped);
process.on('unhandledRejection', onEscaped);
try {
  await main();
} catch (error) {
  fail(error);
}

async function main(): Promise<void> {
  const session = await openSession();
  const receive = (line: Buffer) => {
    const message = parseMessage(line);
    if (message !== undefined) session.receive(message);
  };
  const reader = new LineReader();
  for await (const piece of process.stdin) {
    for (const line of reader.push(piece)) receive(line);
  }
  receive(reader.end());
  await setImmediate();
  session.end();
  // A timer that the handler left open must not keep the process: the daemon waits for its end.
  process.exit(ExitCode.ok);
}

async function openSession(): Promise<MultilangSession> {
  const { config } = loadConfig({ flags: {}, env: process.env });
  logger = createLogger(config, 2, endWithoutLog);
  const handler = await loadHandler(config.handler);
  const [{ stream }] = config.streams;
  // A child that is blocked for ever is the daemon's to notice (timeoutInSeconds): a watchdog each costs 10 MB.
  new EventLoopWatch(0, logger);
  const settings = deliverySettings(config, handler, failureQueueOf(config, logger), logger);
  const options = {
    ...settings,
    retention: retentionFrom(process.env),
    // Whether the stock daemon sends empty batches is unknown.
    emptyBatches: settings.emptyBatches && underOurLauncher,
    stopping,
  };
  // Only the session writes to it.
  process.stdout.on('error', (cause) =>
    fail(new DaemonError(`the daemon no longer reads what the child answers: ${cause.message}`, { cause })),
  );
  return new MultilangSession({
    takeShard: (shardId) => new ShardDelivery(options, stream, shardId),
    // The line before ends what a handler may have written to file descriptor 1, as aws-kcl does.
    send: (message) => writeProtocol(`\n${JSON.stringify(message)}\n`),
    fail,
  });
}

/** Only the daemon can stop the worker, and it does when a child ends. */
function endWithoutLog(): never {
  process.exit(ExitCode.log);
}

/** The daemon takes the process's end for the shard's failure, and stops the worker. */
function fail(error: unknown): never {
  const known = error instanceof CrossAccountKclError;
  const { message } = failureReason(error);
  const exitCode = known ? error.exitCode : ExitCode.unexpected;
  logger.fatal({ err: error, exitCode }, known ? message : `the multilang child failed: ${message}`);
  process.exit(exitCode);
}
