import { hclBlock, hclList, hclText } from '../../src/policy/terraform.js';

test.each([
  ['a b', '"a b"'],
  ['"\\', '"\\"\\\\"'],
  ['\n\t', '"\\n\\t"'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text itself
  ['${a}', '"\\u0024{a}"'],
  // `$${` would be the escape of `${`, and lose a sign.
  ['$${a}', '"$\\u0024{a}"'],
  ['%{if}%%{', '"\\u0025{if}%\\u0025{"'],
  ['$ % {} $x', '"$ % {} $x"'],
])('the text %s is written %s', (text, literal) => {
  expect(hclText(text)).toBe(literal);
});

test('a list of one is on one line, a longer one has a line for each', () => {
  expect(hclList([])).toBe('[]');
  expect(hclList(['a'])).toBe('["a"]');
  expect(hclList(['a', 'b'])).toBe('[\n  "a",\n  "b",\n]');
});

test('equals signs are aligned as terraform fmt does it', () => {
  const block = hclBlock(
    'statement',
    { a: '1', long: '2', list: '[\n  3,\n]', b: '4', other: '5' },
    'inner {\n}',
  );

  expect(block).toBe(
    [
      'statement {',
      '  a    = 1',
      '  long = 2',
      '  list = [',
      '    3,',
      '  ]',
      '  b     = 4',
      '  other = 5',
      '',
      '  inner {',
      '  }',
      '}',
    ].join('\n'),
  );
});
