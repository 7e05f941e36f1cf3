import { statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError, HandlerError } from '../errors/errors.js';
import type { BatchHandler } from './batch-handler.js';
import { reasonOf } from './handler-errors.js';
import { ProcessorHandler } from './processor-handler.js';
import type { RecordHandler } from './record-handler.js';
import type { RecordProcessor } from './record-processor.js';
import { inBatches, oneByOne, type ShardHandler } from './shard-handler.js';

const BUILT_IN = new URL('../record-handler.js', import.meta.url).href;

/** What a module may export, and what is made of it for each shard. */
const CONTRACTS = {
  handleRecord: (handle: RecordHandler) => () => oneByOne(handle),
  handleBatch: (handle: BatchHandler) => () => inBatches(handle),
  createRecordProcessor: (create: () => RecordProcessor) => () => new ProcessorHandler(processorOf(create)),
};
type Contract = keyof typeof CONTRACTS;

/**
 * Loads the module that exports `handleRecord`, `handleBatch` or `createRecordProcessor`.
 *
 * @param file its path, relative to the working directory; undefined for the sample, src/record-handler.ts
 * @returns makes what handles the records of one shard
 * @throws ConfigurationError if it can't be loaded or does not export just one such function
 */
export async function loadHandler(file: string | undefined): Promise<() => ShardHandler> {
  const name = file ?? 'src/record-handler.ts';
  let module: Record<string, unknown>;
  try {
    if (file !== undefined) checkIsFile(path.resolve(file));
    module = await import(file === undefined ? BUILT_IN : pathToFileURL(path.resolve(file)).href);
  } catch (cause) {
    const reason = (cause as Error | null)?.message ?? String(cause);
    // V8 tells the place to a terminal alone.
    const where = cause instanceof SyntaxError ? `; node --check ${name} says where` : '';
    throw problem(`${name} can't be loaded: ${reason}${where}`, cause);
  }
  const names = Object.keys(CONTRACTS) as Contract[];
  const [contract, another] = names.filter((exported) => typeof module[exported] === 'function');
  if (contract === undefined) {
    const found = Object.keys(module).join(', ') || 'nothing';
    throw problem(
      `${name} exports ${found}; expected a function ${names.map((it) => `'${it}'`).join(' or ')}`,
    );
  }
  if (another !== undefined) {
    throw problem(`${name} exports both '${contract}' and '${another}'; expected one of them`);
  }
  const make = CONTRACTS[contract] as (exported: unknown) => () => ShardHandler;
  return make(module[contract]);
}

/** Of these Node would name the file that imports. */
function checkIsFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  const expected = 'expected the path of your module, in a container where it is mounted or copied to';
  if (found === undefined) throw new Error(`there is no such file; ${expected}`);
  if (found.isDirectory()) throw new Error(`it is a directory; ${expected}`);
}

/** @throws HandlerError */
function processorOf(create: () => RecordProcessor): RecordProcessor {
  let processor: RecordProcessor;
  try {
    processor = create();
  } catch (cause) {
    throw new HandlerError(`createRecordProcessor failed: ${reasonOf(cause)}`, { cause });
  }
  for (const method of ['processRecords', 'shardEnded'] as const) {
    if (typeof processor?.[method] !== 'function') {
      throw new HandlerError(`createRecordProcessor returned an object without a function '${method}'`);
    }
  }
  return processor;
}

function problem(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError([{ key: 'handler', message }], { cause });
}
