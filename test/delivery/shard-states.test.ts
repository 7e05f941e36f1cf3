import { jest } from '@jest/globals';
import fc from 'fast-check';
import { inBatches } from '../../src/delivery/batch-handler.js';
import type { ShardLeft } from '../../src/delivery/observer.js';
import { UNOBSERVED } from '../../src/delivery/observer.js';
import { type Checkpoint, CheckpointError } from '../../src/delivery/position.js';
import type { KinesisRecord } from '../../src/delivery/record-handler.js';
import { FOLLOWS, Shard, type ShardState } from '../../src/delivery/shard.js';
import { oneByOne, type ShardHandler } from '../../src/delivery/shard-handler.js';
import { StallWatch } from '../../src/delivery/stall-watch.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { recordOf } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

// No wait between attempts: what is tested is their order.
jest.unstable_mockModule('node:timers/promises', () => ({
  setTimeout: () => new Promise(setImmediate),
  setImmediate: () => new Promise(setImmediate),
}));
const { ProcessorHandler } = await import('../../src/delivery/processor-handler.js');
const { ShardDelivery } = await import('../../src/delivery/shard-delivery.js');

const STATES = Object.keys(FOLLOWS) as ShardState[];

test('a shard changes to what may follow its state, never back, and is left once', () => {
  const moves = fc.array(fc.constantFrom('handed over', 'worker stopping', ...STATES), { maxLength: 8 });
  fc.assert(
    fc.property(moves, (events) => {
      const left: ShardLeft[] = [];
      const { logger } = memoryLog();
      const observer = { ...UNOBSERVED.shardTaken(STREAM, 's'), left: (why: ShardLeft) => left.push(why) };
      const shard = new Shard(STREAM, 's', logger, new StallWatch(0, false, logger), observer);
      const seen = new Set<ShardState>([shard.state]);
      for (const event of events) {
        const before = shard.state;
        if (event === 'handed over' || event === 'worker stopping') shard.leave(event);
        else shard.move(event);
        if (shard.state === before) continue;
        expect(FOLLOWS[before]).toContain(shard.state);
        expect(seen).not.toContain(shard.state);
        seen.add(shard.state);
      }
      const isOver = FOLLOWS[shard.state].length === 0;
      expect(shard.leaving.aborted).toBe(shard.state !== 'delivering');
      expect(shard.over.aborted).toBe(isOver);
      expect(left).toHaveLength(isOver ? 1 : 0);
      const began = events.find((event) => event === 'handed over' || event === 'worker stopping');
      const beganBefore = began !== undefined && events.indexOf(began) < events.findIndex(endsIt);
      if (isOver) expect(left[0]).toBe(beganBefore ? began : shard.state);
    }),
  );
});

function endsIt(event: string): boolean {
  return FOLLOWS[event as ShardState]?.length === 0;
}

type Leave = 'handed over' | 'worker stopping' | 'lease lost' | 'disconnected';
const LEAVES: readonly Leave[] = ['handed over', 'worker stopping', 'lease lost', 'disconnected'];

/** A batch: of each record what happens while it is at hand, and how often its handling fails. */
interface Batch {
  readonly records: readonly { readonly event: Leave | undefined; readonly failures: number }[];
}
type Step = Batch | Leave | 'shutdownRequested' | 'shardEnded' | 'leaseLost';
type StoreResult = 'stored' | 'ThrottlingException' | 'ShutdownException' | 'IllegalArgumentException';

const record = fc.record({
  event: fc.option(fc.constantFrom(...LEAVES), { nil: undefined, freq: 15 }),
  failures: fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 })),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ records: fc.array(record, { maxLength: 5 }) }) },
  fc.constantFrom<Step>(...LEAVES, 'shutdownRequested', 'shardEnded', 'leaseLost'),
);
const scenario = fc.record({
  kind: fc.constantFrom('one by one', 'in batches', 'processor'),
  onFailure: fc.constantFrom('stop' as const, 'skip' as const),
  checkpointRecords: fc.constantFrom(1, 3, 1_000_000),
  checkpointIntervalMs: fc.constantFrom(0, 1e9),
  steps: fc.array(step, { maxLength: 7 }),
  results: fc.array(
    fc.constantFrom<StoreResult>(
      'stored',
      'stored',
      'ThrottlingException',
      'ShutdownException',
      'IllegalArgumentException',
    ),
    { maxLength: 6 },
  ),
});

/** What is true of the records, whatever the delivery believes. */
class Model {
  readonly #delivered: string[] = [];
  readonly #done = new Set<string>();
  readonly #failuresLeft = new Map<string, number>();
  readonly #events = new Map<string, Leave>();
  readonly faults: string[] = [];
  over = false;
  onEvent: (event: Leave) => void = () => {};
  readonly #skip: boolean;

