import fc from 'fast-check';
import { changesOfMerge, mergeStatement, removeStatement } from '../../src/policy/merge.js';
import { parsePolicy } from '../../src/policy/parse.js';
import { policyText } from '../../src/policy/size.js';
import type { PolicyDocument } from '../../src/policy/types.js';
import { foreignPolicy, reader, readerStatement, target } from './helpers/arbitraries.js';

const readers = fc.uniqueArray(reader, { minLength: 1, maxLength: 4, selector: ({ arn }) => arn });
/** What is there as a set: the order of statements says nothing. */
const asSet = (policy: PolicyDocument | undefined) =>
  policy && { ...policy, Statement: policy.Statement.map((statement) => JSON.stringify(statement)).sort() };
const merged = (
  policy: PolicyDocument | undefined,
  to: 'stream' | 'consumer' | 'key',
  of: typeof readers extends fc.Arbitrary<infer R> ? R : never,
) =>
  of.reduce<PolicyDocument | undefined>(
    (before, one) => mergeStatement(before, readerStatement(one, to)),
    policy,
  );

test('nothing of what is there is lost, and all of it stays where it is', () => {
  fc.assert(
    fc.property(foreignPolicy, reader, target, (before, one, to) => {
      const after = mergeStatement(before, readerStatement(one, to));

      const old = before?.Statement ?? [];
      expect(after.Statement.slice(0, old.length)).toEqual(old);
      expect({ ...after, Statement: [] }).toEqual({
        ...(before ?? { Version: '2012-10-17' }),
        Statement: [],
      });
    }),
  );
});

test('the reader is let in, whoever has taken its Sid', () => {
  fc.assert(
    fc.property(foreignPolicy, reader, target, (before, one, to) => {
      const { Sid, ...statement } = readerStatement(one, to);

      const found = mergeStatement(before, readerStatement(one, to)).Statement.at(-1);

      expect(found).toMatchObject(statement);
      expect(found?.Sid?.startsWith(Sid ?? '')).toBe(true);
    }),
  );
});

test('a second apply changes nothing', () => {
  fc.assert(
    fc.property(foreignPolicy, reader, target, (before, one, to) => {
      const once = mergeStatement(before, readerStatement(one, to));

      expect(mergeStatement(once, readerStatement(one, to))).toBe(once);
    }),
  );
});

test('a second apply changes nothing when the policy has been written and read in between', () => {
  fc.assert(
    fc.property(foreignPolicy, readers, target, (before, all, to) => {
      const once = parsePolicy(policyText(merged(before, to, all) as PolicyDocument));

      expect(merged(once, to, all)).toBe(once);
    }),
  );
});

test('the order in which readers are let in does not matter', () => {
  fc.assert(
    fc.property(foreignPolicy, readers, target, (before, all, to) => {
      expect(asSet(merged(before, to, all.toReversed()))).toEqual(asSet(merged(before, to, all)));
    }),
  );
});

test('remove after apply is as before', () => {
  fc.assert(
    fc.property(foreignPolicy, reader, target, (before, one, to) => {
      const statement = readerStatement(one, to);

      expect(removeStatement(mergeStatement(before, statement), statement)).toEqual(before);
    }),
  );
});

test('to remove one of several readers leaves what the others would have made', () => {
  fc.assert(
    fc.property(foreignPolicy, readers, target, fc.nat(), (before, all, to, pick) => {
      const gone = all[pick % all.length] as (typeof all)[number];
      const rest = all.filter((one) => one !== gone);

      const after = removeStatement(merged(before, to, all), readerStatement(gone, to));

      expect(asSet(after)).toEqual(asSet(merged(before, to, rest)));
    }),
  );
});

test('to remove a reader that is not there changes nothing', () => {
  fc.assert(
    fc.property(foreignPolicy, reader, target, (before, one, to) => {
      expect(removeStatement(before, readerStatement(one, to))).toBe(before);
    }),
  );
});

test('the Sids that were unique stay so', () => {
  fc.assert(
    fc.property(foreignPolicy, readers, target, (before, all, to) => {
      const old = (before?.Statement ?? []).flatMap(({ Sid = [] }) => Sid);
      const sids = (merged(before, to, all)?.Statement ?? []).flatMap(({ Sid = [] }) => Sid);

      expect(sids.length - new Set(sids).size).toBe(old.length - new Set(old).size);
    }),
  );
});

test('what diff shows is exactly the one statement', () => {
  fc.assert(
    fc.property(foreignPolicy, reader, target, (before, one, to) => {
      const changes = changesOfMerge(before, readerStatement(one, to));

      expect(changes.filter(({ change }) => change !== 'unchanged')).toEqual([
        { change: 'added', after: expect.objectContaining({ Principal: { AWS: one.arn } }) },
      ]);
    }),
  );
});
