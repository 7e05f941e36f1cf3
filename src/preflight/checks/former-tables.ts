import { GetItemCommand, ResourceNotFoundException, type TableDescription } from '@aws-sdk/client-dynamodb';
import { TABLE_MIGRATION, type TableMigration, tableMigrationOf } from '../../leases/former-tables.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure, type TableTarget } from '../target.js';
import type { KnownIdentity } from './credentials.js';

/** The tables that KCL 3.0 to 3.4 made beside the lease table, with their keys. */
export const FORMER_KEYS = { coordinatorState: 'key', workerMetrics: 'wid' } as const;
export type FormerTargets = Readonly<Record<keyof typeof FORMER_KEYS, TableTarget>>;

/** Whether KCL 3.5 uses the two tables: if the first is there, until the move to one table is COMPLETE. */
export interface FoundFormer {
  readonly used: boolean;
  /** How far the move to one table has come; undefined if it has not begun, or may not be read. */
  readonly migration?: TableMigration | undefined;
}

/** KCL 3.5 asks for both at each start, and ends if it may not. */
export function formerTablesCheck(
  targets: FormerTargets,
  identity: Check<KnownIdentity>,
): Check<FoundFormer> {
  return defineCheck({
    id: 'former-tables',
    asserts: 'can ask whether the tables of KCL 3.0 to 3.4 are there',
    fixedBy: 'reader',
    needs: [identity],
    async run([caller], signal): Promise<Verdict<FoundFormer>> {
      const { coordinatorState, workerMetrics } = targets;
      const describe = (target: TableTarget) => describeFormer(target, caller);
      const [state, metrics] = await Promise.all([describe(coordinatorState), describe(workerMetrics)]);
      const failure = [state, metrics].find(isVerdict);
      if (failure) return failure;
      const names = `${coordinatorState.name} and ${workerMetrics.name}`;
      if (state === undefined) {
        const left =
          metrics === undefined ? `there are no ${names}` : `${workerMetrics.name} is there, and not used`;
        return passed(`allowed; ${left}: KCL keeps everything in the lease table`, { used: false });
      }
      const wrong = wrongTable(
        coordinatorState.name,
        state as TableDescription,
        FORMER_KEYS.coordinatorState,
      );
      if (wrong) return wrong;
      const read = await readMigration(coordinatorState, caller, signal);
      // A denial is reported by coordinator-state, with what else is denied; without the metrics table it matters here.
      if (isVerdict(read) && (read.denied === undefined || metrics === undefined)) return read;
      const migration = isVerdict(read) ? undefined : read;
      // KCL uses the metrics table no more.
      if (migration?.status === 'COMPLETE') return passed(moveText(migration), { used: false, migration });
      return (
        (metrics === undefined ? withoutMetrics(targets) : undefined) ??
        wrongTable(workerMetrics.name, metrics as TableDescription, FORMER_KEYS.workerMetrics) ??
        passed(`KCL 3.0 to 3.4 has made ${names}, and KCL 3.5 uses them`, { used: true, migration })
      );
    },
  });
}

/** @returns the table, a failure, or undefined if there is none */
async function describeFormer(
  { lookup, arn }: TableTarget,
  caller: KnownIdentity | undefined,
): Promise<TableDescription | Verdict<never> | undefined> {
  try {
    return (await lookup.describe()) ?? {};
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    return ownFailure(error, { action: 'dynamodb:DescribeTable', resource: arn(caller) });
  }
}

/** @returns undefined before the move has begun */
async function readMigration(
  { name: TableName, dynamodb, arn }: TableTarget,
  caller: KnownIdentity | undefined,
  abortSignal: AbortSignal,
): Promise<TableMigration | Verdict<never> | undefined> {
  const Key = { [FORMER_KEYS.coordinatorState]: { S: TABLE_MIGRATION } };
  try {
    const command = new GetItemCommand({ TableName, Key, ConsistentRead: true });
    const { Item } = await dynamodb.send(command, { abortSignal });
    return tableMigrationOf(Item);
  } catch (error) {
    return ownFailure(error, { action: 'dynamodb:GetItem', resource: arn(caller) });
  }
}

/** How far the move to one table has come, in words. */
export function moveText(migration: TableMigration | undefined): string {
  const { status = 'not begun', since } = migration ?? {};
  const text = `the move to one table is ${status}${since === undefined ? '' : ` since ${new Date(since).toISOString()}`}`;
  return status === 'COMPLETE'
    ? `${text}: KCL uses the lease table only, and the other two can be deleted`
    : text;
}

function isVerdict(answer: object | undefined): answer is Verdict<never> {
  return answer !== undefined && 'message' in answer;
}

function wrongTable(name: string, table: TableDescription, key: string): Verdict<never> | undefined {
  const { KeySchema = [], TableStatus = 'ACTIVE' } = table;
  const keys = KeySchema.map(({ AttributeName }) => AttributeName).join(' and ');
  if (keys !== key) {
    return {
      status: 'failed',
      message: `${name} is no table of KCL 3.0 to 3.4: its key is ${keys}, and not ${key}; KCL would use it all the same`,
      remedy:
        'Give this table another name with coordinatorStateTableName or workerMetricsTableName, or use another applicationName.',
    };
  }
  if (TableStatus === 'ACTIVE' || TableStatus === 'UPDATING') return undefined;
  return {
    status: 'failed',
    message: `${name} is ${TableStatus}, and ACTIVE is needed`,
    remedy: 'Try again when it is ACTIVE, or gone.',
  };
}

/** KCL uses both tables as soon as the one with the coordinator state exists. */
function withoutMetrics({ coordinatorState, workerMetrics }: FormerTargets): Verdict<never> {
  return {
    status: 'failed',
    message: `${coordinatorState.name} is there, and ${workerMetrics.name} is not: KCL can report no load, and a worker that reports none is given no leases`,
    remedy: `Restore ${workerMetrics.name}, or create it with the key wid of type S; or name the right table with workerMetricsTableName. If KCL 3.0 to 3.4 has never run this application, delete ${coordinatorState.name}.`,
  };
}
