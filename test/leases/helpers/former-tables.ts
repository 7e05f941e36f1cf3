import { readFileSync } from 'node:fs';
import { CreateTableCommand, type CreateTableCommandInput, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Account } from '../../../lab/lab.js';
import type { KclTables } from '../../../src/aws/kcl-tables.js';
import type { Item } from './lease-tables.js';

type Schema = Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions' | 'GlobalSecondaryIndexes'>;

/**
 * The three tables as a MultiLangDaemon of KCL 3.1.3 had left them that was killed while it read a stream of two
 * shards, with tableName and coordinatorStateTableName set.
 */
const MADE_BY_KCL: Record<keyof KclTables, { schema: Schema; items: Item[] }> = JSON.parse(
  readFileSync('test/leases/helpers/kcl-3.1.3-tables.json', 'utf8'),
);

/** The worker that had read. */
export const FORMER_WORKER = 'b5254240-8e75-4622-b5ad-5f158944604a';
export const FORMER_REPORT = Number(MADE_BY_KCL.workerMetrics.items[0]?.lut?.N);

export interface FormerOptions {
  /** Those to create; all unless given. */
  only?: readonly (keyof KclTables)[];
  /** How far the move to one table has come, and since when, in ms since 1970. */
  migration?: { status: string; since: number };
  /** As a worker leaves them that stops by itself: no lease has an owner, and there is no leader. */
  stopped?: boolean;
  /** When the worker reported last, in seconds since 1970; as it did unless given. */
  reportedAt?: number;
  /** Of its shards, by their ids; TRIM_HORIZON unless given. */
  checkpoints?: Readonly<Record<string, string>>;
}

/** The tables that KCL 3.0 to 3.4 makes, under these names. */
export async function makeFormerTables(
  { dynamodb }: Account,
  tables: KclTables,
  {
    only = ['lease', 'coordinatorState', 'workerMetrics'],
    migration,
    stopped = false,
    reportedAt,
    checkpoints = {},
  }: FormerOptions = {},
): Promise<void> {
  // KCL moves it when it sets PENDING; in the former table it would be a sign of workers that have gone back.
  const moved = /^(PENDING|COMPLETE)$/.test(migration?.status ?? '');
  const versionItem = MADE_BY_KCL.coordinatorState.items.find(isClientVersion);
  for (const table of only) {
    const TableName = tables[table];
    const { schema, items } = MADE_BY_KCL[table];
    await dynamodb.send(new CreateTableCommand({ ...schema, TableName, BillingMode: 'PAY_PER_REQUEST' }));
    const added = {
      lease: moved && versionItem ? [inLeaseTable(versionItem)] : [],
      coordinatorState: migration ? [migrationItem(migration)] : [],
      workerMetrics: [],
    }[table];
    for (const item of [...items, ...added]) {
      const report = item.wid !== undefined && reportedAt !== undefined;
      const checkpoint = checkpoints[item.leaseKey?.S ?? ''];
      const put: Item = {
        ...item,
        ...(report && { lut: { N: String(Math.floor(reportedAt)) } }),
        ...(checkpoint !== undefined && { checkpoint: { S: checkpoint } }),
      };
      const { leaseOwner: _, ...released } = put;
      if ((stopped && item.key?.S === 'Leader') || (moved && isClientVersion(item))) continue;
      await dynamodb.send(new PutItemCommand({ TableName, Item: stopped ? released : put }));
    }
  }
}

const isClientVersion = ({ key }: Item) => key?.S === 'Migration3.0';

function inLeaseTable({ key, ...item }: Item): Item {
  return { ...item, leaseKey: key ?? { S: '' }, entityType: { S: 'CLIENT_VERSION_MIGRATION' } };
}

/** As KCL 3.5.1 writes it (TableMigrationState). */
function migrationItem({ status, since }: { status: string; since: number }): Item {
  return {
    key: { S: 'TableMigration3.5' },
    tm: { S: `TABLE_MIGRATION_STATUS_${status}` },
    mb: { S: FORMER_WORKER },
    mts: { N: String(since) },
  };
}
