import { setImmediate as turn } from 'node:timers/promises';
import { Random } from './random.js';

/** So many inputs of each property; few by default, for ./scripts/test --all. */
const inputs = Number(process.env.FUZZ_INPUTS ?? 1_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);
/** The number of one input, to run that one alone. */
const only = process.env.FUZZ_ONLY;
const report = process.env.FUZZ_INPUTS !== undefined || only !== undefined;
/** ./scripts/fuzz runs the files with Node alone: within jest, every use of a global takes many times as long. */
const inJest = 'test' in globalThis;
/** Without jest: the property that was defined last, and runs after all before it. */
let last = Promise.resolve();

/**
 * Runs a property for many random inputs. Each has a random source of its own, so that one can be run again by its
 * number. Prints what the inputs ended in if FUZZ_INPUTS is given.
 *
 * @param property throws if it does not hold, else says how the input ended
 */
export function fuzz(name: string, property: (random: Random) => string): void {
  const run = async () => {
    const ends = new Map<string, number>();
    const startedAt = Date.now();
    let slowest = { ms: 0, number: 0 };
    const [from, to] = only === undefined ? [0, inputs] : [Number(only), Number(only) + 1];
    for (let number = from; number < to; number++) {
      // Streams leave something to be done after each write, which would pile up.
      if (number % 1_000 === 0) await turn();
      const began = performance.now();
      const end = runOne(number, property);
      const ms = performance.now() - began;
      if (ms > slowest.ms) slowest = { ms, number };
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
    if (report) print(name, to - from, Date.now() - startedAt, slowest, ends);
    // A fuzz test whose inputs all end alike reaches too little.
    if (to - from >= 1_000 && ends.size < 2) throw new Error(`all inputs ended in ${[...ends.keys()]}`);
  };
  if (inJest) test(name, run);
  else last = last.then(run);
}

/** Runs when all properties of the file have been run. */
export function atEnd(run: () => void): void {
  if (inJest) afterAll(run);
  else process.once('exit', run);
}

function runOne(number: number, property: (random: Random) => string): string {
  try {
    return property(new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b)));
  } catch (error) {
    if (error instanceof Error) {
      error.message = `input ${number} of seed ${seed} (FUZZ_SEED=${seed} FUZZ_ONLY=${number}): ${error.message}`;
    }
    throw error;
  }
}

function print(
  name: string,
  count: number,
  ms: number,
  slowest: { ms: number; number: number },
  ends: Map<string, number>,
): void {
  const shares = [...ends].sort(([, a], [, b]) => b - a).map(([end, times]) => `${times} ${end}`);
  const rss = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(
    `${name}: ${count} inputs in ${(ms / 1_000).toFixed(1)} s, seed ${seed}, slowest ${slowest.ms.toFixed(0)} ms ` +
      `(input ${slowest.number}), peak memory of the process ${rss} MiB\n  ${shares.join(', ')}\n`,
  );
}
