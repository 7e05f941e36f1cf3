import { whileHolds } from './condition-entries.js';
import { type Access, coveredActions, hasVariable } from './coverage.js';
import { accountPrincipals, awsPrincipals, isReader, isSessionOf } from './principals.js';
import { alwaysHolds, mayHold } from './reader-conditions.js';
import { listOf, type Statement } from './types.js';

/** The actions that a Deny denies to the reader. */
export interface Denial {
  readonly actions: readonly string[];
  /**
   * Whether it does so only for some sessions of the reader, only as some services evaluate NotPrincipal, or only for some
   * values of a variable in its resources.
   */
  readonly uncertain: boolean;
  /** What lifts it. */
  readonly remedy?: string;
}

/** The access without the actions that a policy denies every call of the reader, whatever else it allows. */
export function withoutDenied(statements: readonly Statement[], access: Access): Access {
  const denied = statements
    .filter(({ Condition }) => alwaysHolds(Condition, access))
    .flatMap((statement) => denialOf(statement, access) ?? [])
    .flatMap(({ actions, uncertain }) => (uncertain ? [] : actions));
  return { ...access, actions: access.actions.filter((action) => !denied.includes(action)) };
}

export function denialOf(statement: Statement, access: Access): Denial | undefined {
  if (statement.Effect !== 'Deny' || !mayHold(statement.Condition, access)) return undefined;
  const actions = coveredActions(statement, access);
  const reach = actions.length > 0 ? reachOf(statement, access) : undefined;
  const { Resource, NotResource } = statement;
  const varies = [...listOf(Resource), ...listOf(NotResource)].some(hasVariable);
  return reach && { actions, ...reach, uncertain: reach.uncertain || varies };
}

/** A sentence without its subject, the statement; undefined where it denies the reader nothing. */
export function denialText(statement: Statement, access: Access): string | undefined {
  const denial = denialOf(statement, access);
  if (!denial) return undefined;
  const { actions, uncertain, remedy } = denial;
  const what = `${uncertain ? 'may deny' : 'denies'} ${access.reader.arn} ${actions.join(', ')}`;
  const when = whileHolds(statement.Condition);
  return `${what}${when}, and a Deny wins over every Allow${remedy === undefined ? '' : `: ${remedy}`}`;
}

function reachOf(
  { Principal, NotPrincipal }: Statement,
  { reader }: Access,
): Omit<Denial, 'actions'> | undefined {
  if (NotPrincipal !== undefined) return notSpared(awsPrincipals(NotPrincipal), reader);
  const principals = awsPrincipals(Principal);
  const always = ['*', reader.arn, ...accountPrincipals(reader)];
  if (principals.some((principal) => always.includes(principal))) return { uncertain: false };
  const sessions = principals.filter((principal) => isSessionOf(principal, reader.arn));
  if (sessions.length === 0) return undefined;
  return { uncertain: true, remedy: `it denies the session ${sessions.join(', ')}` };
}

function notSpared(spared: readonly string[], reader: Access['reader']): Omit<Denial, 'actions'> | undefined {
  const missing = notNamed(spared, reader);
  if (missing.length === 0) return undefined;
  return {
    uncertain: true,
    remedy: `its NotPrincipal does not name ${missing.join(' and ')}; replace NotPrincipal by "Principal": "*" and the condition ArnNotEquals aws:PrincipalArn ${reader.arn}, which needs no session names`,
  };
}

/**
 * What NotPrincipal would have to name besides to be about nobody who is the reader: its account, its user or role, and of a
 * role the session that calls, since a role calls as a session (IAM User Guide, NotPrincipal).
 */
export function notNamed(names: readonly string[], reader: Access['reader']): string[] {
  if (names.includes('*')) return [];
  const { arn, partition, account, kind, name } = reader;
  const accounts = accountPrincipals(reader);
  const sessions = names.filter((principal) => isSessionOf(principal, arn));
  const session =
    sessions.length === 0
      ? `the session that the role calls as, arn:${partition}:sts::${account}:assumed-role/${name}/<session name>`
      : `any session of the role but ${sessions.join(', ')}`;
  return [
    ...(accounts.some((principal) => names.includes(principal)) ? [] : [`the account ${accounts[1]}`]),
    ...(names.includes(arn) ? [] : [`the ${kind} ${arn}`]),
    ...(kind === 'user' ? [] : [session]),
  ];
}

/** What a statement may still let a reader do that was taken out of the policy. */
interface RemainingAccess {
  readonly actions: readonly string[];
  readonly verb: 'still allows' | 'may still allow';
  /** A sentence without its subject, the statement: what it allows, by what, and what to do about it. */
  readonly message: string;
}

/**
 * Whether, by this statement, the reader may still do some of the actions. Across accounts it can only where its own IAM
 * policy allows it too, which is not looked at here; what a Deny of the policy takes away, `withoutDenied` leaves out.
 */
export function remainingAccess(statement: Statement, access: Access): RemainingAccess | undefined {
  if (statement.Effect !== 'Allow' || !mayHold(statement.Condition, access)) return undefined;
  const actions = coveredActions(statement, access);
  const found = actions.length > 0 ? grantOf(statement, access.reader) : undefined;
  if (!found) return undefined;
  const what = `${access.reader.arn} ${actions.join(', ')}${whileHolds(statement.Condition)}`;
  return { actions, verb: found.verb, message: `${found.verb} ${what}: ${found.because}` };
}

interface Grant extends Pick<RemainingAccess, 'verb'> {
  readonly because: string;
}

function grantOf({ Principal, NotPrincipal }: Statement, reader: Access['reader']): Grant | undefined {
  const { arn, account, kind } = reader;
  const may = (because: string): Grant => ({ verb: 'may still allow', because });
  const accounts = accountPrincipals(reader);
  if (NotPrincipal !== undefined) {
    // AWS documents only for a Deny what must be named. Here an Allow is assumed to follow the same rule.
    if (notNamed(awsPrincipals(NotPrincipal), reader).length === 0) return undefined;
    return may(`it allows everyone but the principals that it names; ${nameWhoNeedsIt}`);
  }
  const principals = awsPrincipals(Principal);
  const named = principals.filter((principal) => isReader(principal, arn));
  if (named.length > 0) {
    return {
      verb: 'still allows',
      because: `it names ${named.join(', ')} and covers more than reading this stream, so it was left as it is; remove the name from it, or give the rest a statement of its own`,
    };
  }
  if (principals.includes('*')) return may(`it allows every principal ${OWN_IAM}; ${nameWhoNeedsIt}`);
  if (principals.some((principal) => accounts.includes(principal))) {
    return may(
      `it allows all of account ${account}, and lets its IAM policies decide who; ${nameWhoNeedsIt}`,
    );
  }
  const federated = principals.filter((principal) => isFederatedUser(principal, reader));
  if (kind === 'role' || federated.length === 0) return undefined;
  return may(
    `it names ${federated.join(', ')}, a name that any user of the account may take who is allowed sts:GetFederationToken; remove it if it is this user's`,
  );
}

const OWN_IAM = 'whose own IAM policy allows it too';
const nameWhoNeedsIt = 'name the roles that need it instead, or add a Deny for this reader';

function isFederatedUser(principal: string, { partition, account }: Access['reader']): boolean {
  return principal.startsWith(`arn:${partition}:sts::${account}:federated-user/`);
}
