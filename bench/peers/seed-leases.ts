import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { leaseItem, makeLeaseTable } from '../../test/leases/helpers/lease-tables.js';

const HASH_KEYS = 2n ** 128n;

/** A shard's hash keys, both in it. */
export interface HashKeys {
  from: string;
  to: string;
}

/** Those of a stream that is replayed. */
export function uniformHashKeys(shards: number): HashKeys[] {
  const bound = (at: number) => (HASH_KEYS * BigInt(at)) / BigInt(shards);
  return Array.from({ length: shards }, (_, index) => ({
    from: String(bound(index)),
    to: String(bound(index + 1) - 1n),
  }));
}

/**
 * A lease table as KCL 3.5 leaves it when its only worker has stopped: a lease for each shard, which nobody holds or
 * the worker that is named, and KCL's notice that all workers are of version 3. So a peer starts as after a restart,
 * without a first start of a minute and a half.
 */
export async function seedLeases(
  dynamodb: DynamoDBClient,
  TableName: string,
  shards: readonly HashKeys[],
  worker?: string,
): Promise<void> {
  await makeLeaseTable({ dynamodb }, TableName, [
    migrated(),
    ...shards.map((hashKeys, index) => lease(hashKeys, index, worker)),
  ]);
}

function lease({ from, to }: HashKeys, index: number, worker: string | undefined) {
  return leaseItem(`shardId-${String(index).padStart(12, '0')}`, {
    leaseCounter: { N: '1' },
    startingHashKey: { S: from },
    endingHashKey: { S: to },
    ...(worker === undefined ? {} : { leaseOwner: { S: worker } }),
  });
}

function migrated() {
  return {
    leaseKey: { S: 'Migration3.0' },
    entityType: { S: 'CLIENT_VERSION_MIGRATION' },
    cv: { S: 'CLIENT_VERSION_3X' },
    mb: { S: 'bench' },
    mts: { N: String(Date.now()) },
    h: { L: [] },
  };
}
