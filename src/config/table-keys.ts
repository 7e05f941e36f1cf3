import { type GivenTables, type KclTables, kclTables, sharedTable, TABLE_NAME } from '../aws/kcl-tables.js';
import type { ConfigurationProblem } from '../errors/errors.js';
import type { Given } from './problems.js';

/** KCL's key for the name of each table. */
export const TABLE_KEYS = {
  lease: 'tableName',
  coordinatorState: 'coordinatorStateTableName',
  workerMetrics: 'workerMetricsTableName',
} as const satisfies Record<keyof KclTables, string>;

/** The same keys as properties of multilang's beans, as which they have the same effect. */
const OF_BEANS: ReadonlyMap<string, string> = new Map([
  ['coordinatorStateTableConfigBean.coordinatorStateTableName', TABLE_KEYS.coordinatorState],
  ['workerMetricStatsTableConfigBean.workerMetricsTableName', TABLE_KEYS.workerMetrics],
]);

/** KCL 3.5 never creates these two tables, so it does not read what a new one would be like. */
const OF_NEW_TABLES =
  /^(?:\w+TableConfigBean\.)?(?:coordinatorState|workerMetrics)(?:BillingMode|ReadCapacity|WriteCapacity|PointInTimeRecoveryEnabled|DeletionProtectionEnabled|Tags)$/;

/** The names of the tables as the given keys have them. */
export function tablesOf(application: string, given: Map<string, Given>): KclTables {
  const name = (key: string) => given.get(key)?.text.trim();
  const names: GivenTables = {
    lease: name(TABLE_KEYS.lease),
    coordinatorState: name(TABLE_KEYS.coordinatorState),
    workerMetrics: name(TABLE_KEYS.workerMetrics),
  };
  return kclTables(application, names);
}

/** The given keys that name tables, without what surrounds the names: KCL would take a blank for a part of it. */
export function tableProperties(given: Map<string, Given>): Record<string, string> {
  return Object.fromEntries(
    Object.values(TABLE_KEYS).flatMap((key) => {
      const name = given.get(key)?.text.trim();
      return name === undefined ? [] : [[key, name]];
    }),
  );
}

/** Takes the beans' keys for the plain ones. */
export function plainTableKeys(given: Map<string, Given>, problems: ConfigurationProblem[]): void {
  for (const [ofBean, key] of OF_BEANS) {
    const value = given.get(ofBean);
    if (value === undefined) continue;
    const other = given.get(key);
    given.delete(ofBean);
    if (other)
      problems.push({ key: value.label, message: `says the same as ${other.label}; give one of them` });
    else given.set(key, { ...value, key });
  }
}

/** Names that DynamoDB refuses, or that are given to two tables. */
export function tableProblems(application: string, given: Map<string, Given>): ConfigurationProblem[] {
  const tables = tablesOf(application, given);
  const labelOf = (table: keyof KclTables) => given.get(TABLE_KEYS[table])?.label;
  const shared = sharedTable(tables);
  if (shared) {
    const [one, other] = shared;
    const key = labelOf(one) ?? labelOf(other) ?? given.get('applicationName')?.label ?? 'applicationName';
    const message = `'${tables[one]}' would be both ${TABLE_KEYS[one]} and ${TABLE_KEYS[other]}; give each table its own name`;
    return [{ key, message }];
  }
  return (['coordinatorState', 'workerMetrics'] as const).flatMap((table) => {
    if (labelOf(table) !== undefined || TABLE_NAME.test(tables[table])) return [];
    const message = `makes ${tables[table]}, longer than the 255 characters that DynamoDB takes: KCL asks for this table; give a shorter name, or ${TABLE_KEYS[table]}`;
    return [{ key: given.get('applicationName')?.label ?? 'applicationName', message }];
  });
}

/** Keys that do nothing, although KCL knows them. */
export function unusedTableKeys(given: Map<string, Given>): string[] {
  return [...given.values()].flatMap(({ key, label }) =>
    OF_NEW_TABLES.test(key)
      ? [`${label} has no effect: KCL 3.5 uses this table if KCL 3.0 to 3.4 has made it, and creates none`]
      : [],
  );
}

/** KCL's defaults. */
const FAILOVER_TIME_MS = 10_000;
const NEW_TABLE_UNITS = 10;

/** What the configuration says of the writes to the lease table. */
export interface LeaseWrites {
  /** A lease is renewed three times in it. */
  readonly failoverTimeMillis: number;
  /** Write units of a lease table that KCL makes; undefined on demand. */
  readonly newTableUnits: number | undefined;
}

/** As KCL writes where nothing is configured. */
export const DEFAULT_LEASE_WRITES: LeaseWrites = {
  failoverTimeMillis: FAILOVER_TIME_MS,
  newTableUnits: undefined,
};

export function leaseWritesOf(given: Map<string, Given>): LeaseWrites {
  const positive = (key: string) => {
    const number = Number(given.get(key)?.text);
    return number > 0 ? number : undefined;
  };
  const isProvisioned = given.get('billingMode')?.text.trim().toUpperCase() === 'PROVISIONED';
  return {
    failoverTimeMillis: positive('failoverTimeMillis') ?? FAILOVER_TIME_MS,
    newTableUnits: isProvisioned
      ? (positive('initialLeaseTableWriteCapacity') ?? NEW_TABLE_UNITS)
      : undefined,
  };
}
