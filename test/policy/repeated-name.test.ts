import fc from 'fast-check';
import { repeatedName } from '../../src/policy/repeated-name.js';

test.each([
  ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', undefined],
  ['{"a":"a:a","b":"\\"a\\":1"}', undefined],
  ['{"a":1,"b":2,"a":3}', 'a'],
  ['{"a":[{"b":{"c":1,"c":2}}]}', 'c'],
  ['{"a":[1],"b":[],"a":2}', 'a'],
  ['{"a":1,"\\u0061":2}', 'a'],
  ['{"a\\"b":1,"a\\"b":2}', 'a"b'],
])('%s: %s', (text, name) => {
  expect(repeatedName(text)).toBe(name);
});

test('what JSON.stringify makes has none', () => {
  fc.assert(fc.property(fc.json(), (text) => expect(repeatedName(text)).toBeUndefined()));
});
