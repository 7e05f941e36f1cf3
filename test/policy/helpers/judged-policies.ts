import fc from 'fast-check';
import { evaluate } from '../../../lab/iam/evaluate.js';
import type { Caller, Context, Policy } from '../../../lab/iam/types.js';
import { parseReaderArn, type ReaderArn } from '../../../src/aws/reader-arn.js';
import { CONSUMER_ACTIONS, KEY_ACTIONS, STREAM_ACTIONS } from '../../../src/policy/actions.js';
import type { Access } from '../../../src/policy/coverage.js';
import { onlyForStream } from '../../../src/policy/share-conditions.js';
import { listOf, type PolicyDocument, type Statement } from '../../../src/policy/types.js';
import { CONSUMER, KEY, STREAM } from './requests.js';

/** Policies that are about one reader and a few others, and what the lab's evaluator says of them. */

/** Stands for the stream, a consumer or nothing: see CONTEXTS. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
const VARIABLE = 'arn:aws:kinesis:*:*:stream/${aws:PrincipalTag/stream}';

export type Target = 'stream' | 'consumer' | 'key';

const ACCOUNT = '222222222222';
export const readers = ['role/orders-reader', 'role/teams/data/orders-reader', 'user/orders-reader'].map(
  (resource) => parseReaderArn(`arn:aws:iam::${ACCOUNT}:${resource}`),
);
const SESSIONS = `arn:aws:sts::${ACCOUNT}:assumed-role/orders-reader`;
const OTHER_ROLE = `arn:aws:iam::${ACCOUNT}:role/orders-reader2`;
const THIRD = 'arn:aws:iam::333333333333:role/orders-reader';

/** Everybody whom removing the reader must not touch. */
export const others: readonly Caller[] = [
  { type: 'session', roleArn: OTHER_ROLE, sessionName: 'lab' },
  { type: 'session', roleArn: THIRD, sessionName: 'lab' },
  { type: 'user', arn: `arn:aws:iam::${ACCOUNT}:user/somebody` },
];

export const accessOf = (reader: ReaderArn, target: Target): Access => ({
  reader,
  ...{
    stream: { actions: STREAM_ACTIONS.lambda, resource: STREAM.arn },
    consumer: { actions: CONSUMER_ACTIONS, resource: CONSUMER.arn },
    key: { actions: KEY_ACTIONS, resource: KEY.arn, decryptsFor: STREAM },
  }[target],
});

/** The reader as it may call: under the names of sessions that stand in policies, and under another. */
export function callersOf({ kind, arn }: ReaderArn): readonly Caller[] {
  if (kind === 'user') return [{ type: 'user', arn }];
  return ['lab', 'unnamed'].map((sessionName) => ({ type: 'session', roleArn: arn, sessionName }));
}

const KMS_CONTEXT = Object.fromEntries(
  Object.entries(onlyForStream(STREAM).StringEquals ?? {}).map(([key, value]) => [key, String(value)]),
);
/** What conditions of these policies ask for, and its absence. */
export const CONTEXTS: readonly Context[] = ['o-1', []].flatMap((organization) =>
  [STREAM, CONSUMER, undefined].map((named) => ({
    'aws:PrincipalOrgID': organization,
    'aws:SecureTransport': 'true',
    'aws:PrincipalTag/stream': named?.arn.split('/').slice(1).join('/') ?? [],
  })),
);

function contextsOf(statements: readonly Statement[]): readonly Context[] {
  const conditioned = statements.some(({ Condition }) => Condition !== undefined);
  const varied = statements.some(({ Resource, NotResource }) =>
    [...listOf(Resource), ...listOf(NotResource)].includes(VARIABLE),
  );
  return CONTEXTS.slice(conditioned ? 0 : 3).filter((_, index) => varied || index % 3 === 2);
}

/** Whether the lab allows the caller the action, in each of the contexts: those that make a difference, unless given. */
export function allowed(
  caller: Caller,
  action: string,
  target: Target,
  statements: readonly Statement[],
  contexts = contextsOf(statements),
): boolean[] {
  const { resource } = accessOf(readers[0] as ReaderArn, target);
  const account = caller.type === 'root' ? caller.account : (arnOf(caller).split(':')[4] ?? '');
  const byKinesis = target === 'key' ? { ...KMS_CONTEXT, 'kms:CallerAccount': account } : {};
  const policy = { Version: '2012-10-17', Statement: statements };
  return contexts.map(
    (context) =>
      evaluate(
        {
          caller,
          action,
          resource: { arn: resource, account: STREAM.account },
          context: { ...context, ...byKinesis },
        },
        { identity: FULL_ACCESS, ...(target === 'key' ? { key: policy } : { resource: policy }) },
      ).allowed,
  );
}

const FULL_ACCESS: readonly Policy[] = [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }];

const arnOf = (caller: Exclude<Caller, { type: 'root' }>) =>
  caller.type === 'session' ? caller.roleArn : caller.arn;

const some = <T>(...values: T[]) =>
  fc.oneof(
    fc.constantFrom(...values),
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
  );

