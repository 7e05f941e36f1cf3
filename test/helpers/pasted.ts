import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs that printed commands call. */
const STAND_INS = ['aws', 'cross-account-kcl', 'node'];
/** What the commands for policies write. */
const OWN_FILE = /^(?:(?:new-)?policy-|statement-)[\w.-]+\.json$|^one-reader\.jq$|^aws-error\.txt$/;
/** Like a terminal's: with its history, whose `!` is replaced. */
const INTERACTIVE = ['bash', '--norc', '--noprofile', '-i', '-o', 'histexpand'];

/** Names that would do something if a shell looked at them, and what they could make of an option. */
export const HOSTILE = [
  '$(touch owned)',
  '`touch owned`',
  "a'; touch owned; '",
  'a"; touch owned; "',
  "'$(touch owned)'",
  'a;touch owned',
  'a|touch owned',
  'a&&touch owned',
  'a\ntouch owned\n',
  'a\r\ntouch owned',
  '!touch',
  "it's!touch",
  "it's\n!touch",
  '#touch owned',
  '>owned',
  '<(touch owned)',
  '$HOME',
  '~',
  '=ls',
  'a=b',
  '*',
  '[a-z]?',
  '{a,b}',
  '-x',
  '--reader',
  '--',
  '',
  ' ',
  'a\tb',
  '\\',
  'a\\',
  '\u001b[2J',
  '\u202egnp.exe',
  '\u2028',
  'Ólafur 漢 😀',
];

/**
 * Gives a script to bash, as a file or as what is pasted into a terminal, with stand-ins for the programs that it calls.
 *
 * @returns the arguments of each call, the program first; the content of a `file://…` that the script has written
 */
export function pasted(script: string, how: 'file' | 'terminal' = 'file'): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'xak-pasted-'));
  try {
    for (const name of STAND_INS) standIn(folder, name);
    const before = readdirSync(folder).sort();
    const [shell = '', ...args] = how === 'file' ? ['bash', '-eu'] : INTERACTIVE;
    const { status, stderr } = spawnSync(shell, args, {
      cwd: folder,
      input: `${script}\n`,
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder, HISTFILE: '/dev/null', IFS: ' ' },
    });
    if (how === 'file' && status !== 0) throw new Error(`bash: ${stderr}`);
    const calls = join(folder, 'calls');
    const made = readdirSync(folder).filter((name) => ![...before, 'calls'].includes(name));
    if (made.some((name) => !OWN_FILE.test(name))) throw new Error(`the script made ${made}`);
    if (!existsSync(calls)) return [];
    return callsIn(readFileSync(calls, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Notes how many arguments it has, and which. There is no policy yet. */
function standIn(folder: string, name: string): void {
  const file = join(folder, name);
  writeFileSync(
    file,
    `#!/bin/sh
printf '%s\\0' "$#" ${name} >> ${join(folder, 'calls')}
for word; do
  file="\${word#file://}"
  if [ "$file" != "$word" ] && [ -f "$file" ]; then word=$(cat "$file"); fi
  printf '%s\\0' "$word" >> ${join(folder, 'calls')}
done
case "$2" in
get-*) echo '{}' ;;
describe-*) echo the-key ;;
esac
`,
  );
  chmodSync(file, 0o755);
}

function callsIn(text: string): string[][] {
  const words = text.split('\0');
  const calls: string[][] = [];
  while (words.length > 1) calls.push(words.splice(0, Number(words.shift()) + 1));
  return calls;
}
