import {
  type AttributeValue,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import type { KclTables } from '../aws/kcl-tables.js';
import { type LeaseTable, type ReportingWorker, readLeaseTable, scanItems } from './lease-table.js';

const TIMEOUT_MS = 30_000;
/** Keys of items in the coordinator state table (LeaderLock, TableMigrationState). */
const LEADER = 'Leader';
export const TABLE_MIGRATION = 'TableMigration3.5';

type Item = Record<string, AttributeValue>;

/** A table beside the lease table, as KCL 3.0 to 3.4 made it. */
export interface FormerTable {
  readonly name: string;
  /** False where it may not be asked for, so that it is unknown whether there is such a table. */
  readonly found: boolean;
  /** Why it could not be read. */
  readonly error?: string;
}

/** How far KCL has come with moving everything to the lease table. */
export interface TableMigration {
  /** INIT, DEPLOYED, PENDING or COMPLETE. */
  readonly status: string;
  /** In ms since 1970. */
  readonly since: number | undefined;
}

/**
 * Reads the lease table, and what KCL keeps beside it where KCL 3.0 to 3.4 has run the application: KCL 3.5
 * continues to use these tables. One that can't be read is named in `former`.
 *
 * @returns undefined if there is no lease table
 * @throws AccessError if the lease table can't be read
 */
export async function readTables(client: DynamoDBClient, tables: KclTables): Promise<LeaseTable | undefined> {
  const table = await readLeaseTable(client, tables.lease);
  return table && (await withFormerTables(client, table, tables));
}

/** Adds to what the lease table has what KCL keeps beside it: the leader and the reports of workers. */
export async function withFormerTables<T extends Pick<LeaseTable, 'workers' | 'leader'>>(
  client: DynamoDBClient,
  table: T,
  tables: KclTables,
): Promise<T & Pick<LeaseTable, 'former'>> {
  // The leader has its lock in the lease table only if the others are not used, or not any more.
  if (table.leader !== undefined) return table;
  const state = await readFormer(client, tables.coordinatorState);
  if (state === undefined || isMoved(state.items)) return table;
  const metrics = await readFormer(client, tables.workerMetrics);
  const read = [state, ...(metrics ? [metrics] : [])];
  return {
    ...table,
    leader: state.items.find(({ key }) => key?.S === LEADER)?.ownerName?.S,
    workers: newest([...table.workers, ...(metrics?.items ?? []).flatMap(reportOf)]),
    former: read.map(({ items: _, ...former }) => former),
  };
}

/** The reports of all workers; undefined if some may be in a table that could not be read. */
export function knownReports({
  workers,
  former = [],
}: Pick<LeaseTable, 'workers' | 'former'>): LeaseTable['workers'] | undefined {
  return former.some(({ error }) => error !== undefined) ? undefined : workers;
}

/** The state of the migration among the items of the coordinator state table; undefined before it has begun. */
export function tableMigrationOf(item: Item | undefined): TableMigration | undefined {
  const status = item?.tm?.S?.replace(/^TABLE_MIGRATION_STATUS_/, '');
  if (status === undefined) return undefined;
  return { status, since: item?.mts?.N === undefined ? undefined : Number(item.mts.N) };
}

/** A worker's report in the table of KCL 3.0 to 3.4. */
export function reportOf({ wid, lut }: Item): ReportingWorker[] {
  if (wid?.S === undefined) return [];
  return [{ id: wid.S, reportedAt: lut?.N === undefined ? undefined : Number(lut.N) }];
}

function isMoved(items: readonly Item[]): boolean {
  return tableMigrationOf(items.find(({ key }) => key?.S === TABLE_MIGRATION))?.status === 'COMPLETE';
}

/** @returns undefined if there is no such table */
async function readFormer(
  client: DynamoDBClient,
  name: string,
): Promise<(FormerTable & { items: Item[] }) | undefined> {
  const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
  let found = false;
  try {
    // Before Scan: the policy for an application without these tables allows only to ask for them.
    await client.send(new DescribeTableCommand({ TableName: name }), { abortSignal });
    found = true;
    return { name, found, items: await scanItems(client, name, abortSignal) };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    return { name, found, items: [], error: (error as Error).message };
  }
}

/** While workers move from one table to the other, both may have a report of one. */
function newest(reports: readonly ReportingWorker[]): ReportingWorker[] {
  const byId = new Map<string, ReportingWorker>();
  for (const report of reports) {
    const other = byId.get(report.id);
    if (!other || (other.reportedAt ?? 0) < (report.reportedAt ?? 0)) byId.set(report.id, report);
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
