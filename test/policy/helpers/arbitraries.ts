import fc from 'fast-check';
import { parseReaderArn, type ReaderArn } from '../../../src/aws/reader-arn.js';
import { grantByOwner } from '../../../src/policy/grants.js';
import type { ReaderStatement } from '../../../src/policy/merge.js';
import { awsPrincipals, isGone } from '../../../src/policy/principals.js';
import type { PolicyDocument, Statement } from '../../../src/policy/types.js';
import { CONSUMER, KEY, STREAM } from './requests.js';

const account = fc.constantFrom('111111111111', '222222222222', '333333333333');
const name = fc.stringMatching(/^[\w+=,.@-]{1,12}$/);

/** Few accounts and short names, so that one and the same reader comes up often. */
export const reader: fc.Arbitrary<ReaderArn> = fc
  .record({
    account,
    kind: fc.constantFrom('role', 'user'),
    path: fc.constantFrom('/', '/teams/data/'),
    name: fc.oneof(fc.constantFrom('reader', 'Reader', 'rea-der', 'rea.der'), name),
  })
  .map((parts) => parseReaderArn(`arn:aws:iam::${parts.account}:${parts.kind}${parts.path}${parts.name}`));

/** What the tool puts into the policy of a stream, a consumer or a key. */
export function readerStatement(of: ReaderArn, target: 'stream' | 'consumer' | 'key'): ReaderStatement {
  const request = { for: 'lambda', stream: STREAM, reader: of, consumer: CONSUMER, key: KEY } as const;
  const { streamPolicy, consumerPolicy, keyPolicyStatement } = grantByOwner(request);
  const found = {
    stream: streamPolicy.Statement[0],
    consumer: consumerPolicy?.Statement[0],
    key: keyPolicyStatement,
  };
  return found[target] as ReaderStatement;
}

export const target = fc.constantFrom('stream' as const, 'consumer' as const, 'key' as const);

const oneOrMany = (text: fc.Arbitrary<string>) =>
  fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }));

const principal = fc.oneof(
  fc.constant('*' as const),
  fc.record(
    {
      AWS: oneOrMany(
        fc.oneof(
          account,
          account.map((id) => `arn:aws:iam::${id}:root`),
          account.map((id) => `arn:aws:iam::${id}:role/somebody`),
          fc.constant('*'),
          fc.constant('AROAEXAMPLE1234567890'),
        ),
      ),
      Service: oneOrMany(fc.constantFrom('firehose.amazonaws.com', 'lambda.amazonaws.com')),
    },
    { requiredKeys: ['AWS'] },
  ),
);
const action = fc.constantFrom(
  'kinesis:*',
  'kinesis:GetRecords',
  'kinesis:PutRecord',
  'kms:*',
  '*',
  'kms:Decrypt',
);
const condition = fc.dictionary(
  fc.constantFrom('StringEquals', 'ArnLike', 'NumericLessThan'),
  fc.dictionary(
    fc.constantFrom('aws:PrincipalOrgID', 'aws:SourceArn', 'kms:ViaService'),
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.array(fc.string(), { minLength: 1 }),
    ),
    { minKeys: 1, noNullPrototype: true },
  ),
  { minKeys: 1, noNullPrototype: true },
);

/** Any statement of somebody else's, as AWS may keep it. Its Sid may be one that the tool would have taken. */
export const foreignStatement: fc.Arbitrary<Statement> = fc
  .tuple(
    fc.oneof(
      principal.map((Principal) => ({ Principal })),
      principal.map((NotPrincipal) => ({ NotPrincipal })),
    ),
    fc.oneof(
      oneOrMany(action).map((Action) => ({ Action })),
      oneOrMany(action).map((NotAction) => ({ NotAction })),
    ),
    fc.record(
      {
        Sid: fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.tuple(reader, target).map(([of, to]) => readerStatement(of, to).Sid ?? ''),
        ),
        Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
        Resource: oneOrMany(fc.constantFrom('*', STREAM.arn, `${STREAM.arn}/*`)),
        Condition: condition,
      },
      { requiredKeys: ['Effect'] },
    ),
  )
  .map(([who, what, rest]): Statement => ({ ...rest, ...who, ...what }))
  // A reader's Sid with the id of what is gone is the reader's own statement, from before its role was made again.
  .filter(
    ({ Sid = '', Principal }) => !(/^(Read|Decrypt)/.test(Sid) && awsPrincipals(Principal).some(isGone)),
  );

/** A policy of others, or none. */
export const foreignPolicy: fc.Arbitrary<PolicyDocument | undefined> = fc.option(
  fc.record(
    {
      Version: fc.constantFrom('2012-10-17' as const, '2008-10-17' as const),
      Id: fc.string(),
      Statement: fc.array(foreignStatement, { minLength: 1, maxLength: 6 }),
    },
    { requiredKeys: ['Statement'] },
  ),
  { nil: undefined },
);
