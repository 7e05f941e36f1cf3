import { planAsJson, renderPlan } from '../../src/cli/policy-plan-output.js';
import { type Intent, planChange } from '../../src/policy/aws/policy-change.js';
import type { SharePlan } from '../../src/policy/aws/share-plan.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { MemoryStore } from '../policy/aws/helpers/memory-store.js';
import { readerStatement } from '../policy/helpers/arbitraries.js';
import { KEY, OTHER, READER, STREAM } from '../policy/helpers/requests.js';

const OURS = readerStatement(READER, 'stream');
const KEY_STATEMENT = readerStatement(READER, 'key');
const OTHERS: Statement = {
  Sid: 'Write',
  Effect: 'Allow',
  Principal: { AWS: [OTHER.arn, '*'], Service: 'lambda.amazonaws.com' },
  Action: 'kinesis:PutRecord',
};
/** Of the policy with both. */
const SIZE = JSON.stringify({ Statement: [OTHERS, OURS] }).length;
const AROUND = {
  reader: READER,
  actions: ['kinesis:GetRecords'],
  resource: STREAM.arn,
  owner: STREAM.account,
};

async function planOf(
  before: PolicyDocument | undefined,
  intent: Intent = 'apply',
  target: 'stream' | 'key' = 'stream',
): Promise<SharePlan> {
  const store = new MemoryStore(before && JSON.stringify(before), target);
  const around = { ...AROUND, removal: intent === 'remove', ...(target === 'key' && { resource: KEY.arn }) };
  const change = await planChange(store, intent, target === 'key' ? KEY_STATEMENT : OURS, around);
  return {
    encryption: { kind: 'none' },
    changes: [change],
    elsewhere: [],
    failures: [],
    notes: [],
    remaining: [],
  };
}

test('a statement that comes in addition is shown in full, and the others by their names', async () => {
  expect(renderPlan(await planOf({ Statement: [OTHERS] }), [])).toBe(
    [
      `Policy of the stream ${STREAM.arn} (${SIZE} of 20480 bytes)`,
      '  = Write: Allow AWS: arn:aws:iam::333333333333:role/orders-reader, AWS: *, Service: lambda.amazonaws.com',
      `  + ${OURS.Sid}: Allow AWS: ${READER.arn}`,
      '      Action: kinesis:DescribeStream, kinesis:DescribeStreamSummary, kinesis:ListShards, kinesis:GetShardIterator, kinesis:GetRecords',
      `      Resource: ${STREAM.arn}`,
      '  ! Write allows every principal of every account',
      '',
    ].join('\n'),
  );
});

test('of a changed statement the fields are shown that differ, item by item', async () => {
  const Condition = { StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } };
  const before = { ...KEY_STATEMENT, Action: ['kms:Encrypt', 'kms:Decrypt'], Condition };

  const text = renderPlan(await planOf({ Statement: [before] }, 'apply', 'key'), []);

  expect(text.split('\n').slice(1)).toEqual([
    `  ~ ${KEY_STATEMENT.Sid}: Allow AWS: ${READER.arn}`,
    '      Action:',
    '        - kms:Encrypt',
    '      Condition:',
    '        - kms:ViaService StringEquals s3.eu-west-1.amazonaws.com',
    '        + kms:ViaService StringEquals kinesis.eu-west-1.amazonaws.com',
    `        + kms:EncryptionContext:aws:kinesis:arn StringEquals ${STREAM.arn}`,
    '',
  ]);
});

test('a condition that others have added stays, which is said', async () => {
  const Condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } };
  const plan = await planOf({ Statement: [{ ...OURS, Condition }] });

  expect(plan.changes[0]?.changed).toBe(false);
  expect(renderPlan(plan, []).split('\n').slice(1)).toEqual([
    `  = ${OURS.Sid}: Allow AWS: ${READER.arn}`,
    `  ! ${OURS.Sid} keeps aws:PrincipalOrgID StringEquals o-a1b2c3d4e5, beyond what is asked for: it allows the reader only while that holds`,
    '',
  ]);
});

test('statements without a Sid, or with the same, are told apart by their place', async () => {
  const reading = (AWS: string | string[], rest: Partial<Statement> = {}): Statement => ({
    Effect: 'Allow',
    Principal: { AWS },
    Action: 'kinesis:GetRecords',
    ...rest,
  });
  const before = [
    reading(READER.arn, { Sid: '' }),
    reading([READER.arn, OTHER.arn], { Sid: '' }),
    reading('*'),
    reading(OTHER.arn, { Sid: 'Same' }),
    reading([OTHER.arn, READER.arn], { Sid: 'Same' }),
  ];

  expect(
    renderPlan(await planOf({ Statement: before }, 'remove'), [])
      .split('\n')
      .slice(1),
  ).toEqual([
    `  - statement 1: Allow AWS: ${READER.arn}`,
    '      Action: kinesis:GetRecords',
    `  ~ statement 2: Allow AWS: ${OTHER.arn}`,
    '      Principal:',
    `        - AWS: ${READER.arn}`,
    '  = statement 3: Allow AWS: *',
    `  = Same (statement 4): Allow AWS: ${OTHER.arn}`,
    `  ~ Same (statement 5): Allow AWS: ${OTHER.arn}`,
    '      Principal:',
    `        - AWS: ${READER.arn}`,
    // By the place in the policy in force, although one that stands before it goes.
    expect.stringMatching(/^ {2}! statement 3 may still allow \S+role\/orders-reader kinesis:GetRecords: /),
    '  ! statement 3 allows every principal of every account',
    '  ! Same (statement 5) has a Sid that an earlier one has too',
    '',
  ]);
});

