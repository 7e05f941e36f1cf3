import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { COORDINATOR_STATE_ACTIONS, WORKER_METRICS_ACTIONS } from '../../policy/actions.js';
import { TABLE_MIGRATION, type TableMigration, tableMigrationOf } from '../../streams/former-tables.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { isDenied } from '../failure.js';
import { ownFailure, type TableTarget } from '../table-target.js';
import type { KnownIdentity } from './credentials.js';
import { FORMER_KEYS, type FormerTargets, type FoundFormer } from './former-tables.js';
import { ITEM_CALLS, type ItemAction, tryOnItems } from './item-calls.js';

const DOCS = 'docs/three-tables.md';

/** Tries on the two tables what KCL 3.5 does there. Nothing is written. */
export function formerTablesUseCheck(
  targets: FormerTargets,
  migrates: boolean,
  identity: Check<KnownIdentity>,
  former: Check<FoundFormer>,
): Check {
  return defineCheck({
    id: 'former-tables-use',
    asserts: 'can read and write the tables of KCL 3.0 to 3.4, where KCL uses them',
    fixedBy: 'reader',
    needs: [identity, former],
    async run([caller, { used }], signal): Promise<Verdict<undefined>> {
      if (!used) return passed('KCL does not use them', undefined);
      const { coordinatorState, workerMetrics } = targets;
      const tried = await Promise.all(
        [
          ...trials(coordinatorState, 'coordinatorState', COORDINATOR_STATE_ACTIONS, migrates),
          ...trials(workerMetrics, 'workerMetrics', WORKER_METRICS_ACTIONS, migrates),
        ].map(async ({ target, key, action }) => {
          try {
            await tryOnItems(action, { name: target.name, key, dynamodb: target.dynamodb }, signal);
            return [];
          } catch (error) {
            return [{ error, action, target }];
          }
        }),
      );
      const failures = tried.flat();
      const [first] = failures;
      if (first) {
        const { error, action, target } = first;
        const failure = ownFailure(error, { action, resource: target.arn(caller) });
        const denied = failures.filter((one) => isDenied(one.error));
        const also = denied.slice(1).map((one) => `${one.action} on ${one.target.name}`);
        return also.length === 0
          ? failure
          : { ...failure, message: `${failure.message}; nor ${also.join(', ')}` };
      }
      return judge(await readMigration(coordinatorState, signal), migrates);
    },
  });
}

function trials(
  target: TableTarget,
  table: keyof typeof FORMER_KEYS,
  actions: readonly string[],
  migrates: boolean,
) {
  return actions
    .filter((action): action is ItemAction => action in ITEM_CALLS)
    .filter((action) => migrates || action !== 'dynamodb:ConditionCheckItem')
    .map((action) => ({ target, key: FORMER_KEYS[table], action }));
}

async function readMigration(
  { name: TableName, dynamodb }: TableTarget,
  abortSignal: AbortSignal,
): Promise<TableMigration | undefined> {
  const Key = { [FORMER_KEYS.coordinatorState]: { S: TABLE_MIGRATION } };
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }), {
    abortSignal,
  });
  return tableMigrationOf(Item);
}

/** What KCL makes of the state and of migrateAllEntitiesToLeaseTable (TableMigrationStateMachineImpl). */
function judge(migration: TableMigration | undefined, migrates: boolean): Verdict<undefined> {
  const { status = 'not begun', since } = migration ?? {};
  const at = since === undefined ? '' : ` since ${new Date(since).toISOString()}`;
  const state = `allowed; the move to one table is ${status}${at}`;
  if (status === 'COMPLETE') {
    return passed(`${state}: KCL uses the lease table only, and the other two can be deleted`, undefined);
  }
  if (migrates && (migration === undefined || status === 'INIT')) {
    return {
      status: 'failed',
      message: `migrateAllEntitiesToLeaseTable is true, and the move to one table is ${status}${at}: KCL does not start before it is DEPLOYED`,
      cure: `Start all workers without migrateAllEntitiesToLeaseTable; set it when this check shows DEPLOYED, an hour or more later (${DOCS}).`,
    };
  }
  return passed(`${state}; ${DOCS} has the way`, undefined);
}
