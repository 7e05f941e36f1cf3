/** A policy's elements as IAM's grammar has them: most may be one text or a list (IAM User Guide, policy grammar). */
export type OneOrMany<T> = T | readonly T[];

/** `*`, or texts by kind: AWS, Service, Federated, CanonicalUser. */
export type Principal = '*' | Readonly<Record<string, OneOrMany<string>>>;

/** Values by condition key, by operator. */
export type Condition = Readonly<
  Record<string, Readonly<Record<string, OneOrMany<string | number | boolean>>>>
>;

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: Principal;
  readonly NotPrincipal?: Principal;
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  readonly Condition?: Condition;
}

export const VERSIONS = ['2012-10-17', '2008-10-17'] as const;

export interface PolicyDocument {
  /** Without one, IAM assumes 2008-10-17. */
  readonly Version?: (typeof VERSIONS)[number];
  readonly Id?: string;
  readonly Statement: readonly Statement[];
}

export function listOf<T>(value: OneOrMany<T> | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
