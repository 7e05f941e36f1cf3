import { PolicyError } from '../../src/errors/errors.js';
import { checkSize, policySize, policyText, SIZE_LIMITS } from '../../src/policy/size.js';
import type { PolicyDocument } from '../../src/policy/types.js';

/** A policy of exactly so many bytes. */
function policyOf(bytes: number): PolicyDocument {
  const empty = { Id: '', Statement: [] };
  return { ...empty, Id: 'x'.repeat(bytes - policyText(empty).length) };
}

test.each(['stream', 'consumer', 'key'] as const)(
  'of a %s: the limit itself is taken, one byte more is not',
  (target) => {
    const limit = SIZE_LIMITS[target];
    checkSize(policyOf(limit), target, 'it');

    expect(() => checkSize(policyOf(limit + 1), target, 'it')).toThrow(PolicyError);
    expect(() => checkSize(policyOf(limit + 1), target, 'it')).toThrow(
      `it would have ${limit + 1} bytes; AWS accepts at most ${limit} for a ${target}`,
    );
  },
);

test('bytes are counted, not letters', () => {
  expect(policySize({ Id: '漢', Statement: [] })).toBe(policySize({ Id: 'xxx', Statement: [] }));
});
