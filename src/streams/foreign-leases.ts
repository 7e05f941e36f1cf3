import type { Shard } from '@aws-sdk/client-kinesis';
import type { StreamArn } from '../aws/arn.js';
import { LeaseTableError } from '../errors/errors.js';
import { option, shellCommand } from '../errors/shell-command.js';
import { SHARD_END } from './lease-status.js';
import type { Lease } from './lease-table.js';

const SHARD_ID = /^shardId-(\d+)$/;
/** So many leases are named in a message. */
const NAMED = 10;

/** What proves that a lease is not of the stream as Kinesis lists it. */
interface Proof {
  readonly lease: Lease;
  readonly reason: string;
  /** The lease may be of this stream all the same: its end was stored although the shard is open. */
  readonly endOnly: boolean;
}

/**
 * Compares the leases that a worker would continue from with the stream's shards. A stream that was deleted and made
 * again has shards of the same ids, and Kinesis refuses the checkpoints of the earlier one: nothing would be read.
 *
 * @param leases of this stream, or that do not say of which stream they are; read before the shards were listed, so
 *   that a shard that came in between is among them
 * @returns nothing where no lease contradicts. A lease without a sequence number, of a shard that both streams have,
 *   contradicts nothing; nor does one of a shard that is not listed any more
 */
export function foreignLeases(
  { arn }: Pick<StreamArn, 'arn'>,
  table: string,
  leases: readonly Lease[],
  shards: readonly Shard[],
): LeaseTableError | undefined {
  const listed = new Map(shards.map((shard) => [shard.ShardId, shard]));
  const newest = Math.max(...shards.map(({ ShardId = '' }) => numberOf(ShardId) ?? -1));
  const proofs = leases.flatMap((lease) => proofOf(lease, listed.get(lease.shardId), newest) ?? []);
  const proof = proofs.find(({ endOnly }) => !endOnly) ?? proofs[0];
  if (proof === undefined) return undefined;
  const others = proofs.length > 1 ? `, and ${proofs.length - 1} more` : '';
  const found = `the lease table ${table} has leases that are not of the stream ${arn} as it is now (${proof.lease.key}: ${proof.reason}${others})`;
  if (proof.endOnly) {
    const keys = proofs.map(({ lease }) => lease.key);
    const named = keys.length > NAMED ? [...keys.slice(0, NAMED), `and ${keys.length - NAMED} more`] : keys;
    return new LeaseTableError(
      `${found}: the stream was deleted and made again, or a shard's end was stored by mistake; these shards would never be read`,
      {
        hint: `With all workers stopped: delete these leases (${named.join(', ')}), and their shards are read from the initial position. ${START_ANEW}`,
      },
    );
  }
  return new LeaseTableError(
    `${found}: the stream was deleted and made again after they were made; Kinesis would refuse their checkpoints, and nothing be read`,
    {
      hint: `To read the stream from its initial position: with all workers stopped, delete the lease table (${shellCommand(['aws', 'dynamodb', 'delete-table', ...option('--table-name', table)])}) or these leases. ${START_ANEW}`,
    },
  );
}

const START_ANEW =
  'Or use another applicationName; with streamCreationEpoch = auto besides, a stream that is made again is told from the one before by its lease keys.';

function proofOf(lease: Lease, shard: Shard | undefined, newest: number): Proof | undefined {
  const proof = (reason: string, endOnly = false): Proof => ({ lease, reason, endOnly });
  if (shard === undefined) {
    // Shards are numbered in the order in which they are made, and the newest ones are open.
    const number = numberOf(lease.shardId);
    const isNewer = number !== undefined && newest >= 0 && number > newest;
    return isNewer ? proof('the stream has no such shard, and never had') : undefined;
  }
  const { HashKeyRange, SequenceNumberRange: range } = shard;
  const { hashKeys } = lease;
  const others =
    hashKeys !== undefined &&
    HashKeyRange !== undefined &&
    (hashKeys.start !== HashKeyRange.StartingHashKey || hashKeys.end !== HashKeyRange.EndingHashKey);
  if (others)
    return proof(`it has the hash keys ${hashKeys.start} to ${hashKeys.end}, and the shard has others`);
  const ending = range?.EndingSequenceNumber;
  if (lease.checkpoint === SHARD_END) {
    return ending === undefined
      ? proof('the lease says it is read to its end, and it is open', true)
      : undefined;
  }
  const checkpoint = sequenceNumber(lease.checkpoint);
  const first = sequenceNumber(range?.StartingSequenceNumber);
  const last = sequenceNumber(ending);
  if (checkpoint === undefined || first === undefined) return undefined;
  if (checkpoint < first) {
    return proof(`its checkpoint ${checkpoint} is before the shard's first sequence number, ${first}`);
  }
  // kinesis-local closes a shard with a number below its first.
  const isBehind = last !== undefined && last >= first && checkpoint > last;
  return isBehind
    ? proof(`its checkpoint ${checkpoint} is behind the shard's last sequence number, ${last}`)
    : undefined;
}

function numberOf(shardId: string): number | undefined {
  const [, number] = SHARD_ID.exec(shardId) ?? [];
  return number === undefined ? undefined : Number(number);
}

function sequenceNumber(text: string | undefined): bigint | undefined {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : undefined;
}
