import type { CheckpointPosition } from './checkpoint-position.js';
import type { Lease, LeaseTable } from './lease-table.js';

const HOUR_MS = 3_600_000;

/** Records of a shard that may have expired before they were read. */
export interface ExpiredRecords {
  readonly shard: string;
  /** When the record of the checkpoint arrived, as its sequence number has it; undefined if it does not. */
  readonly from: Date | undefined;
  /** When the first record arrived that is still retained; else now. */
  readonly until: Date;
  /** In words. */
  readonly text: string;
}

/**
 * Whether records may have expired behind a checkpoint. That its record has expired proves no loss: the shard may have
 * had no record since. Without a later record it is told only where no worker has reported within the retention period.
 *
 * @param workers those that have reported; undefined if that is unknown
 * @param now in ms since 1970
 */
export function expiredRecords(
  { shardId: shard, checkpoint }: Lease,
  { retained, continuesAt }: CheckpointPosition,
  retentionMs: number,
  workers: LeaseTable['workers'] | undefined,
  now: number,
): ExpiredRecords | undefined {
  if (retained !== false) return undefined;
  const wasDown = workers?.every(
    ({ reportedAt }) => reportedAt === undefined || reportedAt * 1000 < now - retentionMs,
  );
  if (continuesAt === undefined && wasDown !== true) return undefined;
  const until = continuesAt ?? new Date(now);
  const from = arrivalOf(checkpoint, until.getTime());
  const begin =
    from === undefined
      ? 'after its checkpoint'
      : `after its checkpoint, about ${from.toISOString()} by the sequence number`;
  const length = from === undefined ? '' : `, ${((until.getTime() - from.getTime()) / HOUR_MS).toFixed(1)} h`;
  const end =
    continuesAt === undefined ? 'and no later one is retained' : `and before ${until.toISOString()}`;
  return {
    shard,
    from,
    until,
    text: `${shard}: the record of its checkpoint has expired (retention ${retentionMs / HOUR_MS} h). Records that arrived ${begin}, ${end}${length}, have expired unread, if there were any`,
  };
}

/**
 * An estimate: Kinesis's sequence numbers have the second of arrival in them, which AWS does not document.
 *
 * @param latest in ms since 1970; a later time is none
 */
function arrivalOf(sequenceNumber: string, latest: number): Date | undefined {
  const hex = BigInt(sequenceNumber).toString(16);
  if (!/^2.{45}2$/.test(hex)) return undefined;
  const [created, arrived] = [hex.slice(1, 10), hex.slice(29, 38)].map(
    (digits) => Number.parseInt(digits, 16) * 1000,
  );
  if (created === undefined || arrived === undefined || arrived < created || arrived > latest)
    return undefined;
  return new Date(arrived);
}
