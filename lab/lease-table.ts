import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Account } from './account.js';

/** One shard's line of KCL's lease table. */
export interface LeaseRow {
  leaseKey: string;
  owner: string | undefined;
  checkpoint: string;
  subSequenceNumber: number;
}

/** The leases alone: KCL 3.5 keeps its leader, migration and worker metrics in the same table. */
export async function readLeases(account: Account, table: string): Promise<LeaseRow[]> {
  const { Items = [] } = await account.dynamodb.send(
    new ScanCommand({
      TableName: table,
      ConsistentRead: true,
      FilterExpression: 'entityType = :lease',
      ExpressionAttributeValues: { ':lease': { S: 'LEASE' } },
    }),
  );
  return Items.map((item) => ({
    leaseKey: item.leaseKey?.S ?? '',
    owner: item.leaseOwner?.S,
    checkpoint: item.checkpoint?.S ?? '',
    subSequenceNumber: Number(item.checkpointSubSequenceNumber?.N ?? 0),
  })).sort((a, b) => a.leaseKey.localeCompare(b.leaseKey));
}
