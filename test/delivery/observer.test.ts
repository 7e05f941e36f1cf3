import { inBatches } from '../../src/delivery/batch-handler.js';
import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import type { DeliveryObserver, ShardObserver } from '../../src/delivery/observer.js';
import { CheckpointError } from '../../src/delivery/position.js';
import type { RecordHandler } from '../../src/delivery/record-handler.js';
import { ShardDelivery } from '../../src/delivery/shard-delivery.js';
import { checkpoints } from '../helpers/checkpoints.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

/** Notes what it is told, in a word or two; times are left out. */
function notes() {
  const told: string[] = [];
  const shard: ShardObserver = {
    batch: (batch, behind) => told.push(`batch ${batch.length} ${behind}`),
    attempt: (seconds) => told.push(seconds >= 0 ? 'attempt' : 'attempt took a negative time'),
    handled: (count) => told.push(`handled ${count}`),
    attemptFailed: (error) => told.push(`failed: ${(error as Error).message}`),
    retrying: () => told.push('retrying'),
    exhausted: (outcome) => told.push(outcome),
    checkpointStored: () => told.push('stored'),
    checkpointFailed: (error) => told.push(`not stored: ${(error as Error).message}`),
    left: (reason) => told.push(`left: ${reason}`),
  };
  const observer: DeliveryObserver = {
    shardTaken: (_stream, name) => {
      told.push(`taken ${name}`);
      return shard;
    },
  };
  return { told, observer };
}

function delivery(handler: RecordHandler, options: Partial<DeliveryOptions> = {}) {
  const { told, observer } = notes();
  const all = { ...deliverySettings(handler), logger: memoryLog().logger, observer, ...options };
  return { shard: new ShardDelivery(all, STREAM, 's1'), told };
}

/** Fails on the record with this number. */
function failingAt(number: string, times = Number.POSITIVE_INFINITY): RecordHandler {
  let left = times;
  return ({ sequenceNumber }) => {
    if (sequenceNumber === number && left-- > 0) throw new Error('no');
  };
}

test('records, one by one, and their checkpoint', async () => {
  const { shard, told } = delivery(() => {});

  await shard.deliver(records(2), 700, checkpoints().checkpoint);

  expect(told).toEqual(['taken s1', 'batch 2 700', 'attempt', 'handled 1', 'attempt', 'handled 1', 'stored']);
});

test('a batch handler is one attempt', async () => {
  const { shard, told } = delivery(() => {}, { handler: () => inBatches(() => {}) });

  await shard.deliver(records(5), 0, checkpoints().checkpoint);

  expect(told).toEqual(['taken s1', 'batch 5 0', 'attempt', 'handled 5', 'stored']);
});

test('an attempt that fails, and the one that follows', async () => {
  const { shard, told } = delivery(failingAt('1', 1), { maxAttempts: 2 });

  await shard.deliver(records(1), 0, checkpoints().checkpoint);

  expect(told.slice(2)).toEqual(['attempt', 'failed: no', 'retrying', 'attempt', 'handled 1', 'stored']);
});

test.each<[string, DeliveryOptions['onFailure'], string]>([
  ['skip', 'skip', 'skipped'],
  ['send', { send: async () => {} }, 'sent'],
])('a record that is given up is not one that was handled: %s', async (_name, onFailure, outcome) => {
  const { shard, told } = delivery(failingAt('1'), { onFailure });

  await shard.deliver(records(2), 0, checkpoints().checkpoint);

  expect(told.slice(2)).toEqual(['attempt', 'failed: no', outcome, 'attempt', 'handled 1', 'stored']);
});

test.each<[string, DeliveryOptions['onFailure']]>([
  ['by choice', 'stop'],
  ['because it could not be sent', { send: () => Promise.reject(new Error('no queue')) }],
])('a record that stops the worker, %s', async (_why, onFailure) => {
  const { shard, told } = delivery(failingAt('1'), { onFailure });

  await expect(shard.deliver(records(1), 0, checkpoints().checkpoint)).rejects.toThrow(/no/);

  expect(told.slice(2)).toEqual(['attempt', 'failed: no', 'stopped']);
});

test('a checkpoint that is refused because the lease is lost', async () => {
  const { shard, told } = delivery(() => {});
  const { checkpoint } = checkpoints(new CheckpointError('ShutdownException', 'lost'));

  await shard.deliver(records(1), 0, checkpoint);

  expect(told.slice(-2)).toEqual(['not stored: ShutdownException: lost', 'left: lease lost']);
});

test.each<[string, (shard: ShardDelivery) => Promise<void> | void, string]>([
  ['its end', (shard) => shard.shardEnded(checkpoints().checkpoint), 'shard ended'],
  ['the loss of its lease', (shard) => shard.leaseLost(), 'lease lost'],
  ['the loss of the connection', (shard) => shard.abandon('disconnected'), 'disconnected'],
])('a shard is left by %s, and that is told once', async (_how, end, reason) => {
  const { shard, told } = delivery(() => {});

  await end(shard);
  shard.abandon('disconnected');

  expect(told.filter((note) => note.startsWith('left'))).toEqual([`left: ${reason}`]);
});

test.each<[string, boolean, string]>([
  ['a handover', false, 'handed over'],
  ['a stop of the worker', true, 'worker stopping'],
])('%s is told as what it is, although it ends with the loss of the lease', async (_what, stop, reason) => {
  const stopping = new AbortController();
  const { shard, told } = delivery(() => {}, { stopping });

  if (stop) stopping.abort();
  await shard.shutdownRequested(checkpoints().checkpoint);
  await shard.leaseLost();

  expect(told.at(-1)).toBe(`left: ${reason}`);
});
