import { cut } from '../errors/cut.js';
import { type Checkpoint, CheckpointError, isAfter, type Position } from './position.js';
import type { KinesisRecord, RecordContext } from './record-handler.js';
import type { RecordList } from './record-list.js';
import type {
  ErrorCallback,
  ProcessorCheckpointer,
  ProcessorRecord,
  RecordProcessor,
} from './record-processor.js';
import type { ShardHandler, ShardLifecycle, ShardStart } from './shard-handler.js';

/** A record processor in the style of aws-kcl, as a shard's handler. */
export class ProcessorHandler implements ShardHandler {
  readonly batchSize = Number.POSITIVE_INFINITY;
  readonly #processor: RecordProcessor;
  /** The last record that was processed, or checkpointed by the processor. */
  #last: Position | undefined;
  #stored: Position | undefined;

  constructor(processor: RecordProcessor) {
    this.#processor = processor;
  }

  behindStored(records: RecordList, from: number): number {
    const stored = this.#stored;
    let next = from;
    if (stored === undefined) return next;
    for (let record = records.at(next); record && !isAfter(record, stored); record = records.at(next)) next++;
    return next;
  }

  async handle(
    records: readonly KinesisRecord[],
    { millisBehindLatest }: RecordContext,
    checkpoint: Checkpoint,
  ): Promise<undefined> {
    const input = { records: records.map(toProcessorRecord), millisBehindLatest: millisBehindLatest ?? null };
    // Inside the call, what was handed over is this batch too.
    const last = positionOf(records.at(-1));
    await this.#run('processRecords', input, checkpoint, last);
    this.#reached(last);
    return undefined;
  }

  skipped(record: KinesisRecord): void {
    this.#reached(positionOf(record));
  }

  #reached(position: Position | undefined): void {
    this.#last = later(position, this.#last);
  }

  readonly lifecycle: ShardLifecycle = {
    initialize: (start: ShardStart) => this.#run('initialize', start),
    leaseLost: () => this.#run('leaseLost', {}),
    shutdownRequested: (checkpoint) => this.#run('shutdownRequested', {}, checkpoint, this.#last),
    shardEnded: async (checkpoint) => {
      let ended = false;
      const noteEnd: Checkpoint = async (position) => {
        await checkpoint(position);
        if (position === undefined) ended = true;
      };
      await this.#run('shardEnded', {}, noteEnd, 'end');
      if (!ended)
        throw new Error("it did not checkpoint the shard's end: call checkpointer.checkpoint(done)");
    },
  };

  #noting(checkpoint: Checkpoint): Checkpoint {
    return async (position) => {
      if (position !== undefined) this.#verify(position);
      await checkpoint(position);
      this.#stored = later(position, this.#stored);
      this.#reached(position);
    };
  }

  /**
   * KCL refuses the same, with less to say.
   *
   * @throws CheckpointError
   */
  #verify(position: Position): void {
    const refuse = (reason: string) => {
      throw new CheckpointError('IllegalArgumentException', reason);
    };
    const { sequenceNumber, subSequenceNumber } = position;
    if (!/^\d+$/.test(sequenceNumber)) {
      refuse(`'${cut(sequenceNumber, 200)}' is no sequence number; expected a record's`);
    }
    if (!Number.isSafeInteger(subSequenceNumber) || subSequenceNumber < 0) {
      refuse(`${subSequenceNumber} is no sub-sequence number; expected a record's`);
    }
    if (this.#stored !== undefined && isAfter(this.#stored, position)) {
      refuse(
        `record ${shown(position)} is before the stored checkpoint, ${shown(this.#stored)}: none goes back`,
      );
    }
  }

  /** Calls a method, if there is one, and waits for its end. */
  async #run(
    method: keyof RecordProcessor,
    input: object,
    checkpoint?: Checkpoint,
    handedOver?: Position | 'end',
  ): Promise<void> {
    if (typeof this.#processor[method] !== 'function') return;
    const store = checkpoint && this.#noting(checkpoint);
    const checkpointer = store && new SerialCheckpointer(store, handedOver);
    try {
      await finished(this.#processor, method, checkpointer ? { ...input, checkpointer } : input);
      await checkpointer?.settled();
    } finally {
      // After a failure what has not begun is refused; one that is under way must end before the next attempt's.
      checkpointer?.close();
      await checkpointer?.settled();
    }
  }
}

/** Until `done` is called; or until it returns or its promise is fulfilled, if it takes no `done`. */
function finished(processor: RecordProcessor, method: keyof RecordProcessor, input: object): Promise<void> {
  return new Promise((resolve, reject) => {
    // One that counts its parameters wrongly would wait for ever, or not at all: `done` may be called in either case.
    const done: ErrorCallback = (error) => (error ? reject(error) : resolve());
    const call = processor[method] as (input: object, done: ErrorCallback) => unknown;
    const takesDone = call.length >= 2;
    const result: unknown = call.call(processor, input, done);
    Promise.resolve(result).then(() => {
      if (!takesDone) resolve();
    }, reject);
  });
}

/** One checkpoint after the other, as asked for; none once the method is finished. */
class SerialCheckpointer implements ProcessorCheckpointer {
  readonly #store: Checkpoint;
  readonly #handedOver: Position | 'end' | undefined;
  #queue: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(store: Checkpoint, handedOver: Position | 'end' | undefined) {
    this.#store = store;
    this.#handedOver = handedOver;
  }

  checkpoint(...args: readonly (string | number | ErrorCallback | null | undefined)[]): void {
    const sequenceNumber = args.find((argument) => typeof argument === 'string');
    const subSequenceNumber = args.find((argument) => typeof argument === 'number') ?? 0;
    const done = args.find((argument) => typeof argument === 'function') ?? (() => {});
    this.#queue = this.#queue
      .then(() =>
        this.#make(sequenceNumber === undefined ? undefined : { sequenceNumber, subSequenceNumber }),
      )
      .then(() => done(), done);
    // What `done` throws is the processor's failure, where nothing waits for it.
    this.#queue.catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
  }

  async #make(position: Position | undefined): Promise<void> {
    if (this.#closed) {
      throw new CheckpointError(
        'TooLate',
        'a checkpoint can be made only until the method that was given it is done',
      );
    }
    if (position !== undefined) return this.#store(position);
    if (this.#handedOver === 'end') return this.#store();
    if (this.#handedOver !== undefined) return this.#store(this.#handedOver);
  }

  async settled(): Promise<void> {
    await this.#queue.catch(() => {});
  }

  close(): void {
    this.#closed = true;
  }
}

function later(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isAfter(a, b) ? a : b;
}

function shown({ sequenceNumber, subSequenceNumber }: Position): string {
  return `${sequenceNumber} (sub-sequence number ${subSequenceNumber})`;
}

function positionOf(record: KinesisRecord | undefined): Position | undefined {
  if (record === undefined) return undefined;
  const { sequenceNumber, subSequenceNumber } = record;
  return { sequenceNumber, subSequenceNumber };
}

function toProcessorRecord({ data, approximateArrivalTimestamp, ...record }: KinesisRecord): ProcessorRecord {
  const { partitionKey, sequenceNumber, subSequenceNumber } = record;
  return {
    data: data.toString('base64'),
    partitionKey,
    sequenceNumber,
    subSequenceNumber,
    approximateArrivalTimestamp: approximateArrivalTimestamp?.getTime() ?? null,
  };
}
