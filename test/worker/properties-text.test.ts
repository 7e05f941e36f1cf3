import { parse } from 'dot-properties';
import fc from 'fast-check';
import { toPropertiesText } from '../../src/worker/launcher-properties.js';

const awkward = [' ', '\\', ':', '=', '#', '!', '\n', '\r', '\t', '\f', 'u', 'é', '漢', '😀', '\u2028', '\0'];

test('any keys and values come back, from ASCII', () => {
  const unit = fc.oneof(
    fc.constantFrom(...awkward),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const text = fc.string({ unit });
  const properties = fc.dictionary(
    text.map((tail) => `k${tail}`),
    text,
  );

  fc.assert(
    fc.property(properties, (written) => {
      const file = toPropertiesText(written);

      expect(parse(file)).toEqual({ ...written });
      expect(file).toMatch(/^[\0-\x7f]*$/);
    }),
    { numRuns: 500 },
  );
});

/** Checked against java.util.Properties. */
test.each([
  [' x ', '\\ x '],
  ['C:\\new', 'C:\\\\new'],
  ['#a=b:c!', '#a=b:c!'],
  ['pé漢', 'p\\u00e9\\u6f22'],
  ['a\nb', 'a\\nb'],
])('%p is written as %s', (value, written) => {
  expect(toPropertiesText({ key: value })).toBe(`key = ${written}\n`);
});

test('the first characters of a key that would make it a comment are escaped', () => {
  expect(toPropertiesText({ '#a b': 'c' })).toBe('\\#a\\ b = c\n');
});
