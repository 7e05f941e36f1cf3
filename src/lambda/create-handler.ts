import type { KinesisStreamBatchResponse } from 'aws-lambda';
import type { AttemptOptions } from '../delivery/delivery-options.js';
import { handlerProblem, handlersOf } from '../delivery/load-handler.js';
import type { ShardHandler } from '../delivery/shard-handler.js';
import { noteEnvironment } from '../errors/secrets.js';
import { createJsonLogger } from '../log/json-logger.js';
import type { Logger } from '../log/logger.js';
import { EnvironmentGuard } from './environment-guard.js';
import { HANDLERS, REFUSED_HANDLER } from './handlers.js';
import { type InvocationContext, invoke } from './invocation.js';
import { type LambdaConfig, loadLambdaConfig } from './lambda-config.js';
import { queueWhenUsed } from './queue-when-used.js';
import { timeNotice } from './time-notice.js';

/** A function that the event source mapping of a Kinesis stream invokes. */
export type LambdaHandler = (
  event: unknown,
  context: InvocationContext,
) => Promise<KinesisStreamBatchResponse>;

export interface LambdaHandlerOptions {
  /** What the record handler's module exports: `handleRecord` or `handleBatch`. */
  readonly module: Record<string, unknown>;
  /** Its name, for errors. */
  readonly name: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Of JSON lines on stdout unless given. */
  readonly logger?: Logger;
}

/**
 * Makes the function's handler, once for each execution environment.
 *
 * @throws ConfigurationError if the environment variables or the module can't be used; the log says so too
 */
export function createLambdaHandler(options: LambdaHandlerOptions): LambdaHandler {
  const { env = process.env } = options;
  noteEnvironment(env);
  const logger = options.logger ?? createJsonLogger('info');
  try {
    const handler = handlerOf(options);
    const { config, notices } = loadLambdaConfig(env);
    logger.level = config.logLevel;
    for (const notice of notices) logger.warn(notice);
    const attempts = attemptOptions(config, logger);
    let first = true;
    const parts = {
      streams: config.streams,
      handler,
      options: attempts,
      logger,
      guard: new EnvironmentGuard(),
      onDeadline(availableMs: number, requestLogger: Logger) {
        const notice = first ? timeNotice(attempts, availableMs) : undefined;
        first = false;
        if (notice !== undefined) requestLogger.warn(notice);
      },
    };
    return (event, context) => invoke(event, context, parts);
  } catch (err) {
    logger.fatal({ err }, "the function can't start");
    throw err;
  }
}

function handlerOf({ module, name }: LambdaHandlerOptions): () => ShardHandler {
  if (typeof module[REFUSED_HANDLER] === 'function') {
    throw handlerProblem(
      `${name} exports '${REFUSED_HANDLER}', which makes the checkpoints, and under Lambda the event source mapping ` +
        "does; expected a function 'handleRecord' or 'handleBatch'",
    );
  }
  return handlersOf(module, name, HANDLERS);
}

function attemptOptions(config: LambdaConfig, logger: Logger): AttemptOptions {
  const { handlerTimeoutMs, maxAttempts, retryDelayMs, retryMaxDelayMs, onFailure, failureQueueUrl } = config;
  const options = { handlerTimeoutMs, maxAttempts, retryDelayMs, retryMaxDelayMs };
  if (onFailure !== 'send' || failureQueueUrl === undefined) {
    return { ...options, onFailure: onFailure === 'skip' ? 'skip' : 'stop' };
  }
  const { region } = config.streams[0].stream;
  return { ...options, onFailure: queueWhenUsed({ queue: failureQueueUrl, region, logger }) };
}
