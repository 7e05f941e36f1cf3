#!/usr/bin/env node
/**
 * The multilang transport: one shard's records from the daemon on stdin to the record handler. It runs under this
 * project's launcher and, as `executableName`, under the stock MultiLangDaemon; its settings come from the environment.
 * stdout carries the protocol alone.
 */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import kcl, { type Checkpointer, type RecordProcessor } from 'aws-kcl';
import type { StreamArn } from '../aws/arn.js';
import { loadConfig } from '../config/load.js';
import type { DeliveryOptions } from '../delivery/delivery-options.js';
import { failureReason } from '../delivery/failed-record.js';
import { loadHandler } from '../delivery/load-handler.js';
import { type Checkpoint, CheckpointError } from '../delivery/position.js';
import { ShardDelivery } from '../delivery/shard-delivery.js';
import { cut } from '../errors/cut.js';
import { CrossAccountKclError, ProtocolError } from '../errors/errors.js';
import { ExitCode } from '../errors/exit-codes.js';
import { noteEnvironment } from '../errors/secrets.js';
import { createLogger, type Logger } from '../log/logger.js';
import { nodeVersionNotice } from '../machine/node-version.js';
import { deliverySettings, failureQueueOf, retentionFrom } from './delivery-settings.js';
import { escapedError } from './escaped-errors.js';
import { EventLoopWatch } from './event-loop-watch.js';
import { LineReader } from './line-reader.js';
import { toRecords } from './multilang-records.js';
import { ProtocolOutput, protocolInput } from './multilang-streams.js';
import { restoreReplaced } from './replaced-environment.js';

const writeProtocol = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
globalThis.console = new Console(process.stderr);
const stopping = new AbortController();
const underOurLauncher = process.env.STOP_ON_SIGTERM === 'true';
// A signal to the whole group must not cost the final checkpoint: the daemon says when to stop, by the end of stdin.
// Our launcher, and it alone, says with SIGTERM that it is going to: the rest of the batch is left to the next worker.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (signal === 'SIGTERM' && underOurLauncher) stopping.abort();
  });
}

restoreReplaced(process.env);
noteEnvironment(process.env);
nodeVersionNotice(process.env); // not again for each shard
let logger: Logger = createLogger({ logLevel: 'info', logFormat: 'json' }, 2, endWithoutLog);
process.on('uncaughtException', (error) => fail(explained(error)));
process.on('unhandledRejection', (error) => fail(escapedError(error)));
try {
  await main();
} catch (error) {
  fail(error);
}

async function main(): Promise<void> {
  const { config } = loadConfig({ flags: {}, env: process.env });
  logger = createLogger(config, 2, endWithoutLog);
  const handler = await loadHandler(config.handler);
  const output = new ProtocolOutput((text, done) => writeProtocol(text, done));
  const [{ stream }] = config.streams;
  // A child that is blocked for ever is the daemon's to notice (timeoutInSeconds): a watchdog each costs 10 MB.
  new EventLoopWatch(0, logger);
  const settings = deliverySettings(config, handler, failureQueueOf(config, logger), logger);
  // The stock daemon does not tell whether it sends empty batches.
  const emptyBatches = settings.emptyBatches && underOurLauncher;
  const { processor, onEnd } = processorOf(
    { ...settings, retention: retentionFrom(process.env), emptyBatches, stopping },
    stream,
    output,
  );
  const input = process.stdin.pipe(
    protocolInput(new LineReader(), () => {
      output.answersKcl1Shutdown = true;
    }),
  );
  const daemon = kcl(processor, input, output, refusals());
  // aws-kcl 2.3.2 calls this for an unknown action, and does not have it.
  daemon._kclManager._reportError = (text) => fail(noMessage(text));
  daemon.run();
  // A timer that the handler left open must not keep the process: the daemon waits for its end.
  process.stdin.on('end', () =>
    setImmediate(() => {
      onEnd();
      process.exit(ExitCode.ok);
    }),
  );
}

/** @returns with the processor, what to call when the daemon sends nothing more */
function processorOf(
  options: DeliveryOptions,
  stream: StreamArn,
  output: ProtocolOutput,
): { processor: RecordProcessor; onEnd: () => void } {
  let delivery: ShardDelivery | undefined;
  const active = () => {
    if (delivery === undefined) throw new ProtocolError("a message came before 'initialize'");
    return delivery;
  };
  const checkpointWith = (checkpointer: Checkpointer): Checkpoint => {
    return (position) =>
      new Promise((resolve, reject) => {
        const done = (error: string | null | undefined) =>
          error ? reject(new CheckpointError(error, 'said by the daemon')) : resolve();
        if (position === undefined) return checkpointer.checkpoint(done);
        output.subSequenceNumber = position.subSequenceNumber;
        checkpointer.checkpoint(position.sequenceNumber, done);
      });
  };
  const run = (work: Promise<void>, done: () => void) => void work.then(done, fail);
  const processor: RecordProcessor = {
    initialize({ shardId, sequenceNumber, subSequenceNumber }, done) {
      delivery = new ShardDelivery(options, stream, shardId);
      const from = { sequenceNumber: String(sequenceNumber), subSequenceNumber: subSequenceNumber ?? 0 };
      run(delivery.initialize(from), done);
    },
    processRecords({ records, millisBehindLatest, checkpointer }, done) {
      const batch = toRecords(records);
      run(active().deliver(batch, millisBehindLatest ?? undefined, checkpointWith(checkpointer)), done);
    },
    shardEnded({ checkpointer }, done) {
      run(active().shardEnded(checkpointWith(checkpointer)), done);
    },
    shutdownRequested({ checkpointer }, done) {
      run(active().shutdownRequested(checkpointWith(checkpointer)), done);
    },
    leaseLost(_input, done) {
      run(active().leaseLost(), done);
    },
  };
  return { processor, onEnd: () => delivery?.disconnected() };
}

/** Where aws-kcl writes of a message without an action; it would not answer it, and the daemon wait for ever. */
function refusals(): Writable {
  return new Writable({
    write: (text: Buffer) => fail(noMessage(text.toString().trimEnd())),
  });
}

function noMessage(text: string): ProtocolError {
  return new ProtocolError(`the daemon sent what is no message: ${cut(text, 2_000)}`);
}

/** aws-kcl works on a line where nothing can catch its error: no JSON, or an answer to what was not asked. */
function explained(error: unknown): unknown {
  if (error instanceof CrossAccountKclError) return error;
  const ofALine = error instanceof Error && error.stack?.includes('action_handler');
  if (!ofALine) return escapedError(error);
  const what = error instanceof SyntaxError ? 'a line that is not JSON' : 'a message out of turn';
  return new ProtocolError(`the daemon sent ${what}: ${error.message}`, { cause: error });
}

/** Nobody but the daemon can stop the worker, and it does when a child ends. */
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
