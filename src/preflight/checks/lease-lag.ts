import { isOfKms } from '../../aws/known-errors/known-errors.js';
import { positionOf } from '../../leases/checkpoint-position.js';
import { expiredRecords } from '../../leases/expired-records.js';
import { hasSequenceNumber, type Lease } from '../../leases/lease-table.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { failureOf } from '../failure.js';
import type { StreamTarget } from '../target.js';
import type { LeaseContents } from './lease-table-contents.js';
import type { Summary } from './stream-summary.js';

/** Of so many shards; of the five GetRecords calls a second that all readers of a shard share, this takes one mostly. */
const SHARDS = 8;
/** Records that are nearly gone are worth a warning. */
const TOO_LATE = 0.5;
const HOUR_MS = 3_600_000;

/** How far behind the newest record an application's checkpoints are, and whether records behind them have expired. */
export function leaseLagCheck(
  { stream, kinesis }: Pick<StreamTarget, 'stream' | 'kinesis'>,
  contents: Check<LeaseContents>,
  summary: Check<Summary>,
): Check {
  return defineCheck({
    id: 'lease-table-lag',
    asserts: 'has checkpoints that are not about to be lost',
    fixedBy: 'reader',
    needs: [contents, summary],
    async run([{ leases, workers }, summarized], signal): Promise<Verdict<undefined>> {
      const { RetentionPeriodHours = 24, StreamCreationTimestamp } = summarized;
      const retentionMs = RetentionPeriodHours * HOUR_MS;
      const epoch = Math.floor((StreamCreationTimestamp?.getTime() ?? 0) / 1000);
      const own = leases
        .filter((lease) => isOf(lease, stream, epoch) && hasSequenceNumber(lease))
        .slice(0, SHARDS);
      if (own.length === 0) return { status: 'skipped', message: 'there is no checkpoint yet' };
      try {
        const looked = await Promise.all(
          own.map(async (lease) => ({ lease, position: await positionOf(kinesis, stream, lease, signal) })),
        );
        const known = looked.flatMap(({ lease, position }) => (position ? [{ lease, position }] : []));
        if (known.length === 0)
          return { status: 'skipped', message: 'the shards of the checkpoints are gone' };
        const expired = known.flatMap(
          ({ lease, position }) =>
            expiredRecords(lease, position, retentionMs, workers, Date.now())?.text ?? [],
        );
        if (expired.length > 0) return { status: 'warning', message: expired.join('\n'), remedy: REMEDY };
        const worst = Math.max(...known.map(({ position }) => position.behindMs));
        const message = `of ${known.length} shards the one that is last is ${duration(worst)} behind; records are kept for ${RetentionPeriodHours} h`;
        if (worst <= retentionMs * TOO_LATE) return passed(message, undefined);
        return { status: 'warning', message, remedy: REMEDY };
      } catch (error) {
        // Told by decrypt.
        if (isOfKms(error)) return { status: 'skipped', message: 'a record could not be decrypted' };
        return failureOf(error, { action: 'kinesis:GetRecords', resource: stream.arn });
      }
    },
  });
}

const REMEDY = 'Start the worker, or more of them; the owner can raise the retention period meanwhile.';

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
