import { statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { MADE_BY_DOCKER } from '../errors/no-file.js';
import { shellCommand } from '../errors/shell-command.js';
import { failureReason } from './failure-reason.js';
import { handlerProblem, handlersOf } from './handler-module.js';
import type { ShardHandler } from './shard-handler.js';

/** The handler that needs no file. */
const SAMPLE = 'sample';
const WRITTEN_HERE = new URL('../record-handler.js', import.meta.url).href;
/** There is none that takes its place: records would be read, checkpointed, and gone. */
const NONE =
  'there is none: records would count as handled that nothing has handled; expected handler (HANDLER, --handler) to be ' +
  'the path of a module that exports handleRecord, handleBatch or createRecordProcessor. In a clone you may write ' +
  `src/record-handler.ts instead, and build. To only see records come in: --handler ${SAMPLE}, which logs and checkpoints them`;

/**
 * Loads the module that exports `handleRecord`, `handleBatch` or `createRecordProcessor`.
 *
 * @param file its path, relative to the working directory, or `sample`; undefined for src/record-handler.ts
 * @returns makes what handles the records of one shard
 * @throws ConfigurationError if it can't be loaded or does not export just one such function
 */
export async function loadHandler(file: string | undefined): Promise<() => ShardHandler> {
  if (file === SAMPLE) return handlersOf(await import('./sample-handler.js'), SAMPLE);
  const name = file ?? 'src/record-handler.ts';
  const module = await imported(file, name);
  if (file === undefined && Object.keys(module).length === 0) throw handlerProblem(NONE);
  return handlersOf(module, name);
}

async function imported(file: string | undefined, name: string): Promise<Record<string, unknown>> {
  try {
    if (file !== undefined) checkIsFile(path.resolve(file));
    return await import(file === undefined ? WRITTEN_HERE : pathToFileURL(path.resolve(file)).href);
  } catch (cause) {
    const { message: reason, code } = failureReason(cause);
    // V8 tells the place to a terminal alone.
    const where = cause instanceof SyntaxError ? `; ${syntaxCheck(name)} says where` : '';
    throw handlerProblem(`${name} can't be loaded: ${reason}${where}${withoutTypes(code, name)}`, cause);
  }
}

/** Node.js takes types away by itself from 22.18 on. */
function withoutTypes(code: string | undefined, file: string): string {
  if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !/\.[cm]?ts$/.test(file)) return '';
  return `; Node.js ${process.versions.node} does not load TypeScript: compile it, or take Node.js 22.18 or later`;
}

/** What begins with `-` would be taken for an option. */
function syntaxCheck(file: string): string {
  return shellCommand(['node', '--check', file.startsWith('-') ? `./${file}` : file]);
}

/** Of these Node would name the file that imports. */
function checkIsFile(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  const expected = 'expected the path of your module, in a container where it is mounted or copied to';
  if (found === undefined) throw new Error(`there is no such file; ${expected}`);
  if (found.isDirectory()) throw new Error(`it is a directory; ${expected}. ${MADE_BY_DOCKER}`);
}
