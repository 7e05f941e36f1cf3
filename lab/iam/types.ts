import type { OneOrMany, Statement } from '../../src/policy/types.js';

export {
  type Condition,
  listOf,
  type OneOrMany,
  type Principal,
  type Statement,
} from '../../src/policy/types.js';

/**
 * What an access decision is made from and what it says. The words are those of the IAM User Guide ("Policy evaluation
 * logic" and "Grammar of the IAM JSON policy language").
 */

/** As it is stored: its statements may be one or a list, its version anything. */
export interface Policy {
  /** Without it, or with 2008-10-17, there are no policy variables. */
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: OneOrMany<Statement>;
}

/** Who calls; account and partition are those of the ARN. */
export type Caller =
  | { readonly type: 'user'; readonly arn: string }
  | { readonly type: 'role'; readonly arn: string }
  /** A role that was assumed: the role's own ARN is needed, since the session's ARN has lost the role's path. */
  | { readonly type: 'session'; readonly roleArn: string; readonly sessionName: string }
  | { readonly type: 'root'; readonly account: string; readonly partition: string };

/**
 * Condition keys, in any case, with their values. A string is a single-valued key; a list is a multivalued one, which
 * can't be used as a policy variable; an empty list is a key that the request lacks.
 */
export type Context = Readonly<Record<string, OneOrMany<string>>>;

export interface Resource {
  /** `*` for an action that has no resource, such as cloudwatch:PutMetricData. */
  readonly arn: string;
  /** The 12 digits of the account that owns it; not every ARN has them. */
  readonly account: string;
}

export interface AccessRequest {
  readonly caller: Caller;
  /** Such as kinesis:GetRecords. */
  readonly action: string;
  readonly resource: Resource;
  /** Besides the keys that follow from caller and resource, which evaluate() adds. */
  readonly context?: Context;
}

/** Each is absent where none is attached. */
export interface PolicySet {
  /** Of the user (its groups included) or role. */
  readonly identity?: readonly Policy[];
  readonly boundary?: Policy;
  /** Those that were passed to AssumeRole; an empty list is none. */
  readonly session?: readonly Policy[];
  /** Of the caller's account: root, units and account, each of which must allow. */
  readonly serviceControl?: readonly (readonly Policy[])[];
  /** Of the account that owns the resource, likewise. */
  readonly resourceControl?: readonly (readonly Policy[])[];
  /** Of the VPC endpoint that the request has come through. */
  readonly vpcEndpoint?: Policy;
  /** What is attached to the resource; at most one of the three. */
  readonly resource?: Policy;
  readonly key?: Policy;
  readonly trust?: Policy;
}

export type PolicyType =
  | 'resource-control'
  | 'service-control'
  | 'vpc-endpoint'
  | 'resource-based' // a key policy is one too
  | 'role-trust'
  | 'identity-based'
  | 'permissions-boundary'
  | 'session';

export type Reason =
  | { readonly kind: 'explicit-deny'; readonly policyType: PolicyType; readonly sid?: string }
  /** No policy of this type allows the action. */
  | { readonly kind: 'implicit-deny'; readonly policyType: PolicyType };

/** A condition key that a statement depends on, and whose value in the request is unknown. */
export interface UnknownKey {
  readonly key: string;
  readonly policyType: PolicyType;
  /** `'Sid'`, or the statement's number, from 1. */
  readonly statement: string;
}

/**
 * An Allow that depends on an unknown key does not apply, and a Deny does. So what is allowed, AWS allows whatever the
 * keys are; and what is denied, AWS may decide otherwise where `unknown` names keys.
 */
export type Decision =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: Reason; readonly unknown?: readonly UnknownKey[] };

/** A policy that AWS would not have stored, so that there is nothing to evaluate. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code = 'XAK_LAB_POLICY';
}
