import { isDenied } from '../../aws/known-errors/known-errors.js';
import type { TableMigration } from '../../leases/former-tables.js';
import { COORDINATOR_STATE_ACTIONS, WORKER_METRICS_ACTIONS } from '../../policy/actions.js';
import type { Identity } from '../caller.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure, type TableTarget } from '../target.js';
import type { KnownIdentity } from './credentials.js';
import { FORMER_KEYS, type FormerTargets, type FoundFormer, moveText } from './former-tables.js';
import { ITEM_CALLS, type ItemAction, tryOnItems } from './item-calls.js';

const NOT_USED = 'KCL keeps everything in the lease table';

/** Tries on the table with the leader's lock what KCL 3.5 does there, and tells how far the move to one table has come. */
export function coordinatorStateCheck(
  { coordinatorState: target }: FormerTargets,
  migrates: boolean,
  identity: Check<KnownIdentity>,
  former: Check<FoundFormer>,
): Check {
  // In transactions, which only the move to one table has.
  const actions = itemActions(COORDINATOR_STATE_ACTIONS).filter(
    (action) => migrates || action !== 'dynamodb:ConditionCheckItem',
  );
  return defineCheck({
    id: 'coordinator-state',
    asserts: "can read and write the leader's lock where KCL 3.0 to 3.4 has it",
    fixedBy: 'reader',
    needs: [identity, former],
    async run([caller, { used, migration }], signal): Promise<Verdict<undefined>> {
      if (!used) return passed(migration ? moveText(migration) : NOT_USED, undefined);
      const failure = await firstFailure(target, FORMER_KEYS.coordinatorState, actions, caller, signal);
      return failure ?? judge(migration, migrates);
    },
  });
}

/** Tries on the table with the workers' load what KCL 3.5 does there. */
export function workerMetricsCheck(
  { workerMetrics: target }: FormerTargets,
  identity: Check<KnownIdentity>,
  former: Check<FoundFormer>,
): Check {
  const actions = itemActions(WORKER_METRICS_ACTIONS);
  return defineCheck({
    id: 'worker-metrics',
    asserts: "can read and write the workers' load where KCL 3.0 to 3.4 has it",
    fixedBy: 'reader',
    needs: [identity, former],
    async run([caller, { used }], signal): Promise<Verdict<undefined>> {
      if (!used) return passed(NOT_USED, undefined);
      const failure = await firstFailure(target, FORMER_KEYS.workerMetrics, actions, caller, signal);
      return failure ?? passed('allowed', undefined);
    },
  });
}

function itemActions(actions: readonly string[]): ItemAction[] {
  return actions.filter((action): action is ItemAction => action in ITEM_CALLS);
}

/** Of the calls, which change nothing; its message names every action that is denied. */
async function firstFailure(
  target: TableTarget,
  key: string,
  actions: readonly ItemAction[],
  caller: Identity | undefined,
  signal: AbortSignal,
): Promise<Verdict<never> | undefined> {
  const tried = await Promise.all(
    actions.map(async (action) => {
      try {
        await tryOnItems(action, { name: target.name, key, dynamodb: target.dynamodb }, signal);
        return [];
      } catch (error) {
        return [{ error, action }];
      }
    }),
  );
  const [first, ...others] = tried.flat();
  if (first === undefined) return undefined;
  const failure = ownFailure(first.error, { action: first.action, resource: target.arn(caller) });
  const also = others.filter(({ error }) => isDenied(error)).map(({ action }) => action);
  return also.length === 0
    ? failure
    : { ...failure, message: `${failure.message}; ${also.join(', ')}: denied too` };
}

/** What KCL makes of the state and of migrateAllEntitiesToLeaseTable (TableMigrationStateMachineImpl). */
function judge(migration: TableMigration | undefined, migrates: boolean): Verdict<undefined> {
  const move = moveText(migration);
  if (migrates && (migration === undefined || migration.status === 'INIT')) {
    return {
      status: 'failed',
      message: `migrateAllEntitiesToLeaseTable is true, and ${move}: KCL does not start before it is DEPLOYED`,
      remedy:
        'Start all workers without migrateAllEntitiesToLeaseTable, and set it once this check shows DEPLOYED, an hour or more later (docs/three-tables.md).',
    };
  }
  return passed(`allowed; ${move} (docs/three-tables.md)`, undefined);
}
