import { mutantsOf } from '../../scripts/mutate.js';

test.each<[string, string, string[]]>([
  ['operators', 'return a === b && !c;', [' === ', ' && ']],
  ['a comparison', 'if (!a || b < 3) return true;', ['if (!', ' || ', ' < ', 'true']],
  ['calls', 'return !all.every(f);', ['return !', '.every(']],
  ['not parts of names', 'const trueName = falseName;', []],
  ['not texts', `const a = 'x === y' + "a && b";`, [' + ']],
  ['not comments', '/** a && b */ f(); // a || b', []],
  ['not regular expressions', 'const a = / && |[/] || /.test(b) || c;', [' || ']],
])('%s', (_, code, expected) => {
  const mutants = mutantsOf('a.js', code);
  expect(mutants.map(({ from }) => from)).toEqual(expected);
  for (const { offset, from } of mutants) expect(code.slice(offset, offset + from.length)).toBe(from);
});
