import { ConfigurationError, HandlerError } from '../errors/errors.js';
import type { BatchHandler } from './batch-handler.js';
import { reasonOf } from './handler-errors.js';
import { ProcessorHandler } from './processor-handler.js';
import type { RecordHandler } from './record-handler.js';
import type { RecordProcessor } from './record-processor.js';
import { inBatches, oneByOne, type ShardHandler } from './shard-handler.js';

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
