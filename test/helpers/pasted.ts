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
 * @returns the arguments of each call, the program first
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
    if (made.some((name) => !name.endsWith('key-policy.json'))) throw new Error(`the script made ${made}`);
    if (!existsSync(calls)) return [];
    return callsIn(readFileSync(calls, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Notes how many arguments it has, and which. */
function standIn(folder: string, name: string): void {
  const file = join(folder, name);
  writeFileSync(
    file,
    `#!/bin/sh
printf '%s\\0' "$#" ${name} "$@" >> ${join(folder, 'calls')}
if [ "$2" = get-key-policy ]; then echo '{}'; fi
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