  constructor(skip: boolean) {
    this.#skip = skip;
  }

  add({ records }: Batch): KinesisRecord[] {
    return records.map(({ event, failures }) => {
      const sequenceNumber = String(this.#delivered.length + 1);
      this.#delivered.push(sequenceNumber);
      this.#failuresLeft.set(sequenceNumber, failures);
      if (event !== undefined) this.#events.set(sequenceNumber, event);
      return recordOf({ sequenceNumber });
    });
  }

  handedOver(records: readonly { readonly sequenceNumber: string }[]): void {
    if (this.over) this.faults.push(`${records[0]?.sequenceNumber} is handed over when the shard is over`);
  }

  /** @throws if its handling fails */
  handle({ sequenceNumber }: { readonly sequenceNumber: string }, alone: boolean): void {
    const event = this.#events.get(sequenceNumber);
    this.#events.delete(sequenceNumber);
    if (event !== undefined) this.onEvent(event);
    const left = this.#failuresLeft.get(sequenceNumber) ?? 0;
    if (left === 0) return;
    this.#failuresLeft.set(sequenceNumber, left - 1);
    if (this.#skip && alone) this.#done.add(`${sequenceNumber} may be skipped`);
    throw new Error('boom');
  }

  handled(records: readonly { readonly sequenceNumber: string }[]): void {
    for (const { sequenceNumber } of records) this.#done.add(sequenceNumber);
  }

  /** A checkpoint is asked for; without a position, of the shard's end. */
  checkpoint(upTo: string | undefined): void {
    const covered = this.#delivered.filter((one) => upTo === undefined || Number(one) <= Number(upTo));
    const missing = covered.filter((one) => !this.#done.has(one) && !this.#done.has(`${one} may be skipped`));
    if (missing.length > 0)
      this.faults.push(`the checkpoint ${upTo ?? 'of the end'} covers unhandled ${missing}`);
  }
}

function handlerOf(kind: string, model: Model): ShardHandler {
  if (kind === 'one by one') {
    return oneByOne((one) => {
      model.handedOver([one]);
      model.handle(one, true);
      model.handled([one]);
    });
  }
  if (kind === 'in batches') {
    return inBatches(async (records) => {
      model.handedOver(records);
      for (const one of records) {
        try {
          model.handle(one, true);
        } catch (error) {
          return { failures: [{ record: one, error }] };
        }
        model.handled([one]);
      }
    });
  }
  return new ProcessorHandler({
    async processRecords({ records, checkpointer }) {
      model.handedOver(records);
      for (const one of records) model.handle(one, records.length === 1);
      model.handled(records);
      await new Promise<void>((resolve, reject) =>
        checkpointer.checkpoint((error) => (error ? reject(error) : resolve())),
      );
    },
    shardEnded: ({ checkpointer }, done) => checkpointer.checkpoint(done),
    shutdownRequested: ({ checkpointer }, done) => checkpointer.checkpoint(done),
  });
}

test('whatever KCL sends: no checkpoint is ahead of the handled records, and nothing is handled when the shard is over', async () => {
  let batches = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ kind, steps, results, ...options }) => {
      const model = new Model(options.onFailure === 'skip');
      const stopping = new AbortController();
      const log = memoryLog();
      const shard = new ShardDelivery(
        {
          ...deliverySettings(() => {}),
          ...options,
          handler: () => handlerOf(kind, model),
          maxAttempts: 2,
          stopping,
          logger: log.logger,
        },
        STREAM,
        's1',
      );
      model.onEvent = (event) => {
        if (event === 'worker stopping') stopping.abort();
        else if (event === 'handed over') shard.leave(event);
        else {
          model.over = true;
          shard.abandon(event);
        }
      };
      const left = [...results];
      const store: Checkpoint = async (position) => {
        model.checkpoint(position?.sequenceNumber);
        await new Promise(setImmediate);
        const result = left.shift() ?? 'stored';
        if (result === 'stored') return;
        if (result === 'ShutdownException') model.over = true;
        throw new CheckpointError(result, 'no');
      };
      const end = () => {
        model.over = true;
      };
      const take = async (one: Step) => {
        if (typeof one === 'string') {
          if (one === 'shutdownRequested') return shard.shutdownRequested(store);
          if (one === 'shardEnded') return shard.shardEnded(store).then(end);
          if (one === 'leaseLost') return shard.leaseLost().finally(end);
          return model.onEvent(one);
        }
        batches++;
        return shard.deliver(model.add(one), 0, store).catch(end);
      };
      // What fails stops the worker; KCL may still send what it has begun.
      for (const one of steps) await take(one).catch(() => {});
      shard.abandon('disconnected');
      expect(model.faults).toEqual([]);
    }),
    { numRuns: 1_500 },
  );
  expect(batches).toBeGreaterThan(1_500);
});
