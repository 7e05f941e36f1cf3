import type { Consumption } from './actions.js';
import { conditionEntries, entryText, sameName, whileHolds } from './condition-entries.js';
import { type Access, isKey, reasonWithoutEffect } from './coverage.js';
import { denialText, withoutDenied } from './denials.js';
import { isEarlier } from './merge.js';
import { beyondOurs, isRenewable, keptCondition, networkKeys, timeLimit } from './own-statement.js';
import { isOwnersOwn, unboundServices } from './owners-own.js';
import { hasWildcard } from './patterns.js';
import { allowsByName, awsPrincipals, isGone } from './principals.js';
import { contradictionOf } from './reader-conditions.js';
import { remainingAccess, sameNameElsewhere, sameNameText } from './remaining-access.js';
import { sidIn } from './statement-name.js';
import { type Condition, listOf, type PolicyDocument, type Statement } from './types.js';

/** What a caution is about, the most urgent first: this reader's access, others that the policy lets in, or neither. */
const CAUTION_RANKS = ['access', 'risk', 'note'] as const;
export type CautionRank = (typeof CAUTION_RANKS)[number];

const RANK_OF = {
  deny: 'access',
  expired: 'access',
  'not-yet': 'access',
  'never-allows': 'access',
  'network-condition': 'access',
  'still-allowed': 'access',
  'same-name': 'access',
  'condition-bypassed': 'access',
  everyone: 'risk',
  'whole-account': 'risk',
  'wildcard-action': 'risk',
  'not-action': 'risk',
  'not-principal': 'risk',
  'confused-deputy': 'note',
  'condition-kept': 'note',
  'no-effect': 'note',
  'still-named': 'note',
  'principal-gone': 'note',
  'repeated-sid': 'note',
} as const satisfies Record<string, CautionRank>;

export type CautionCode = keyof typeof RANK_OF;

/** Something in a policy that a reviewer should look at before it is in force. */
export interface Caution {
  readonly code: CautionCode;
  readonly rank: CautionRank;
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
  /** The reader's statement as it would be made now. */
  readonly expected?: Statement;
  /** What the reader's access is to be narrowed by, which another statement may not have. */
  readonly narrowedBy?: Condition | undefined;
  /** What the reader reads by: `kcl` unless given. */
  readonly for?: Consumption;
}

type Finding = Pick<Caution, 'code' | 'message'>;

/**
 * What is dangerous in the policy, or keeps the reader from reading: by rank, and within a rank by the place of the
 * statement.
 */
export function cautionsOf(
  policy: PolicyDocument | undefined,
  surroundings: Surroundings,
  now = new Date(),
): Caution[] {
  const around = { ...surroundings, now };
  const statements = policy?.Statement ?? [];
  const sids = statements.map(sidIn);
  const left = withoutDenied(statements, around);
  const concern = (statement: Statement) =>
    around.removal ? ofRemoval(statement, left) : ofReader(statement, around, left);
  const cautions = statements.flatMap((statement, index) => {
    const sid = sids[index];
    const findings = [
      ...ofStatement(statement, around, concern),
      ...(sid !== undefined && sids.indexOf(sid) < index
        ? [{ code: 'repeated-sid', message: 'has a Sid that an earlier one has too' } as const]
        : []),
    ];
    return findings.map((finding) => ({
      ...finding,
      rank: RANK_OF[finding.code],
      statement: index + 1,
      sid,
    }));
  });
  return CAUTION_RANKS.flatMap((rank) => cautions.filter((caution) => caution.rank === rank));
}

function ofStatement(
  statement: Statement,
  around: Surroundings,
  ofReaders: (statement: Statement) => Finding[],
): Finding[] {
  const without = reasonWithoutEffect(statement, around.resource);
  if (without !== undefined) return [{ code: 'no-effect', message: without }];
  return [
    ...ofReaders(statement),
    ...(statement.Effect === 'Allow' ? ofAllow(statement, around) : []),
    ...ofPrincipals(statement),
  ];
}

/** What may keep the reader from reading, or narrows its own statement, or lets it read without what narrows that. */
function ofReader(statement: Statement, around: Surroundings, left: Access): Finding[] {
  const denied = denialText(statement, around);
  if (denied !== undefined) return [{ code: 'deny', message: denied }];
  const { expected, narrowedBy } = around;
  if (expected !== undefined && isEarlier(statement, expected)) return ofOwn(statement, expected, around);
  const bypass = narrowedBy && remainingAccess(statement, left);
  if (!bypass || beyondOurs(narrowedBy, statement.Condition).length === 0) return [];
  const verb = bypass.verb === 'still allows' ? 'allows' : 'may allow';
  const message = `${verb} ${around.reader.arn} ${bypass.actions.join(', ')}${whileHolds(statement.Condition)}, without what --condition asks for: take the reader out of it, or narrow it in the same way`;
  return [{ code: 'condition-bypassed', message }];
}

