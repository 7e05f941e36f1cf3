import { PolicyError } from '../../../src/errors/errors.js';
import { planChange, writeChange } from '../../../src/policy/aws/policy-change.js';
import type { CautionOptions } from '../../../src/policy/cautions.js';
import { policyText } from '../../../src/policy/size.js';
import { readerStatement } from '../helpers/arbitraries.js';
import { OTHER, READER, STREAM } from '../helpers/requests.js';
import { MemoryStore } from './helpers/memory-store.js';

const OURS = readerStatement(READER, 'stream');
const AROUND: CautionOptions = { reader: READER, actions: [], resource: STREAM.arn, owner: STREAM.account };
const OTHERS = { Effect: 'Allow', Principal: { AWS: OTHER.arn }, Action: 'kinesis:PutRecord' } as const;
const BEFORE = policyText({ Version: '2008-10-17', Statement: [OTHERS] });

test('a plan reads and writes nothing', async () => {
  const store = new MemoryStore(BEFORE);

  const { changed, statements } = await planChange(store, 'apply', OURS, AROUND);

  expect(changed).toBe(true);
  expect(statements.map(({ change }) => change)).toEqual(['unchanged', 'added']);
  expect(store).toMatchObject({ done: ['read'], text: BEFORE });
});

test('a plan that would leave a key without a policy is refused, and nothing was called but reading', async () => {
  const before = policyText({ Statement: [OURS] });
  const store = new MemoryStore(before, 'key');

  await expect(planChange(store, 'remove', OURS, AROUND)).rejects.toThrow(PolicyError);

  expect(store).toMatchObject({ done: ['read'], text: before });
});

test('a plan is made of a policy that can only be read', async () => {
  const { target, arn, region } = new MemoryStore(undefined);
  const { after } = await planChange(
    { target, arn, region, read: async () => BEFORE },
    'apply',
    OURS,
    AROUND,
  );

  expect(after?.Statement).toEqual([OTHERS, OURS]);
});

test('what was planned is written after the policy was read again', async () => {
  const store = new MemoryStore(BEFORE);

  await writeChange(await planChange(store, 'apply', OURS, AROUND));

  expect(store.done).toEqual(['read', 'read', 'write']);
  expect(JSON.parse(store.text ?? '')).toEqual({ Version: '2008-10-17', Statement: [OTHERS, OURS] });
});

test('a plan without a change is not written', async () => {
  const store = new MemoryStore(policyText({ Statement: [OURS] }));

  await writeChange(await planChange(store, 'apply', OURS, AROUND));

  expect(store.done).toEqual(['read']);
});

test.each(['apply', 'remove'] as const)(
  '%s: a policy that somebody has changed meanwhile is left alone',
  async (intent) => {
    const store = new MemoryStore(policyText({ Statement: [{ ...OURS, Action: 'kinesis:GetRecords' }] }));
    const plan = await planChange(store, intent, OURS, AROUND);
    store.text = BEFORE;

    await expect(writeChange(plan)).rejects.toThrow(PolicyError);
    await expect(writeChange(plan)).rejects.toThrow(
      `the policy of the stream ${STREAM.arn} was changed by somebody else in the meantime`,
    );
    expect(store.text).toBe(BEFORE);
  },
);

test('a policy that somebody has made meanwhile is left alone', async () => {
  const store = new MemoryStore(undefined);
  const plan = await planChange(store, 'apply', OURS, AROUND);
  store.text = BEFORE;

  await expect(writeChange(plan)).rejects.toThrow('in the meantime');
  expect(store.text).toBe(BEFORE);
});

test('a policy of which nothing is left is deleted', async () => {
  const store = new MemoryStore(policyText({ Statement: [OURS] }));

  await writeChange(await planChange(store, 'remove', OURS, AROUND));

  expect(store).toMatchObject({ text: undefined, done: ['read', 'read', 'delete'] });
});

test('a policy that AWS would find too large is refused, and one that is there already is not', async () => {
  const others = Array.from({ length: 150 }, (_, index) => ({
    ...OTHERS,
    Sid: `Statement${index}`.padEnd(40, 'x'),
  }));
  const store = new MemoryStore(policyText({ Statement: others }));

  await expect(planChange(store, 'apply', OURS, AROUND)).rejects.toThrow(
    /would have \d{5} bytes; AWS accepts at most 20480/,
  );
  expect((await planChange(store, 'remove', OURS, AROUND)).changed).toBe(false);
  expect(store.done).toEqual(['read', 'read']);
});

test('a policy that is not to be understood is refused by its name', async () => {
  await expect(planChange(new MemoryStore('{'), 'apply', OURS, AROUND)).rejects.toThrow(
    `the policy of the stream ${STREAM.arn} can't be used: it is not JSON`,
  );
});
