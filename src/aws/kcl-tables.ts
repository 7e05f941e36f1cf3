import type { StreamArn } from './arn.js';

/** The application that reads one stream, unless it is given another name. */
export function defaultApplicationName({ account, streamName }: StreamArn): string {
  return `cross-account-kcl-${account}-${streamName}`;
}

/** The names of a KCL application's DynamoDB tables. */
export interface KclTables {
  /** The leases; since KCL 3.5 also the leader's lock, the states of migrations and the load of each worker. */
  readonly lease: string;
  /** The leader's lock and the states of migrations, where KCL 3.0 to 3.4 has run the application. */
  readonly coordinatorState: string;
  /** The load of each worker, where KCL 3.0 to 3.4 has run the application. */
  readonly workerMetrics: string;
}

/** Names that are given instead of KCL's defaults. */
export type GivenTables = { readonly [Table in keyof KclTables]?: string | undefined };

/** What DynamoDB takes for the name of a table. In a policy a wildcard would reach other tables. */
export const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;
export const TABLE_NAME_FORM = '3-255 of a-z A-Z 0-9 _ . -';

/** The tables that KCL 3.5.1 uses: ConfigsBuilder and DdbTableConfig, which both begin with the application's name. */
export function kclTables(application: string, given: GivenTables = {}): KclTables {
  return {
    lease: given.lease ?? application,
    coordinatorState: given.coordinatorState ?? `${application}-CoordinatorState`,
    workerMetrics: given.workerMetrics ?? `${application}-WorkerMetricStats`,
  };
}

/** The two names where one table has two uses, whose keys differ; undefined where all differ. */
export function sharedTable(tables: KclTables): readonly [keyof KclTables, keyof KclTables] | undefined {
  if (tables.coordinatorState === tables.lease) return ['coordinatorState', 'lease'];
  if (tables.workerMetrics === tables.lease) return ['workerMetrics', 'lease'];
  if (tables.workerMetrics === tables.coordinatorState) return ['workerMetrics', 'coordinatorState'];
  return undefined;
}
