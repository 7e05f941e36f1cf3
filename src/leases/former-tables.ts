import type { FormerTable, LeaseTable, ReportingWorker } from './lease-table.js';
import type { Item } from './lookup.js';

/** Keys of items in the coordinator state table (LeaderLock, TableMigrationState). */
const LEADER = 'Leader';
export const TABLE_MIGRATION = 'TableMigration3.5';

/** How far KCL has come with moving everything to the lease table. */
export interface TableMigration {
  /** INIT, DEPLOYED, PENDING or COMPLETE. */
  readonly status: string;
  /** In ms since 1970. */
  readonly since: number | undefined;
}

/** A table of KCL 3.0 to 3.4 with what it holds. */
export interface FormerContents {
  readonly table: FormerTable;
  readonly items: readonly Item[];
}

/** The lease table with what KCL keeps beside it: the leader and the reports of workers. */
export function withFormerTables(
  table: LeaseTable,
  state: FormerContents,
  metrics: FormerContents | undefined,
): LeaseTable {
  return {
    ...table,
    leader: state.items.find(({ key }) => key?.S === LEADER)?.ownerName?.S,
    workers: newest([...table.workers, ...(metrics?.items ?? []).flatMap(reportOf)]),
    former: [state, ...(metrics ? [metrics] : [])].map((one) => one.table),
  };
}

/** Whether KCL uses only the lease table since the move to it. */
export function isMoved({ items }: FormerContents): boolean {
  return tableMigrationOf(items.find(({ key }) => key?.S === TABLE_MIGRATION))?.status === 'COMPLETE';
}

/** The state of the migration among the items of the coordinator state table; undefined before it has begun. */
export function tableMigrationOf(item: Item | undefined): TableMigration | undefined {
  const status = item?.tm?.S?.replace(/^TABLE_MIGRATION_STATUS_/, '');
  if (status === undefined) return undefined;
  return { status, since: item?.mts?.N === undefined ? undefined : Number(item.mts.N) };
}

/** A worker's report in the table of KCL 3.0 to 3.4. */
function reportOf({ wid, lut }: Item): ReportingWorker[] {
  if (wid?.S === undefined) return [];
  return [{ id: wid.S, reportedAt: lut?.N === undefined ? undefined : Number(lut.N) }];
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
