import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  InvalidArgumentException,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import type { Lease } from '../../streams/lease-table.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failureOf } from '../failure.js';
import type { StreamTarget } from '../target.js';
import { isKmsError } from './read-records.js';
import type { Summary } from './stream-summary.js';

/** Of the five GetRecords calls a second that all readers of a shard share, this takes one, of so many shards. */
const SHARDS = 8;
/** Records that are nearly gone are worth a warning. */
const TOO_LATE = 0.5;
const HOUR_MS = 3_600_000;

/** How far behind the tip an application's checkpoints are. */
export function leaseLagCheck(
  { stream, kinesis }: StreamTarget,
  contents: Check<readonly Lease[]>,
  summary: Check<Summary>,
): Check {
  return defineCheck({
    id: 'lease-table-lag',
    asserts: 'has checkpoints that are not about to be lost',
    fixedBy: 'reader',
    needs: [contents, summary],
    async run([leases, summarized], signal): Promise<Verdict<undefined>> {
      const { RetentionPeriodHours = 24, StreamCreationTimestamp } = summarized;
      const epoch = Math.floor((StreamCreationTimestamp?.getTime() ?? 0) / 1000);
      const own = leases
        .filter((lease) => isOf(lease, stream, epoch) && /^\d+$/.test(lease.checkpoint))
        .slice(0, SHARDS);
      if (own.length === 0) return { status: 'skipped', message: 'there is no checkpoint yet' };
      try {
        const lags = (await Promise.all(own.map((lease) => lagOf(lease)))).flatMap((lag) => lag ?? []);
        if (lags.length === 0)
          return { status: 'skipped', message: 'the shards of the checkpoints are gone' };
        const worst = Math.max(...lags);
        const message = `of ${lags.length} shards the one that is last is ${duration(worst)} behind; records are kept for ${RetentionPeriodHours} h`;
        if (worst <= RetentionPeriodHours * HOUR_MS * TOO_LATE) return passed(message, undefined);
        return {
          status: 'warning',
          message,
          cure: 'Start the worker, or more of them; the owner can raise the retention period meanwhile.',
        };
      } catch (error) {
        // Told by decrypt.
        if (isKmsError(error)) return { status: 'skipped', message: 'a record could not be decrypted' };
        return failureOf(error, { action: 'kinesis:GetRecords', resource: stream.arn });
      }

      async function lagOf({ shardId, checkpoint }: Lease): Promise<number | undefined> {
        const after = new GetShardIteratorCommand({
          StreamARN: stream.arn,
          ShardId: shardId,
          ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
          StartingSequenceNumber: checkpoint,
        });
        const iterator = await kinesis.send(after, { abortSignal: signal }).catch((error: unknown) => {
          const gone =
            error instanceof ResourceNotFoundException || error instanceof InvalidArgumentException;
          if (!gone) throw error;
        });
        if (!iterator) return undefined;
        const command = new GetRecordsCommand({
          StreamARN: stream.arn,
          ShardIterator: iterator.ShardIterator,
          Limit: 1,
        });
        return (await kinesis.send(command, { abortSignal: signal })).MillisBehindLatest ?? 0;
      }
    },
  });
}

/** In the single-stream form a lease does not say of which stream it is. */
function isOf(
  { stream: of }: Lease,
  { account, streamName }: StreamTarget['stream'],
  creationEpoch: number,
): boolean {
  if (of === undefined) return true;
  return of.account === account && of.streamName === streamName && of.creationEpoch === creationEpoch;
}

function duration(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return ms < 2 * HOUR_MS ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / HOUR_MS)} h`;
}
