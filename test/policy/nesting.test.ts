import { nestingOf } from '../../src/policy/nesting.js';
import { repeatedName } from '../../src/policy/repeated-name.js';

test.each([
  ['1', 0],
  ['{}', 1],
  ['[[],{"a":[]}]', 3],
  ['["[[{","\\"[",{}]', 2],
])('%s is nested %p deep', (text, depth) => {
  expect(nestingOf(text)).toBe(depth);
});

test('a very long text does not exhaust the stack', () => {
  const text = `["${'x'.repeat(20_000_000)}"]`;
  expect(nestingOf(text)).toBe(1);
  expect(repeatedName(text)).toBeUndefined();
});
