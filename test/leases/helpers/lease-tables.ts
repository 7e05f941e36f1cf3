import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Account } from '../../../lab/lab.js';
import { type Lease, parseItems } from '../../../src/leases/lease-table.js';

export type Item = Record<string, AttributeValue>;

/** What BatchWriteItem takes at once. */
const BATCH = 25;

/** A lease as KCL 3.5 writes it (DynamoDBLeaseSerializer); what is given replaces or adds attributes. */
export function leaseItem(key: string, attributes: Item = {}): Item {
  return {
    leaseKey: { S: key },
    leaseCounter: { N: '7' },
    ownerSwitchesSinceCheckpoint: { N: '0' },
    checkpoint: { S: 'TRIM_HORIZON' },
    checkpointSubSequenceNumber: { N: '0' },
    startingHashKey: { S: '0' },
    endingHashKey: { S: '340282366920938463463374607431768211455' },
    entityType: { S: 'LEASE' },
    ...attributes,
  };
}

/** Leases with these keys, as they are read from a table. */
export function leasesWith(...keys: string[]): Lease[] {
  return parseItems(keys.map((key) => leaseItem(key))).leases;
}

/** A table in the account as KCL 3 makes it; as KCL 1 and 2 made it without the index. */
export async function makeLeaseTable(
  { dynamodb }: Pick<Account, 'dynamodb'>,
  name: string,
  items: readonly Item[],
  { index = true } = {},
): Promise<void> {
  await dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
      ...(index ? WITH_INDEX : { AttributeDefinitions: [LEASE_KEY] }),
    }),
  );
  for (let at = 0; at < items.length; at += BATCH) {
    const puts = items.slice(at, at + BATCH).map((Item) => ({ PutRequest: { Item } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [name]: puts } }));
  }
}

const LEASE_KEY = { AttributeName: 'leaseKey', AttributeType: 'S' } as const;
const WITH_INDEX = {
  AttributeDefinitions: [LEASE_KEY, { AttributeName: 'leaseOwner', AttributeType: 'S' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'LeaseOwnerToLeaseKeyIndex',
      KeySchema: [
        { AttributeName: 'leaseOwner', KeyType: 'HASH' },
        { AttributeName: 'leaseKey', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
} satisfies Pick<CreateTableCommandInput, 'AttributeDefinitions' | 'GlobalSecondaryIndexes'>;
