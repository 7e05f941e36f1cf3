import { conditionEntries, sameName, whileHolds } from './condition-entries.js';
import { type Access, coveredActions } from './coverage.js';
import { notNamed } from './denials.js';
import { accountPrincipals, awsPrincipals, isReader } from './principals.js';
import { mayHold } from './reader-conditions.js';
import { listOf, type Statement } from './types.js';

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
    // AWS documents what must be named for a Deny alone: an Allow is taken to let in who is not named likewise.
    if (notNamed(awsPrincipals(NotPrincipal), reader).length === 0) return undefined;
    return may(`it allows everyone but the principals that it names; ${nameWhoNeedsIt}`);
  }
  const principals = awsPrincipals(Principal);
  const named = principals.filter((principal) => isReader(principal, arn));
  if (named.length > 0) {
    return {
      verb: 'still allows',
      because: `it names ${named.join(', ')} and covers more than reading this stream, so it was left as it is; take the name out of it, or give the rest a statement of its own`,
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
    `it names ${federated.join(', ')}, a name that any user of the account may take who is allowed sts:GetFederationToken; take it out if it is this user's`,
  );
}

const OWN_IAM = 'whose own IAM policy allows it too';
const nameWhoNeedsIt = 'name the roles that need it instead, or add a Deny for this reader';

function isFederatedUser(principal: string, { partition, account }: Access['reader']): boolean {
  return principal.startsWith(`arn:${partition}:sts::${account}:federated-user/`);
}

/**
 * The principals with the reader's kind and name under another path, in the element Principal or as `aws:PrincipalArn`: as an
 * account has one of a name, either ARN is wrong.
 */
export function sameNameElsewhere(
  { Effect, Principal, Condition }: Statement,
  { reader }: Pick<Access, 'reader'>,
): string[] {
  if (Effect !== 'Allow') return [];
  const { partition, account, kind, name, arn } = reader;
  const conditioned = conditionEntries(Condition)
    .filter(({ operator, key }) => sameName(key, 'aws:PrincipalArn') && !/not|^null$/i.test(operator))
    .flatMap(({ values }) => listOf(values).map(String));
  return [...new Set([...awsPrincipals(Principal), ...conditioned])].filter(
    (principal) =>
      principal !== arn &&
      principal.startsWith(`arn:${partition}:iam::${account}:${kind}/`) &&
      principal.endsWith(`/${name}`),
  );
}

/** A sentence without its subject, what names it. */
export function sameNameText(other: string): string {
  return `still names ${other}, and an account has only one role or user of a name: if that is the reader, give --reader with this path`;
}