function ofOwn(statement: Statement, expected: Statement, around: Surroundings): Finding[] {
  const { reader, now } = around;
  const findings: Finding[] = [];
  const [over, later] = [timeLimit(statement, 'over', now), timeLimit(statement, 'later', now)];
  const never = over === undefined ? contradictionOf(statement.Condition, around) : undefined;
  if (over !== undefined) {
    const remedy = isRenewable(over)
      ? 'policy apply with --condition expires=<date and time> renews it'
      : `take ${over.key} ${over.operator} out of the statement by hand`;
    const message = `expired on ${listOf(over.values).join(' or ')}: ${reader.arn} has no access through it; ${remedy}`;
    findings.push({ code: 'expired', message });
  }
  if (later !== undefined) {
    const message = `allows ${reader.arn} nothing before ${listOf(later.values).join(' or ')}`;
    findings.push({ code: 'not-yet', message });
  }
  if (never !== undefined) {
    const message = `never allows ${reader.arn} anything, since no call of it has ${never.map((entry) => entryText(entry)).join(' and ')}; take that out of the statement by hand`;
    findings.push({ code: 'never-allows', message });
  }
  const network = networkKeys(statement).join(' and ');
  const caller = isKey(around.resource)
    ? `Kinesis calls Decrypt for ${reader.arn}, and from a network of its own`
    : around.for === 'lambda' && `Lambda's pollers read for ${reader.arn}, and from a network of their own`;
  if (network !== '' && caller) {
    const message = `requires ${network}: ${caller}, so the reader may be denied; take that out of the statement by hand`;
    findings.push({ code: 'network-condition', message });
  }
  const kept = keptCondition(statement, expected);
  if (kept !== undefined) {
    const message = `keeps ${kept}, beyond what is asked for: it allows the reader only while that holds`;
    findings.push({ code: 'condition-kept', message });
  }
  return findings;
}

/** What may still let the reader read. */
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
    message: sameNameText(other),
  }));
}

function ofAllow(statement: Statement, { owner }: Surroundings): Finding[] {
  const { Action, NotAction, NotPrincipal, Principal, Condition } = statement;
  const findings: Finding[] = [];
  const when = whileHolds(Condition);
  // The owner's own account stands in every key's policy, and lets its administrators decide by IAM.
  const ownersOwn = isOwnersOwn(statement, owner);
  if (awsPrincipals(Principal).includes('*') && !ownersOwn) {
    findings.push({ code: 'everyone', message: `allows every principal of every account${when}` });
  }
  const wild = listOf(Action).filter(hasWildcard).join(' and ');
  const accounts = awsPrincipals(Principal).flatMap((principal) => wholeAccount(principal) ?? []);
  const foreign = isForServicesOnly(Condition) ? [] : accounts.filter((account) => account !== owner);
  for (const account of foreign) {
    const what = wild === '' ? '' : ` whatever ${wild} matches`;
    const message = `allows all of account ${account}${what}, whose administrators choose who that is${when}; name a role`;
    findings.push({ code: 'whole-account', message });
  }
  if (NotPrincipal !== undefined && !ownersOwn) {
    findings.push({
      code: 'not-principal',
      message: `allows everyone but the principals that it names${when}`,
    });
  }
  if (wild !== '' && !ownersOwn && foreign.length === 0) {
    findings.push({ code: 'wildcard-action', message: `allows every action that matches ${wild}${when}` });
  }
  if (NotAction !== undefined && !ownersOwn) {
    findings.push({ code: 'not-action', message: `allows every action but those that it names${when}` });
  }
  const services = wild !== '' || NotAction !== undefined ? unboundServices(statement) : [];
  if (services.length > 0 && ownersOwn) {
    const message = `allows ${services.join(' and ')} ${wild === '' ? 'every action but those that it names' : wild} for any account; aws:SourceAccount or aws:SourceArn would narrow it`;
    findings.push({ code: 'confused-deputy', message });
  }
  return findings;
}

function ofPrincipals({ Principal, NotPrincipal }: Statement): Finding[] {
  const gone = [...awsPrincipals(Principal), ...awsPrincipals(NotPrincipal)].filter(isGone);
  return gone.map((id) => ({
    code: 'principal-gone',
    message: `names ${id}, a role or user that was deleted; a new one of the same name does not match`,
  }));
}

/** Whether it allows grants only which AWS services make for what they keep in the account, as the KMS console writes it. */
function isForServicesOnly(condition: Condition | undefined): boolean {
  return conditionEntries(condition).some(
    ({ operator, key, values }) =>
      sameName(operator, 'Bool') &&
      sameName(key, 'kms:GrantIsForAWSResource') &&
      listOf(values).every((value) => sameName(String(value), 'true')),
  );
}

/** The account that a principal stands for as a whole. */
function wholeAccount(principal: string): string | undefined {
  return /^(?:arn:aws[a-z-]*:iam::)?(\d{12})(?::root)?$/.exec(principal)?.[1];
}