test('what has no effect in the policy of a key is shown, and stays', async () => {
  const odd = [
    { Effect: 'Deny', Principal: '*', Resource: '*' },
    { Sid: '', Effect: 'Allow', Principal: { AWS: [] }, Action: [], Resource: '*' },
  ] as Statement[];
  const plan = await planOf({ Statement: odd }, 'apply', 'key');

  expect(plan.changes[0]?.after?.Statement.slice(0, 2)).toEqual(odd);
  expect(renderPlan(plan, [])).toMatch(
    /\n {2}= statement 1: Deny \*\n {2}= statement 2: Allow nobody\n[\s\S]*! statement 1 has no Action: KMS accepts it, and it has no effect\n {2}! statement 2 has an empty list as its Action, and no effect\n/,
  );
});

test('a long Sid is cut', async () => {
  const long: Statement = { ...OTHERS, Sid: 'a'.repeat(5_000), Principal: '*' };

  const text = renderPlan(await planOf({ Statement: [long] }), []);

  expect(text).toContain(`\n  = ${'a'.repeat(100)}… (4900 characters more): Allow *\n`);
});

test('of a condition each key has its line', async () => {
  const before = { ...OTHERS, Sid: OURS.Sid as string, Principal: { AWS: READER.arn } };
  const Condition = { StringEquals: { 'kms:ViaService': ['a', 'b'], 'aws:PrincipalOrgID': 'o' } };

  const text = renderPlan(await planOf({ Statement: [{ ...before, Condition }] }, 'remove'), []);

  expect(text).toMatch(
    / {6}Condition: kms:ViaService StringEquals a or b\n {6}Condition: aws:PrincipalOrgID StringEquals o\n/,
  );
});

test('a policy that goes is said to be deleted, and a statement that goes is shown', async () => {
  const text = renderPlan(await planOf({ Statement: [OURS] }, 'remove'), []);

  expect(text).toContain('(no statement is left: it will be deleted)');
  expect(text).toContain(`  - ${OURS.Sid}: Allow`);
});

test('no policy at all is said', async () => {
  expect(renderPlan(await planOf(undefined, 'remove'), [])).toContain('(there is none)');
});

test('a statement without a Sid, and one for all but somebody, are named', async () => {
  const { Sid: _, ...nameless } = OTHERS;
  const allBut: Statement = { Effect: 'Deny', NotPrincipal: { AWS: 'x' }, Action: 'a:b' };

  const text = renderPlan(await planOf({ Statement: [nameless, allBut] }), []);

  expect(text).toMatch(/= statement 1: Allow AWS: /);
  expect(text).toMatch(/= statement 2: Deny all but AWS: x/);
  expect(text).toMatch(/! statement 1 allows every principal/);
});

test('signs that a terminal would obey are shown, and do not make lines of their own', async () => {
  const sly: Statement = { ...OTHERS, Sid: 'a\n  = b\u001b[2J\u202ec漢', Principal: '*' };

  const text = renderPlan(await planOf({ Statement: [sly] }), []);

  const shown = 'a\\u000a  = b\\u001b[2J\\u202ec漢';
  expect(text).toContain(`\n  = ${shown}: Allow *\n`);
  expect(text).toContain(`\n  ! ${shown} allows every principal`);
});

test('notes and steps stand at the end', async () => {
  const plan = { ...(await planOf(undefined)), notes: ['mind this'] };

  expect(renderPlan(plan, ['First', 'Then'])).toMatch(
    /! mind this\n\nThe stream is encrypted with the AWS managed key, .*:\n {2}1\. First\n {2}2\. Then\n$/,
  );
});

test('JSON has the documented fields', async () => {
  const plan = await planOf({ Statement: [OTHERS] });

  expect(JSON.parse(planAsJson(plan, ['First']))).toEqual({
    encryption: { kind: 'none', key: null },
    policies: [
      {
        target: 'stream',
        arn: STREAM.arn,
        changed: true,
        size: SIZE,
        sizeLimit: 20_480,
        policy: { Statement: [OTHERS, OURS] },
        statements: [
          { change: 'unchanged', before: OTHERS, after: OTHERS },
          { change: 'added', after: OURS },
        ],
        cautions: [
          {
            code: 'everyone',
            rank: 'risk',
            statement: 1,
            sid: 'Write',
            message: 'allows every principal of every account',
          },
        ],
      },
    ],
    elsewhere: [],
    notes: [],
    steps: ['First'],
  });
});
