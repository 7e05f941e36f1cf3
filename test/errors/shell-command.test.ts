import { option, shellCommand, shellExport } from '../../src/errors/shell-command.js';
import { HOSTILE, pasted } from '../helpers/pasted.js';

test('words that no shell looks at stand as they are', () => {
  const words = ['aws', '--region=eu-west-1', 'arn:aws:iam::222222222222:role/a/b', 'me@example.com,+x'];

  expect(shellCommand(words)).toBe(words.join(' '));
});

test.each(['file', 'terminal'] as const)('bash hands a program the arguments as they are: %s', (how) => {
  const script = HOSTILE.map((text) => shellCommand(['aws', text, `a${text}`, `${text}/b`])).join('\n');

  expect(pasted(script, how)).toEqual(HOSTILE.map((text) => ['aws', text, `a${text}`, `${text}/b`]));
});

test('a command is one line without signs that a terminal obeys', () => {
  for (const text of HOSTILE) expect(shellCommand([text])).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
});

test.each(HOSTILE)('a variable may be %j', (text) => {
  const script = `${shellCommand(['aws', 'a'], { A_B: text })}\n${shellExport({ A_B: text })}\naws "$A_B"`;

  expect(pasted(script)).toEqual([
    ['aws', 'a'],
    ['aws', text],
  ]);
});

test('a value that begins with a dash stays the value of its option', () => {
  expect(option('--role-name', '-x')).toEqual(['--role-name=-x']);
  expect(option('--role-name', 'x-')).toEqual(['--role-name', 'x-']);
  expect(option('--role-name', undefined)).toEqual([]);
});