const principal = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('*' as const, { Service: 'lambda.amazonaws.com' }) },
  {
    weight: 8,
    arbitrary: some(
      ...readers.map(({ arn }) => arn),
      `${SESSIONS}/lab`,
      `${SESSIONS}2/lab`,
      OTHER_ROLE,
      THIRD,
      ACCOUNT,
      `arn:aws:iam::${ACCOUNT}:root`,
      '333333333333',
      '*',
      'AROAEXAMPLE1234567890',
    ).map((AWS) => ({ AWS })),
  },
);
const actions = some(
  'kinesis:GetRecords',
  'Kinesis:getrecords',
  'kinesis:ListShards',
  'kinesis:SubscribeToShard',
  'kms:Decrypt',
  'kms:GenerateDataKey',
  'kinesis:PutRecord',
  'kinesis:Get*',
  'kinesis:*',
  'kms:*',
  '*',
);
const resources = some(
  '*',
  STREAM.arn,
  CONSUMER.arn,
  KEY.arn,
  `${STREAM.arn}2`,
  'arn:aws:kinesis:*:*:stream/ord*',
  `${STREAM.arn}/consumer/*`,
  VARIABLE,
);
const condition: fc.Arbitrary<Statement['Condition']> = fc.constantFrom(
  undefined,
  undefined,
  { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } },
  { StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } },
  { Bool: { 'aws:SecureTransport': 'false' } },
  ...readers.flatMap(({ arn }) => [
    { ArnEquals: { 'aws:PrincipalArn': arn } },
    { StringEquals: { 'aws:PrincipalARN': [THIRD, arn] } },
    { ArnNotEquals: { 'aws:PrincipalArn': [arn, THIRD] } },
  ]),
  { ArnLike: { 'aws:PrincipalArn': [`arn:aws:iam::${ACCOUNT}:role/*`, THIRD] } },
  { StringNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:*` } },
  { StringEquals: { 'aws:PrincipalAccount': '333333333333' } },
  { StringNotEqualsIfExists: { 'aws:PrincipalAccount': [ACCOUNT, '333333333333'] } },
  { Null: { 'aws:PrincipalArn': 'true' } },
);
/** A Kinesis call has no keys of KMS. */
const keyCondition: fc.Arbitrary<Statement['Condition']> = fc.constantFrom(
  onlyForStream(STREAM),
  { StringEquals: { 'kms:EncryptionContext:aws:kinesis:arn': [STREAM.arn, `${STREAM.arn}2`] } },
  { StringEquals: { 'kms:EncryptionContext:aws:kinesis:arn': STREAM.arn, 'aws:PrincipalOrgID': 'o-1' } },
  { StringEquals: { 'kms:EncryptionContext:aws:kinesis:arn': `${STREAM.arn}2` } },
  { StringLike: { 'kms:ViaService': 'kinesis.*' } },
);

export const statement = (effect: fc.Arbitrary<Statement['Effect']>, to: Target): fc.Arbitrary<Statement> =>
  fc
    .tuple(
      effect,
      fc.oneof(
        { weight: 4, arbitrary: principal.map((Principal) => ({ Principal })) },
        { weight: 1, arbitrary: principal.map((NotPrincipal) => ({ NotPrincipal })) },
      ),
      fc.oneof(
        { weight: 4, arbitrary: actions.map((Action) => ({ Action })) },
        { weight: 1, arbitrary: actions.map((NotAction) => ({ NotAction })) },
      ),
      fc.oneof(
        { weight: 4, arbitrary: resources.map((Resource) => ({ Resource })) },
        { weight: 1, arbitrary: resources.map((NotResource) => ({ NotResource })) },
      ),
      to === 'key' ? fc.oneof(condition, keyCondition) : condition,
    )
    .map(
      ([Effect, who, what, where, Condition]): Statement => ({
        Effect,
        ...who,
        ...what,
        ...where,
        ...(Condition && { Condition }),
      }),
    );

/** A policy for one of the targets, and the reader that is to be removed from it. */
export interface Case {
  readonly target: Target;
  readonly reader: ReaderArn;
  readonly policy: PolicyDocument;
  /** One of the actions that reading takes there. */
  readonly action: string;
}

const ofTarget = (target: Target) =>
  fc.record({
    target: fc.constant(target),
    reader: fc.constantFrom(...readers),
    policy: fc
      .array(statement(fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'), target), {
        minLength: 1,
        maxLength: 3,
      })
      .map((Statement) => ({ Version: '2012-10-17' as const, Statement })),
    action: fc.constantFrom(...accessOf(readers[0] as ReaderArn, target).actions),
  });

export const cases: fc.Arbitrary<Case> = fc.oneof(ofTarget('stream'), ofTarget('consumer'), ofTarget('key'));

const denialOn = (target: Target) =>
  fc.record({
    target: fc.constant(target),
    reader: fc.constantFrom(...readers),
    deny: statement(fc.constant('Deny'), target),
    action: fc.constantFrom(...accessOf(readers[0] as ReaderArn, target).actions),
  });

export const denials = fc.oneof(denialOn('stream'), denialOn('consumer'), denialOn('key'));
