import { planAsJson, renderPlan } from '../../src/cli/policy-plan-output.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { type Intent, planChange } from '../../src/sharing/policy-change.js';
import type { SharePlan } from '../../src/sharing/share-plan.js';
import { readerStatement } from '../policy/helpers/arbitraries.js';
import { OTHER, READER, STREAM } from '../policy/helpers/requests.js';
import { MemoryStore } from '../sharing/helpers/memory-store.js';

const OURS = readerStatement(READER, 'stream');
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

async function planOf(before: PolicyDocument | undefined, intent: Intent = 'apply'): Promise<SharePlan> {
  const store = new MemoryStore(before && JSON.stringify(before));
  const change = await planChange(store, intent, OURS, { ...AROUND, removal: intent === 'remove' });
  return { encryption: { kind: 'none' }, changes: [change], notes: [], remaining: [] };
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
  const before = {
    ...OURS,
    Action: ['kinesis:PutRecord', 'kinesis:GetRecords'],
    Condition: { Bool: { 'aws:SecureTransport': 'true' } },
  };

  const text = renderPlan(await planOf({ Statement: [before] }), []);

  expect(text.split('\n').slice(1)).toEqual([
    `  ~ ${OURS.Sid}: Allow AWS: ${READER.arn}`,
    '      Action:',
    '        - kinesis:PutRecord',
    '        + kinesis:DescribeStream',
    '        + kinesis:DescribeStreamSummary',
    '        + kinesis:ListShards',
    '        + kinesis:GetShardIterator',
    '      Condition:',
    '        - aws:SecureTransport Bool true',
    '',
  ]);
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

  expect(text).toContain('(nothing is left of it: it will be deleted)');
  expect(text).toContain(`  - ${OURS.Sid}: Allow`);
});

test('no policy at all is said', async () => {
  expect(renderPlan(await planOf(undefined, 'remove'), [])).toContain('(there is none)');
});

test('a statement without a Sid, and one for all but somebody, are named', async () => {
  const { Sid: _, ...nameless } = OTHERS;
  const allBut: Statement = { Effect: 'Deny', NotPrincipal: { AWS: 'x' }, Action: 'a:b' };

  const text = renderPlan(await planOf({ Statement: [nameless, allBut] }), []);

  expect(text).toMatch(/= \(no Sid\): Allow AWS: /);
  expect(text).toMatch(/= \(no Sid\): Deny all but AWS: x/);
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
            statement: 1,
            sid: 'Write',
            message: 'allows every principal of every account',
          },
        ],
      },
    ],
    notes: [],
    steps: ['First'],
  });
});
