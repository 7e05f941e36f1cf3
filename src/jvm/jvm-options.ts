import { existsSync } from 'node:fs';
import { EnvironmentError } from '../errors/errors.js';
import { JVM_OPTION_VARIABLES } from '../errors/secrets.js';

/**
 * The encodings of every JVM that is started here. They are the defaults of later JDKs: without them, LC_ALL=C would garble
 * partition keys, properties and paths.
 */
export const ENCODING_OPTIONS = ['-Dfile.encoding=UTF-8', '-Dsun.jnu.encoding=UTF-8'];

const MIB = 2 ** 20;
/** What the JVM takes besides its heap, and Node (docs/performance.md). */
const BESIDES_HEAP_MIB = 320;
/** Of the limit, for the shards' and the handler's memory in Node. */
const NODE_SHARE = 0.1;
/** KCL itself, 64 MiB, and one shard. */
const LEAST_HEAP_MIB = 124;
/** Above, a full collection of the parallel collector on one slow processor might take as long as a lease lasts. */
const PARALLEL_HEAP_MIB = 2048;
/** A user who says one of these in the environment chooses the collector, or tunes G1, which the JVM takes by itself. */
const COLLECTOR_OPTION = /(^|[\s"'])-XX:(\+Use\w+GC\b|G1|MaxGCPauseMillis|InitiatingHeapOccupancyPercent)/;
const HEAP_SIZE = /(?:^|\s)-Xmx(\d+)([kmg]?)\b/gi;
/** Or sizes the heap. */
const HEAP_OPTION = /(^|\s)-(Xmx|XX:MaxHeapSize=|XX:MaxRAMPercentage=|XX:MaxRAM=)/;

/**
 * The options for the memory of the JVM, and for what it does when that is used up.
 *
 * @param limitBytes the memory limit of the container that this process is in; undefined for none
 * @throws EnvironmentError if the limit leaves too little for a heap
 */
export function memoryOptions(env: NodeJS.ProcessEnv, limitBytes: number | undefined): string[] {
  // KCL would log the error, ask Kinesis again, and go on for ever.
  const options = ['-XX:+ExitOnOutOfMemoryError'];
  if (isSaid(env, HEAP_OPTION)) return [...options, ...collectorOptions(env, heapSaid(env))];
  if (limitBytes === undefined) return options;
  const limitMiB = Math.floor(limitBytes / MIB);
  const heapMiB = Math.floor(limitMiB * (1 - NODE_SHARE) - BESIDES_HEAP_MIB);
  if (heapMiB < LEAST_HEAP_MIB) throw tooLittle(limitMiB);
  return [...options, `-Xmx${heapMiB}m`, ...collectorOptions(env, heapMiB)];
}

/**
 * The JVM itself takes the serial collector with one processor or less than 1,792 MiB, which costs four times the CPU of the
 * parallel one, and else G1. An answer of 5 MiB is put together in arrays of up to 8 MiB: each takes whole regions of G1 for
 * itself, outside its young generation. With 1 GiB of heap that costs twice the CPU of the parallel collector.
 */
function collectorOptions(env: NodeJS.ProcessEnv, heapMiB: number | undefined): string[] {
  if (heapMiB === undefined || isSaid(env, COLLECTOR_OPTION)) return [];
  return heapMiB <= PARALLEL_HEAP_MIB ? ['-XX:+UseParallelGC'] : ['-XX:+UseG1GC', '-XX:G1HeapRegionSize=4m'];
}

/** In MiB; undefined if it is given in another way than `-Xmx`. The JVM takes the last one, and the variables in this order. */
function heapSaid(env: NodeJS.ProcessEnv): number | undefined {
  const said = JVM_OPTION_VARIABLES.flatMap((name) => [...(env[name] ?? '').matchAll(HEAP_SIZE)]).at(-1);
  if (said === undefined) return undefined;
  const unit = { '': 1, k: 2 ** 10, m: MIB, g: 2 ** 30 }[said[2]?.toLowerCase() ?? ''] ?? 1;
  return (Number(said[1]) * unit) / MIB;
}

/** A user who says one of these tunes the compilers. */
const COMPILER_OPTION = /(^|[\s"'])-XX:(Tier\d|CompileThreshold|-TieredCompilation)/;
/** Four times the JVM's own. */
const TIER_4 = {
  InvocationThreshold: 20_000,
  MinInvocationThreshold: 2_400,
  CompileThreshold: 60_000,
  BackEdgeThreshold: 160_000,
};

/**
 * The options for the JVM's compilers. Methods run four times as often before the second compiler takes them. What each record or
 * each frame of HTTP/2 runs through gets there in seconds all the same; the thousands of methods that start-up, leases and
 * calls run through do not, and to compile them took more CPU than they ever give back.
 */
export function compilerOptions(env: NodeJS.ProcessEnv): string[] {
  if (isSaid(env, COMPILER_OPTION)) return [];
  return Object.entries(TIER_4).map(([name, value]) => `-XX:Tier4${name}=${value}`);
}

/** The memory limit of the container that this process is in (cgroup), in bytes; undefined if there is none. */
export function memoryLimit(): number | undefined {
  const limit = process.constrainedMemory();
  // Without a limit, libuv answers 0, or a number beyond any machine's memory.
  return limit > 0 && limit < 2 ** 50 ? limit : undefined;
}

/**
 * Classes that were loaded once and stored, so that the JVM starts sooner (application class-data sharing). The JVM
 * ignores an archive that is not of this launcher and this Java.
 *
 * @param archive where it is if it was made, as the image does
 */
export function archiveOptions(archive: string): string[] {
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [];
}

function isSaid(env: NodeJS.ProcessEnv, option: RegExp): boolean {
  return JVM_OPTION_VARIABLES.some((name) => option.test(env[name] ?? ''));
}

function tooLittle(limitMiB: number): EnvironmentError {
  const least = Math.ceil((LEAST_HEAP_MIB + BESIDES_HEAP_MIB) / (1 - NODE_SHARE));
  return new EnvironmentError(
    `the memory limit of this container, ${limitMiB} MiB, is too small for the JVM and Node: expected ${least} MiB or more`,
    {
      remedy:
        'Raise the limit (docs/performance.md has what each shard takes), or set the heap yourself: JAVA_TOOL_OPTIONS=-Xmx64m.',
    },
  );
}
