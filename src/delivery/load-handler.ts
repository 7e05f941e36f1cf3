import { statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { failureReason } from './failure-reason.js';
import { handlerProblem, handlersOf } from './handler-module.js';
import type { ShardHandler } from './shard-handler.js';

const BUILT_IN = new URL('../record-handler.js', import.meta.url).href;

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
    const { message: reason } = failureReason(cause);
    // V8 tells the place to a terminal alone.
    const where = cause instanceof SyntaxError ? `; node --check ${name} says where` : '';
    throw handlerProblem(`${name} can't be loaded: ${reason}${where}`, cause);
  }
  return handlersOf(module, name);
}

/** Of these Node would name the file that imports. */
function checkIsFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  const expected = 'expected the path of your module, in a container where it is mounted or copied to';
  if (found === undefined) throw new Error(`there is no such file; ${expected}`);
  if (found.isDirectory()) throw new Error(`it is a directory; ${expected}`);
}
