import { createLambdaHandler } from '../../../src/lambda/create-handler.js';
import { memoryLog } from '../../helpers/memory-log.js';
import { contextOf, STREAM_ARN } from './events.js';

export const ENV = { STREAM_ARN, MAX_ATTEMPTS: '1', RETRY_DELAY_MS: '0', HANDLER_TIMEOUT_MS: '30000' };

/** The function with that module, its log, and a way to invoke it. */
export function functionOf(module: Record<string, unknown>, env: NodeJS.ProcessEnv = {}) {
  const log = memoryLog();
  const handler = createLambdaHandler({
    module,
    name: 'my-handler.ts',
    env: { ...ENV, ...env },
    logger: log.logger,
  });
  return { log, invoke: (event: unknown, timeoutMs?: number) => handler(event, contextOf(timeoutMs)) };
}

/** What Lambda is told if it must try again from that record on. */
export const from = (sequenceNumber: string) => ({
  batchItemFailures: [{ itemIdentifier: sequenceNumber }],
});
export const ALL_HANDLED = { batchItemFailures: [] };
