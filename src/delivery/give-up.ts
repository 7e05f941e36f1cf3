import type { Logger } from 'pino';
import { HandlerError } from '../errors/errors.js';
import type { AttemptOptions } from './delivery-options.js';
import type { FailedRecord } from './failed-record.js';
import { reasonOf, stopsAt } from './handler-errors.js';

/**
 * After a record's last attempt. When it returns, the record counts as handled.
 *
 * @param signal aborts the sending
 * @throws HandlerError if the worker must stop
 */
export async function giveUp(
  failed: FailedRecord,
  onFailure: AttemptOptions['onFailure'],
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (onFailure === 'stop') throw stopsAt(failed);
  if (onFailure !== 'skip') {
    try {
      await onFailure.send(failed, signal);
    } catch (cause) {
      throw new HandlerError(`${stopsAt(failed).message}; it could not be sent on: ${reasonOf(cause)}`, {
        cause,
      });
    }
  }
  const { record, error: err, attempts } = failed;
  const { sequenceNumber, subSequenceNumber, partitionKey } = record;
  const what = onFailure === 'skip' ? 'skipped' : 'sent to the on-failure queue';
  logger.error(
    { err, sequenceNumber, subSequenceNumber, partitionKey, attempts },
    `a record is ${what}: the record handler failed in its last attempt`,
  );
}
