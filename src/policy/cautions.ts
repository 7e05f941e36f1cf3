import { type Access, reasonWithoutEffect } from './coverage.js';
import { withoutDenied } from './reader-access.js';
import { ofReader, ofRemoval, READER_RANKS, type Sharing } from './reader-cautions.js';
import { ofAllow, ofPrincipals, RISK_RANKS } from './risk-cautions.js';
import { sidIn } from './sids.js';
import type { PolicyDocument, Statement } from './types.js';

/** What a caution is about, the most urgent first: this reader's access, others that the policy lets in, or neither. */
const CAUTION_RANKS = ['access', 'risk', 'note'] as const;
export type CautionRank = (typeof CAUTION_RANKS)[number];

const RANK_OF = {
  ...READER_RANKS,
  ...RISK_RANKS,
  'no-effect': 'note',
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

export interface CautionOptions extends Access, Sharing {
  /** The account that owns what the policy is attached to. */
  readonly owner: string;
  /** Whether the reader is being taken out, and should not be named any more. */
  readonly removal?: boolean;
}

/**
 * What is dangerous in the policy, or keeps the reader from reading: by rank, and within a rank by the place of the
 * statement.
 */
export function cautionsOf(
  policy: PolicyDocument | undefined,
  given: CautionOptions,
  now = new Date(),
): Caution[] {
  const options = { ...given, now };
  const statements = policy?.Statement ?? [];
  const sids = statements.map(sidIn);
  const left = withoutDenied(statements, options);
  const cautions = statements.flatMap((statement, index) => {
    const sid = sids[index];
    const findings: Pick<Caution, 'code' | 'message'>[] = ofStatement(statement, options, left);
    if (sid !== undefined && sids.indexOf(sid) < index) {
      findings.push({ code: 'repeated-sid', message: 'has a Sid that an earlier one has too' });
    }
    return findings.map(({ code, message }) => ({
      code,
      message,
      rank: RANK_OF[code],
      statement: index + 1,
      sid,
    }));
  });
  return CAUTION_RANKS.flatMap((rank) => cautions.filter((caution) => caution.rank === rank));
}

/** @param left the access without what the policy denies */
function ofStatement(
  statement: Statement,
  options: CautionOptions,
  left: Access,
): Pick<Caution, 'code' | 'message'>[] {
  const without = reasonWithoutEffect(statement, options.resource);
  if (without !== undefined) return [{ code: 'no-effect', message: without }];
  return [
    ...(options.removal ? ofRemoval(statement, left) : ofReader(statement, options, left)),
    ...(statement.Effect === 'Allow' ? ofAllow(statement, options.owner) : []),
    ...ofPrincipals(statement),
  ];
}
