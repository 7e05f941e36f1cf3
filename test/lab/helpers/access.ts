import { evaluate } from '../../../lab/iam/evaluate.js';
import type {
  AccessRequest,
  Caller,
  Decision,
  OneOrMany,
  Policy,
  PolicySet,
  Statement,
} from '../../../lab/iam/types.js';

export const OWNER = '111111111111';
export const READER = '222222222222';
export const ACTION = 'kinesis:GetRecords';

/** A stream of the owner, and one of the reader's own. */
export const SHARED = `arn:aws:kinesis:us-east-1:${OWNER}:stream/orders`;
export const OWN = `arn:aws:kinesis:us-east-1:${READER}:stream/orders`;
export const CONSUMER = `${SHARED}/consumer/shared:1700000000`;
export const KEY = `arn:aws:kms:us-east-1:${READER}:key/11111111-2222-3333-4444-555555555555`;
export const SHARED_KEY = KEY.replace(READER, OWNER);

export const USER = `arn:aws:iam::${READER}:user/team/rita`;
/** With a path, which the session's ARN leaves out. */
export const ROLE = `arn:aws:iam::${READER}:role/team/reader`;
export const SESSION = `arn:aws:sts::${READER}:assumed-role/reader/session`;
export const ROOT = `arn:aws:iam::${READER}:root`;

export const user: Caller = { type: 'user', arn: USER };
export const role: Caller = { type: 'role', arn: ROLE };
export const session: Caller = { type: 'session', roleArn: ROLE, sessionName: 'session' };
export const root: Caller = { type: 'root', account: READER, partition: 'aws' };

type Elements = Partial<Statement>;

export function policy(statement: OneOrMany<Statement>, Version = '2012-10-17'): Policy {
  return { Version, Statement: statement };
}

/** Everything, unless said otherwise; an element that is replaced by its opposite is left out. */
function statement(Effect: Statement['Effect'], elements: Elements): Statement {
  return {
    Effect,
    ...('NotAction' in elements ? {} : { Action: '*' }),
    ...('NotResource' in elements ? {} : { Resource: '*' }),
    ...elements,
  };
}

export const allow = (elements: Elements = {}): Statement => statement('Allow', elements);
export const deny = (elements: Elements = {}): Statement => statement('Deny', elements);
/** Allows everything to that AWS principal. */
export const grant = (principal: OneOrMany<string>, elements: Elements = {}): Policy =>
  policy(allow({ Principal: { AWS: principal }, ...elements }));

const OF_STREAM = [
  'DescribeStream',
  'DescribeStreamSummary',
  'GetRecords',
  'GetShardIterator',
  'ListShards',
  'PutRecord',
  'PutRecords',
];
const OF_CONSUMER = ['DescribeStreamConsumer', 'SubscribeToShard'];

/** All that can be shared of a stream or consumer, in a form that PutResourcePolicy takes. */
export function sharedWith(arn: string, principal: OneOrMany<string>, elements: Elements = {}): Policy {
  const actions = arn.includes('/consumer/') ? OF_CONSUMER : OF_STREAM;
  const Action = actions.map((action) => `kinesis:${action}`);
  return grant(principal, { Action, Resource: arn, ...elements });
}

export const ALL: Policy = policy(allow());
/** Allows something else, so that it is there and allows nothing that is asked. */
export const OTHER: Policy = policy(allow({ Action: 'sqs:SendMessage' }));

export type Asked = Partial<Omit<AccessRequest, 'resource'>> & { resource?: string };

/** The request of a role's session for a stream of its own account, unless said otherwise. */
export function asked({ resource = OWN, ...request }: Asked = {}): AccessRequest {
  return {
    caller: session,
    action: ACTION,
    resource: { arn: resource, account: resource.split(':')[4] || READER },
    ...request,
  };
}

/** In short: `allowed`, `denied: identity-based Sid`, `no identity-based`. */
export function outcome(policies: PolicySet, request: Asked = {}): string {
  return inShort(evaluate(asked(request), policies));
}

function inShort(decision: Decision): string {
  if (decision.allowed) return 'allowed';
  const { reason } = decision;
  if (reason.kind === 'implicit-deny') return `no ${reason.policyType}`;
  return ['denied:', reason.policyType, reason.sid].filter(Boolean).join(' ');
}
