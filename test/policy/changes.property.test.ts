import fc from 'fast-check';
import { changeOf, type StatementChange } from '../../src/policy/diff.js';
import {
  changesOfMerge,
  changesOfRemoval,
  isEarlier,
  mergeStatement,
  removeStatement,
} from '../../src/policy/merge.js';
import { parsePolicy } from '../../src/policy/parse.js';
import { policyText } from '../../src/policy/size.js';
import type { PolicyDocument, Statement } from '../../src/policy/types.js';
import { foreignStatement, readerStatement } from './helpers/arbitraries.js';
import { OTHER, READER } from './helpers/requests.js';

const OURS = readerStatement(READER, 'key');
const sid = fc.constantFrom(
  {},
  { Sid: '' },
  { Sid: ' ' },
  { Sid: 'Same' },
  { Sid: OURS.Sid as string },
  { Sid: `${OURS.Sid}2` },
);
/** What the reader is named in, alone and with others; much of it under the same Sid or none. */
const withReader = fc
  .record({
    sid,
    AWS: fc.constantFrom(READER.arn, [READER.arn, OTHER.arn], [OTHER.arn], OTHER.arn),
    Effect: fc.constantFrom('Allow' as const, 'Deny' as const),
    rest: fc.constantFrom(
      {},
      { Action: 'kms:Decrypt' },
      { Action: [] },
      { Resource: '*', Action: 'kms:*' },
      OURS,
    ),
    expiry: fc.constantFrom(
      {},
      { Condition: { DateLessThan: { 'aws:CurrentTime': '2027-01-01T00:00:00Z' } } },
    ),
  })
  .map(({ sid: { Sid }, AWS, Effect, rest, expiry }): Statement => {
    const { Sid: _, ...others } = rest as Partial<Statement>;
    return { ...(Sid === undefined ? {} : { Sid }), ...expiry, ...others, Effect, Principal: { AWS } };
  });
const policies = fc
  .array(fc.oneof(withReader, foreignStatement), { minLength: 1, maxLength: 7 })
  // Some stand twice.
  .chain((list) => fc.subarray(list).map((again): PolicyDocument => ({ Statement: [...list, ...again] })));

const before = (change: StatementChange) => (change.change === 'added' ? undefined : change.before);
const after = (change: StatementChange) => (change.change === 'removed' ? undefined : change.after);
const present = (statements: (Statement | undefined)[]) => statements.filter((one) => one !== undefined);

test('what a plan shows of apply is what apply does to each statement, by its place', () => {
  fc.assert(
    fc.property(policies, (policy) => {
      const changes = changesOfMerge(policy, OURS);

      expect(present(changes.map(before))).toEqual(policy.Statement);
      expect(present(changes.map(after))).toEqual(mergeStatement(policy, OURS).Statement);
      // At most one is written, and what is touched is the reader's own, of which one is left.
      const written = changes.filter(({ change }) => change === 'added' || change === 'changed');
      expect(written.length).toBeLessThanOrEqual(1);
      for (const change of changes)
        if (change.change === 'changed' || change.change === 'removed') {
          expect(isEarlier(change.before, OURS)).toBe(true);
        }
      expect(present(changes.map(after)).filter((one) => isEarlier(one, OURS))).toHaveLength(1);
    }),
    { numRuns: 300 },
  );
});

test('what a plan shows of remove is what remove does to each statement, by its place', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(policies, (policy) => {
      const changes = changesOfRemoval(policy, OURS);

      expect(changes.map(before)).toEqual(policy.Statement);
      expect(present(changes.map(after))).toEqual(removeStatement(policy, OURS)?.Statement ?? []);
      for (const one of changes) {
        seen.add(one.change);
        // What is left of a statement is its own: the same but for whom it is about.
        if (one.change === 'changed') {
          const others = one.fields.filter(({ field }) => field !== 'Principal' && field !== 'Condition');
          expect(others).toEqual([]);
        }
        if (one.change === 'unchanged') expect(changeOf(one.before, one.after).change).toBe('unchanged');
      }
    }),
    { numRuns: 300 },
  );
  expect([...seen].sort()).toEqual(['changed', 'removed', 'unchanged']);
});

test("what is odd in a key's policy is written back to the letter", () => {
  fc.assert(
    fc.property(policies, (policy) => {
      const text = policyText({
        ...policy,
        Statement: [...policy.Statement, { Effect: 'Deny', Principal: {} }],
      });

      const read = parsePolicy(text, { kind: 'key' });
      const { Statement } = mergeStatement(read, OURS);

      expect(policyText(read)).toBe(text);
      const others = read.Statement.filter((one) => !isEarlier(one, OURS));
      expect(Statement.filter((one) => others.includes(one))).toEqual(others);
    }),
  );
});
