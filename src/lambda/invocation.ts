import { processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, KinesisStreamBatchResponse } from 'aws-lambda';
import type { StreamSource } from '../config/streams.js';
import type { AttemptOptions } from '../delivery/delivery-options.js';
import type { ShardHandler } from '../delivery/shard-handler.js';
import type { Logger } from '../log/logger.js';
import { type Deadline, deadlineIn } from './deadline.js';
import type { EnvironmentGuard } from './environment-guard.js';
import { parseEvent } from './event.js';
import { EventError } from './event-error.js';
import { type Handled, InOrderProcessor } from './in-order-processor.js';
import { handleShardBatch } from './shard-batch.js';
import { userRecords } from './user-records.js';

/** What is needed of Lambda's context. */
export type InvocationContext = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

/** What stays the same from one invocation to the next. */
export interface FunctionParts {
  readonly streams: readonly StreamSource[];
  readonly handler: () => ShardHandler;
  readonly options: AttemptOptions;
  readonly logger: Logger;
  readonly guard: EnvironmentGuard;
  /** Called with the time that an invocation has, and its logger. */
  onDeadline(availableMs: number, logger: Logger): void;
}

/**
 * Handles one event.
 *
 * @returns the record from which on Lambda must try again, if there is one
 * @throws EventError if none of it was handled, since it is not what the function was set up for
 */
export async function invoke(
  event: unknown,
  context: InvocationContext,
  parts: FunctionParts,
): Promise<KinesisStreamBatchResponse> {
  const logger = parts.logger.child({ requestId: context.awsRequestId });
  const remainingMs = context.getRemainingTimeInMillis();
  const deadline = deadlineIn(remainingMs);
  parts.onDeadline(deadline.abortsInMs, logger);
  try {
    await parts.guard.check(logger, remainingMs);
    return await handle(event, deadline, parts, logger);
  } catch (err) {
    const refused = err instanceof EventError;
    logger.error({ err }, refused ? 'the event is refused: none of it is handled' : 'the invocation failed');
    throw err;
  } finally {
    deadline.clear();
  }
}

async function handle(
  event: unknown,
  deadline: Deadline,
  { streams, handler, options, guard }: FunctionParts,
  requestLogger: Logger,
): Promise<KinesisStreamBatchResponse> {
  const { stream, shard, kinesisEvent } = parseEvent(event, streams);
  const logger = requestLogger.child({ stream: stream.arn, shard });
  const records = userRecords(kinesisEvent, logger);

  const handleAll = async (): Promise<Handled> => {
    const { handled, begun, error, atWork } = await handleShardBatch(
      records.map(({ record }) => record),
      { handler: handler(), stream, shard, logger, options, deadline },
    );
    if (atWork !== undefined) guard.leave(atWork);
    const failed = records[handled];
    if (failed === undefined) return { records: kinesisEvent.Records.length, error: undefined };
    const { sequenceNumber, subSequenceNumber } = failed.record;
    const position = { sequenceNumber, subSequenceNumber, handled };
    if (begun === handled) {
      const notBegun = records.length - begun;
      logger.warn(
        { ...position, notBegun },
        `no time left: ${notBegun} record${notBegun === 1 ? '' : 's'} not begun, and Lambda hands them over again`,
      );
    } else {
      logger.error(
        { err: error, ...position },
        'the batch is handled up to this record: Lambda tries again from it on',
      );
    }
    return { records: failed.index, error };
  };
  // One record that fails alone is no reason for an error: the answer says which it is.
  const answer = { throwOnFullBatchFailure: false };
  return processPartialResponse(kinesisEvent, handleAll, new InOrderProcessor(), answer);
}
