import { statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigurationError, HandlerError } from '../errors/errors.js';
import { MADE_BY_DOCKER } from '../errors/no-file.js';
import { shellCommand } from '../errors/shell-command.js';
import { type BatchHandler, inBatches } from './batch-handler.js';
import { failureReason, reasonOf } from './failed-record.js';
import { ProcessorHandler } from './processor-handler.js';
import type { RecordHandler } from './record-handler.js';
import type { RecordProcessor } from './record-processor.js';
import { oneByOne, type ShardHandler } from './shard-handler.js';

/** The handler that needs no file. */
const SAMPLE = 'sample';
/** It logs that a record came, and not what is in it. */
const sample: RecordHandler = ({ data, subSequenceNumber }, { logger }) => {
  logger.info({ subSequenceNumber, bytes: data.length }, 'record');
};
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
  if (file === SAMPLE) return handlersOf({ handleRecord: sample }, SAMPLE);
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

/** What a module may export, and what is made of it for each shard. */
const CONTRACTS = {
  handleRecord: (handle: RecordHandler) => () => oneByOne(handle),
  handleBatch: (handle: BatchHandler) => () => inBatches(handle),
  createRecordProcessor: (create: () => RecordProcessor) => () => new ProcessorHandler(processorOf(create)),
};
type Contract = keyof typeof CONTRACTS;
const ALL = Object.keys(CONTRACTS) as Contract[];

/**
 * What a module's one exported handler makes of the records of a shard.
 *
 * @param name of the module, for the error
 * @param names the functions of which it must export one
 * @returns makes what handles the records of one shard
 * @throws ConfigurationError if the module does not export just one such function
 */
export function handlersOf(
  module: Record<string, unknown>,
  name: string,
  names: readonly Contract[] = ALL,
): () => ShardHandler {
  const [contract, another] = names.filter((exported) => typeof module[exported] === 'function');
  if (contract === undefined) {
    const found = Object.keys(module).join(', ') || 'nothing';
    throw handlerProblem(
      `${name} exports ${found}; expected a function ${names.map((it) => `'${it}'`).join(' or ')}`,
    );
  }
  if (another !== undefined) {
    throw handlerProblem(`${name} exports both '${contract}' and '${another}'; expected one of them`);
  }
  const make = CONTRACTS[contract] as (exported: unknown) => () => ShardHandler;
  return make(module[contract]);
}

export function handlerProblem(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError([{ key: 'handler', message }], { cause });
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
