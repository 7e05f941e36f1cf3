import type { Shard } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../lab/gate/aws-error.js';
import { type Fields, isFields } from '../../lab/iam/api-call.js';
import { sequenceNumber } from './prepared-answer.js';
import { type ReplayedRecords, ShardSource } from './shard-source.js';

const HASH_KEYS = 2n ** 128n;

interface ReplayedShard {
  readonly id: string;
  /** Hash keys from the first on, below the second. */
  readonly from: bigint;
  readonly to: bigint;
  readonly parents: readonly ReplayedShard[];
  readonly children: ReplayedShard[];
  readonly source: ShardSource;
}

/** A stream's shards, and what becomes of them as UpdateShardCount splits and merges. */
export class ReplayedStream {
  readonly #shards = new Map<string, ReplayedShard>();
  readonly #records: ReplayedRecords;

  constructor(records: readonly ReplayedRecords[]) {
    const [first] = records;
    if (first === undefined) throw new Error('a stream has a shard at least');
    this.#records = first;
    for (const [index, ofShard] of records.entries()) {
      this.#add(bound(index, records.length), bound(index + 1, records.length), [], ofShard);
    }
  }

  get all(): readonly ReplayedShard[] {
    return [...this.#shards.values()];
  }

  get open(): readonly ReplayedShard[] {
    return this.all.filter(isOpen).sort((a, b) => (a.from < b.from ? -1 : 1));
  }

  find(id: string): ReplayedShard {
    const shard = this.#shards.get(id);
    if (shard === undefined) throw new AwsError('ResourceNotFoundException', `the replay has no ${id}`);
    return shard;
  }

  /** By the filters that KCL sends; what is retained is everything. */
  list({ ShardFilter: filter, ExclusiveStartShardId: after }: Fields): Shard[] {
    const type = isFields(filter) ? filter.Type : undefined;
    const listed = this.all.filter((shard) => {
      if (type === 'AT_TRIM_HORIZON') return shard.parents.length === 0;
      if (type === 'AT_LATEST') return isOpen(shard);
      return true;
    });
    return listed.filter(({ id }) => typeof after !== 'string' || id > after).map(described);
  }

  /**
   * Splits shards at the bounds that are missing, and merges at those that are too many: so some live for a moment only.
   *
   * @throws AwsError for more than double or less than half of what there is
   */
  updateShardCount(target: number): void {
    const before = this.open.length;
    if (!(target <= before * 2 && target * 2 >= before)) {
      throw new AwsError(
        'InvalidArgumentException',
        `UpdateShardCount cannot scale below half or over double your current open shard count. Current open shard count: ${before} Target shard count: ${target}`,
      );
    }
    const bounds = new Set(Array.from({ length: target }, (_, index) => bound(index, target)));
    for (const at of bounds) {
      const shard = this.open.find(({ from, to }) => from < at && at < to);
      if (shard === undefined) continue;
      shard.source.freeze();
      shard.children.push(this.#add(shard.from, at, [shard]), this.#add(at, shard.to, [shard]));
    }
    let left: ReplayedShard | undefined;
    for (const shard of this.open) {
      if (left === undefined || bounds.has(shard.from)) {
        left = shard;
        continue;
      }
      for (const parent of [left, shard]) parent.source.freeze();
      const child = this.#add(left.from, shard.to, [left, shard]);
      for (const parent of [left, shard]) parent.children.push(child);
      left = child;
    }
  }

  #add(from: bigint, to: bigint, parents: ReplayedShard[], records = this.#records): ReplayedShard {
    const id = `shardId-${String(this.#shards.size).padStart(12, '0')}`;
    const source = new ShardSource(id, records);
    // What comes before the parents are read waits.
    if (parents.length > 0) source.begin();
    const shard = { id, from, to, parents, children: [], source };
    this.#shards.set(id, shard);
    return shard;
  }
}

const bound = (index: number, of: number) => (HASH_KEYS * BigInt(index)) / BigInt(of);

export function isOpen({ children }: Pick<ReplayedShard, 'children'>): boolean {
  return children.length === 0;
}

function described(shard: ReplayedShard): Shard {
  const [parent, adjacent] = shard.parents;
  return {
    ShardId: shard.id,
    ...(parent && { ParentShardId: parent.id }),
    ...(adjacent && { AdjacentParentShardId: adjacent.id }),
    HashKeyRange: rangeOf(shard),
    SequenceNumberRange: {
      StartingSequenceNumber: sequenceNumber(0),
      ...(isOpen(shard) ? {} : { EndingSequenceNumber: sequenceNumber(shard.source.total ?? 0) }),
    },
  };
}

/** As GetRecords names them at a shard's end. */
export function childrenOf({ children }: ReplayedShard): object[] {
  return children.map((child) => ({
    ShardId: child.id,
    ParentShards: child.parents.map(({ id }) => id),
    HashKeyRange: rangeOf(child),
  }));
}

function rangeOf({ from, to }: ReplayedShard) {
  return { StartingHashKey: String(from), EndingHashKey: String(to - 1n) };
}
