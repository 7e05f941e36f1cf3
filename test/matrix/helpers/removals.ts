import type { ReadGrants } from '../../../src/policy/grants.js';
import { listOf, type Statement } from '../../../src/policy/types.js';

/** One action, or a whole statement, that is taken out of the printed policies. */
export interface Removal {
  policy: keyof ReadGrants;
  statement: string;
  /** The whole statement without one. */
  action?: string;
}

/** Every action, one after the other, and every statement that has more than one of them. */
export function removals(grants: ReadGrants): Removal[] {
  return POLICIES.flatMap((policy) =>
    statementsOf(grants, policy).flatMap(({ Sid = '', Action }) => {
      const actions = listOf(Action);
      const each = actions.map((action): Removal => ({ policy, statement: Sid, action }));
      return actions.length > 1 ? [...each, { policy, statement: Sid }] : each;
    }),
  );
}

/** The actions that go with it. */
export function actionsOf(grants: ReadGrants, { policy, statement, action }: Removal): string[] {
  if (action !== undefined) return [action];
  const found = statementsOf(grants, policy).find(({ Sid }) => Sid === statement);
  return [...listOf(found?.Action)];
}

/** The policies without it. */
export function without(grants: ReadGrants, { policy, statement, action }: Removal): ReadGrants {
  const left = statementsOf(grants, policy).flatMap((one): Statement[] => {
    if (one.Sid !== statement) return [one];
    const Action = listOf(one.Action).filter((name) => name !== action);
    return action === undefined || Action.length === 0 ? [] : [{ ...one, Action }];
  });
  const { [policy]: before, ...others } = grants;
  const after = policy === 'keyPolicyStatement' ? left[0] : { ...before, Statement: left };
  return { ...others, ...(after && { [policy]: after }) } as ReadGrants;
}

const POLICIES = ['streamPolicy', 'consumerPolicy', 'keyPolicyStatement', 'readerPolicy'] as const;

function statementsOf(grants: ReadGrants, policy: keyof ReadGrants): readonly Statement[] {
  const found = grants[policy];
  if (found === undefined) return [];
  return 'Effect' in found ? [found] : found.Statement;
}
