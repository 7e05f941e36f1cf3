import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '../errors/errors.js';
import type { RecordHandler } from './record-handler.js';

const BUILT_IN = new URL('../record-handler.js', import.meta.url).href;

/**
 * Loads the module that exports `handleRecord`.
 *
 * @param file its path, relative to the working directory; undefined for the sample, src/record-handler.ts
 * @throws ConfigurationError if it can't be loaded or exports no such function
 */
export async function loadHandler(file: string | undefined): Promise<RecordHandler> {
  const name = file ?? 'src/record-handler.ts';
  let module: { handleRecord?: unknown };
  try {
    module = await import(file === undefined ? BUILT_IN : pathToFileURL(path.resolve(file)).href);
  } catch (cause) {
    throw problem(`${name} can't be loaded: ${(cause as Error | null)?.message ?? String(cause)}`, cause);
  }
  if (typeof module.handleRecord !== 'function') {
    const found = Object.keys(module).join(', ') || 'nothing';
    throw problem(`${name} exports ${found}; expected a function 'handleRecord'`);
  }
  return module.handleRecord as RecordHandler;
}

function problem(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError([{ key: 'handler', message }], { cause });
}
