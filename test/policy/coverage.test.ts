import fc from 'fast-check';
import { hasWildcard, matchesPattern } from '../../src/policy/coverage.js';

test.each([
  ['*', '', true],
  ['*', 'a\nb', true],
  ['a*c', 'abbc', true],
  ['a**c', 'ac', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['abc', 'abcd', false],
  ['abc', 'ABC', false],
  ['a.c', 'abc', false],
  ['a+', 'aa', false],
  ['(a|b)', 'a', false],
  ['a$', 'a', false],
  ['[a]', 'a', false],
  ['a\\d', 'a1', false],
  ['*ab', 'aab', true],
  ['*a?', 'baac', true],
  ['a*', 'a', true],
  ['', '', true],
  ['a', '', false],
  ['*a'.repeat(30), 'a'.repeat(128), true],
  [`${'*a'.repeat(30)}*b`, 'a'.repeat(128), false],
])('%j takes %j: %s', (pattern, text, expected) => {
  expect(matchesPattern(pattern, text)).toBe(expected);
});

test('a text without wildcards takes itself alone', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (pattern, text) => {
      fc.pre(!hasWildcard(pattern));
      expect(matchesPattern(pattern, text)).toBe(pattern === text);
      expect(matchesPattern(pattern, pattern)).toBe(true);
    }),
  );
});

test('wildcards take what a regular expression of the same meaning takes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab*?]{0,8}$/), fc.stringMatching(/^[ab]{0,8}$/), (pattern, text) => {
      const same = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
      expect(matchesPattern(pattern, text)).toBe(same.test(text));
    }),
    { numRuns: 2000 },
  );
});
