import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** What is put together as text would be quoted here, and forgotten there. */
test('no other source puts a command together', () => {
  const text = /`[^`]*\b(?:aws [a-z-]+ [a-z-]+|(?:cross-account-kcl|cli\.js) [a-z]+|node --\w+) [^`]*\$\{/;
  const sources = ['src', 'scripts', 'lab'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );

  expect(text.test('`cross-account-kcl policy apply --reader $' + '{reader.arn}`')).toBe(true);
  expect(sources.filter((file) => text.test(readFileSync(file, 'utf8')))).toEqual([]);
});

test('a value that begins with a dash stays the value of its option', () => {
  expect(option('--role-name', '-x')).toEqual(['--role-name=-x']);
  expect(option('--role-name', 'x-')).toEqual(['--role-name', 'x-']);
  expect(option('--role-name', undefined)).toEqual([]);
});
