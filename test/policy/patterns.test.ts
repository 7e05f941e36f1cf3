import fc from 'fast-check';
import { hasWildcard, matchesPattern } from '../../src/policy/patterns.js';

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
