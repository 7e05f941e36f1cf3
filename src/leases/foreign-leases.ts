import type { Shard } from '@aws-sdk/client-kinesis';
import type { StreamArn } from '../aws/arn.js';
import { LeaseTableError } from '../errors/errors.js';
import { option, shellCommand } from '../errors/shell-command.js';
import type { Logger } from '../log/logger.js';
import { isLeaseOf, type Lease, type LeaseTable, SHARD_END, type TracedStream } from './lease-table.js';
import type { StreamLookup } from './lookup.js';

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
 * The leases of an application that tracks one stream by its ARN alone do not say when their stream was created, so they
 * are compared with its shards; those of streams with an epoch, too, as an epoch may have been chosen by hand.
 *
 * @throws LeaseTableError
 */
export async function compareLeases(
  table: LeaseTable,
  tracked: readonly (TracedStream & { readonly createdAt: number | undefined })[],
  lookups: readonly StreamLookup[],
  logger: Logger,
): Promise<void> {
  await Promise.all(
    tracked.map(async (source, index) => {
      const lookup = lookups[index];
      if (lookup === undefined || source.createdAt === undefined) return;
      const problem = await leasesAgainstShards(table, source, lookup).catch((err: unknown) => {
        logger.warn(
          { err, stream: source.stream.arn },
          "the stream's shards can't be listed: whether the leases are of the stream as it is now is unknown",
        );
      });
      if (problem) throw problem;
    }),
  );
}

/**
 * Compares the stream's leases with the shards that were listed already, and asks again before it refuses: a shard that
 * came or ended since then contradicts only the older list.
 *
 * @throws what the AWS SDK throws
 */
export async function leasesAgainstShards(
  { name, leases }: { readonly name: string; readonly leases: readonly Lease[] },
  source: TracedStream,
  lookup: StreamLookup,
): Promise<LeaseTableError | undefined> {
  const own = leases.filter((lease) => isLeaseOf(source, lease));
  if (own.length === 0) return undefined;
  const problem = foreignLeases(source.stream, name, own, await lookup.shards());
  return problem && foreignLeases(source.stream, name, own, await lookup.again().shards());
}

/**
 * Compares the leases that a worker would continue from with the stream's shards. A stream that was deleted and made
 * again has shards of the same ids, and Kinesis refuses the checkpoints of the earlier one: nothing would be read.
 *
 * @param leases of this stream, or that do not say of which stream they are
 * @param shards listed after the leases were read, or a contradiction may be a shard that came in between
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
        remedy: `With all workers stopped: delete these leases (${named.join(', ')}), and their shards are read from the initial position. ${START_ANEW}`,
      },
    );
  }
  return new LeaseTableError(
    `${found}: the stream was deleted and made again after they were made; Kinesis would refuse their checkpoints, and nothing be read`,
    {
      remedy: `To read the stream from its initial position: with all workers stopped, delete the lease table (${shellCommand(['aws', 'dynamodb', 'delete-table', ...option('--table-name', table)])}) or these leases. ${START_ANEW}`,
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
