import type { Access } from './coverage.js';
import { denialText, withoutDenied } from './denials.js';
import { hasWildcard } from './patterns.js';
import { allowsByName, awsPrincipals, isGone } from './principals.js';
import { remainingAccess, sameNameElsewhere } from './remaining-access.js';
import { listOf, type PolicyDocument, type Statement } from './types.js';

export type CautionCode =
  | 'everyone'
  | 'whole-account'
  | 'deny'
  | 'wildcard-action'
  | 'not-action'
  | 'not-principal'
  | 'principal-gone'
  | 'repeated-sid'
  | 'still-allowed'
  | 'still-named'
  | 'same-name';

/** Whether a caution is about the reader's own access: denied after `apply`, or left after `remove`. */
export function concernsReader({ code }: Pick<Caution, 'code'>): boolean {
  return ['deny', 'still-allowed', 'same-name'].includes(code);
}

/** Something in a policy that a reviewer should look at before it is in force. */
export interface Caution {
  readonly code: CautionCode;
  /** The statement's place in the list, from 1. */
  readonly statement: number;
  readonly sid: string | undefined;
  readonly message: string;
}

export interface Surroundings extends Access {
  /** The account that owns what the policy is attached to. */
  readonly owner: string;
  /** Whether the reader is being taken out, and should not be named any more. */
  readonly removal?: boolean;
}

type Finding = Pick<Caution, 'code' | 'message'>;

/** What is dangerous in the policy, or keeps the reader from reading; the statements in their order. */
export function cautionsOf(policy: PolicyDocument | undefined, around: Surroundings): Caution[] {
  const sids = (policy?.Statement ?? []).map(({ Sid }) => Sid);
  const left = withoutDenied(policy?.Statement ?? [], around);
  return (policy?.Statement ?? []).flatMap((statement, index) => {
    const repeated = statement.Sid !== undefined && sids.indexOf(statement.Sid) < index;
    const findings = [
      ...(statement.Effect === 'Allow' ? ofAllow(statement, around) : ofDeny(statement, around)),
      ...(around.removal ? ofRemoval(statement, left) : []),
      ...ofPrincipals(statement),
      ...(repeated
        ? [{ code: 'repeated-sid', message: 'has a Sid that an earlier one has too' } as const]
        : []),
    ];
    return findings.map((finding) => ({ ...finding, statement: index + 1, sid: statement.Sid }));
  });
}

function ofAllow(statement: Statement, { owner }: Surroundings): Finding[] {
  const { Action, NotAction, NotPrincipal, Principal, Condition } = statement;
  const findings: Finding[] = [];
  const accounts = awsPrincipals(Principal).map(accountOf);
  // The owner's own account stands in every key's policy, and lets its administrators decide by IAM.
  const ownOnly = accounts.length > 0 && accounts.every((account) => account === owner);
  const narrowed = Condition === undefined ? '' : ', as far as its condition lets them';
  if (awsPrincipals(Principal).includes('*')) {
    findings.push({ code: 'everyone', message: `allows every principal of every account${narrowed}` });
  }
  for (const account of accounts) {
    if (account === undefined || account === owner) continue;
    const message = `allows all of account ${account}, whose administrators choose who that is${narrowed}; name a role`;
    findings.push({ code: 'whole-account', message });
  }
  if (NotPrincipal !== undefined) {
    findings.push({ code: 'not-principal', message: 'allows everyone but the principals that it names' });
  }
  const wild = listOf(Action).filter(hasWildcard);
  if (wild.length > 0 && !ownOnly) {
    findings.push({ code: 'wildcard-action', message: `allows whatever ${wild.join(' and ')} matches` });
  }
  if (NotAction !== undefined) {
    findings.push({ code: 'not-action', message: 'allows every action but those that it names' });
  }
  return findings;
}

function ofRemoval(statement: Statement, left: Access): Finding[] {
  const { arn } = left.reader;
  const remaining = remainingAccess(statement, left);
  if (remaining) return [{ code: 'still-allowed', message: remaining.message }];
  if (allowsByName(statement, arn)) {
    const message = `still allows ${arn} something other than reading this stream, and is left as it is`;
    return [{ code: 'still-named', message }];
  }
  return sameNameElsewhere(statement, left).map((other) => ({
    code: 'same-name',
    message: `still names ${other}, and an account has only one role or user of a name: if that is the reader, give --reader with this path`,
  }));
}

function ofDeny(statement: Statement, around: Surroundings): Finding[] {
  const message = around.removal ? undefined : denialText(statement, around);
  return message === undefined ? [] : [{ code: 'deny', message }];
}

function ofPrincipals({ Principal, NotPrincipal }: Statement): Finding[] {
  const gone = [...awsPrincipals(Principal), ...awsPrincipals(NotPrincipal)].filter(isGone);
  return gone.map((id) => ({
    code: 'principal-gone',
    message: `names ${id}, a role or user that was deleted; one that is made again under its name is another`,
  }));
}

/** The account that a principal stands for as a whole. */
function accountOf(principal: string): string | undefined {
  return /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/.exec(principal)?.[1];
}
