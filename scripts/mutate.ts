/** See ./scripts/mutate. Changes one operator at a time in a copy of what tsc compiled, and runs the tests of its folder. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** Comments, texts and regular expressions: they are passed over. */
const NO_CODE =
  /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=[=(,:|&?] ?)\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+\/\w*/;
/** An operator or literal as tsc writes it, and what takes its place. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  ' === ': ' !== ',
  ' !== ': ' === ',
  ' && ': ' || ',
  ' || ': ' && ',
  ' ?? ': ' && ',
  ' < ': ' <= ',
  ' > ': ' >= ',
  ' + ': ' - ',
  true: 'false',
  false: 'true',
  '.some(': '.every(',
  '.every(': '.some(',
  'if (!': 'if (',
  'return !': 'return ',
};
/** Notices a mutant that makes a loop endless. */
const TIMEOUT_MS = 180_000;

export interface Mutant {
  /** From the project's folder. */
  readonly file: string;
  readonly offset: number;
  readonly from: string;
  readonly to: string;
}

export function mutantsOf(file: string, code: string): Mutant[] {
  const operators = Object.keys(REPLACEMENTS).map((text) => text.replaceAll(/[?+|.(]/g, '\\$&'));
  const words = operators.map((text) => (/^\w+$/.test(text) ? `\\b${text}\\b` : text));
  const found = code.matchAll(new RegExp(`${NO_CODE.source}|(${words.join('|')})`, 'g'));
  return [...found].flatMap(({ 1: from, index: offset }) => {
    const to = from === undefined ? undefined : REPLACEMENTS[from];
    return from === undefined || to === undefined ? [] : [{ file, offset, from, to }];
  });
}

/** A copy of the project that shares all but what is compiled; the mutants live there. */
function makeCopy(): string {
  const copy = fs.mkdtempSync(join(tmpdir(), 'xak-mutate-'));
  for (const name of fs.readdirSync('.')) {
    if (name === 'build') fs.cpSync(name, join(copy, name), { recursive: true });
    else if (/^(jest\..*|package)\.(js|json)$/.test(name)) fs.copyFileSync(name, join(copy, name));
    else fs.symlinkSync(resolve(name), join(copy, name));
  }
  return copy;
}

/** The tests that take long come last: most mutants are noticed before. */
function testsPass(copy: string, tests: string): boolean {
  return [`${tests}/(?!.*property)`, `${tests}/.*property`].every((pattern) => {
    const jest = ['node_modules/jest/bin/jest.js', '--bail', '--silent', '--passWithNoTests', pattern];
    const { status } = spawnSync(process.execPath, ['--experimental-vm-modules', ...jest], {
      cwd: copy,
      stdio: 'ignore',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    return status === 0;
  });
}

function run(source: string, sample: number): number {
  const compiled = join('build', source).replace(/\.ts$/, '.js');
  const files = compiled.endsWith('.js')
    ? [compiled]
    : fs
        .readdirSync(compiled)
        .filter((name) => name.endsWith('.js'))
        .map((name) => join(compiled, name));
  const all = files.flatMap((file) => mutantsOf(file, fs.readFileSync(file, 'utf8')));
  // The same ones each time, from all files.
  const step = Math.max(1, all.length / sample);
  const chosen = all.filter((_, index) => Math.floor(index / step) > Math.floor((index - 1) / step));
  const tests = join('build', 'test', source.split('/')[1] ?? '');
  const copy = makeCopy();
  try {
    if (!testsPass(copy, tests))
      throw new Error(`the tests in ${tests} fail without any mutant: npx jest ${tests}`);
    let noticed = 0;
    for (const { file, offset, from, to } of chosen) {
      const code = fs.readFileSync(file, 'utf8');
      fs.writeFileSync(join(copy, file), code.slice(0, offset) + to + code.slice(offset + from.length));
      const survived = testsPass(copy, tests);
      fs.writeFileSync(join(copy, file), code);
      if (!survived) noticed++;
      else console.log(`not noticed: ${file}:${code.slice(0, offset).split('\n').length}:${from}→${to}`);
    }
    console.log(
      `${noticed} of ${chosen.length} mutants noticed (${Math.round((100 * noticed) / chosen.length)} %), of ${all.length} in ${source}`,
    );
    return noticed === chosen.length ? 0 : 1;
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}

if (process.argv[1]?.endsWith('mutate.js')) {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { sample: { type: 'string' } },
  });
  process.exitCode = run(positionals[0] ?? 'src/policy', Number(values.sample ?? Number.POSITIVE_INFINITY));
}
