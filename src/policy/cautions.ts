import type { Consumption } from './actions.js';
import { type Access, reasonWithoutEffect } from './coverage.js';
import { withoutDenied } from './denials.js';
import { ofReader, ofRemoval } from './reader-cautions.js';
import { ofAllow, ofPrincipals } from './risk-cautions.js';
import { sidIn } from './sids.js';
import type { Condition, PolicyDocument, Statement } from './types.js';

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

export type Finding = Pick<Caution, 'code' | 'message'>;

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
