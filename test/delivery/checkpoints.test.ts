import { once } from 'node:events';
import { jest } from '@jest/globals';
import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import { type Checkpoint, CheckpointError, type Position } from '../../src/delivery/position.js';
import type { RecordHandler } from '../../src/delivery/record-handler.js';
import { ShardDelivery } from '../../src/delivery/shard-delivery.js';
import { checkpoints } from '../helpers/checkpoints.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

const NEVER_MS = 1e9;

function delivery(handler: RecordHandler, options: Partial<DeliveryOptions> = {}) {
  const log = memoryLog();
  const all = {
    ...deliverySettings(handler),
    checkpointIntervalMs: NEVER_MS,
    logger: log.logger,
    ...options,
  };
  return { shard: new ShardDelivery(all, STREAM, 'shardId-000000000000'), log };
}

/** A checkpoint that waits until it is let go; it tells its positions. */
function heldCheckpoint() {
  const made: (string | undefined)[] = [];
  const waiting: (() => void)[] = [];
  const checkpoint: Checkpoint = (position?: Position) =>
    new Promise((resolve) => {
      made.push(position?.sequenceNumber);
      waiting.push(resolve);
    });
  return { made, checkpoint, release: () => waiting.shift()?.() };
}

const turn = () => new Promise<void>(setImmediate);

afterEach(() => jest.restoreAllMocks());

describe('within a batch', () => {
  test('one is made as soon as so many records are handled, of the last of them', async () => {
    const { shard } = delivery(() => {}, { checkpointRecords: 3 });
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(3), 0, checkpoint);
    await shard.deliver(records(2), 0, checkpoint);
    expect(made).toEqual([{ sequenceNumber: '3', subSequenceNumber: 0 }]);
  });

  test('one is made when the interval is over, although the batch is not', async () => {
    const seen: string[] = [];
    const made: [string | undefined, number][] = [];
    const { shard } = delivery(
      async ({ sequenceNumber }) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        seen.push(sequenceNumber);
      },
      { checkpointIntervalMs: 25 },
    );
    await shard.deliver(
      records(12),
      0,
      async (position) => void made.push([position?.sequenceNumber, seen.length]),
    );
    expect(made.length).toBeGreaterThan(1);
    // Each is of what was handled by then, and no more.
    for (const [sequenceNumber, handled] of made) expect(Number(sequenceNumber)).toBe(handled);
  });

  test('with an interval of 0 none is made before its end', async () => {
    const { shard } = delivery(turn, { checkpointIntervalMs: 0 });
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(5), 0, checkpoint);
    expect(made).toEqual([{ sequenceNumber: '5', subSequenceNumber: 0 }]);
  });

  test('records are handled beside it; the next covers all of them, and the batch waits for it', async () => {
    const seen: string[] = [];
    const { shard, log } = delivery(async ({ sequenceNumber }) => void seen.push(sequenceNumber), {
      checkpointRecords: 1,
    });
    const held = heldCheckpoint();
    let finished = false;
    const delivered = shard.deliver(records(5), 0, held.checkpoint).then(() => {
      finished = true;
    });
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(seen).toHaveLength(5);
    expect(held.made).toEqual(['1']);

    held.release();
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(held.made).toEqual(['1', '5']);
    expect(finished).toBe(false);

    held.release();
    await delivered;
    expect(log.lines.filter(({ msg }) => msg === 'checkpointed').map(({ records: n }) => n)).toEqual([1, 4]);
  });

  test('one that is throttled is made again later, at the newest position', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const { shard } = delivery(turn, { checkpointRecords: 1 });
    const { made, checkpoint } = checkpoints(new CheckpointError('ThrottlingException', 'slow down'));
    await shard.deliver(records(6), 0, checkpoint);
    expect(made[0]).toMatchObject({ sequenceNumber: '1' });
    expect(made.at(-1)).toMatchObject({ sequenceNumber: '6' });
  });

  test('one that failed waits before it is made again', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.999);
    const { shard, log } = delivery(() => {}, { checkpointRecords: 1 });
    const { made, checkpoint } = checkpoints(new CheckpointError('ThrottlingException', 'slow down'));
    await shard.deliver(records(6), 0, checkpoint);
    expect(made).toHaveLength(1);
    expect(log.lines.find(({ level }) => level === 40)).toMatchObject({
      msg: 'checkpoint failed',
      retryInMs: 199,
    });
  });

  test('one that is refused because the lease is lost ends the delivery at once', async () => {
    const seen: string[] = [];
    const aborted: boolean[] = [];
    let begin = () => {};
    const second = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const { shard, log } = delivery(
      async ({ sequenceNumber }, { signal }) => {
        seen.push(sequenceNumber);
        if (sequenceNumber === '2') {
          begin();
          await once(signal, 'abort');
        }
        aborted.push(signal.aborted);
      },
      { checkpointRecords: 1 },
    );
    const made: Position[] = [];
    const checkpoint: Checkpoint = async (position) => {
      made.push(position as Position);
      await second;
      throw new CheckpointError('ShutdownException', 'lost');
    };

    await shard.deliver(records(6), 0, checkpoint);
    await shard.deliver(records(6), 0, checkpoint);

    expect(seen).toEqual(['1', '2']);
    expect(aborted).toEqual([false, true]);
    expect(made).toHaveLength(1);
    expect(log.messages('warn')).toContain('checkpoint refused: the lease is lost');
  });
});

test('a record that fails waits for the checkpoint under way before its own', async () => {
  const { shard } = delivery(
    async ({ sequenceNumber }) => {
      if (sequenceNumber === '3') throw new Error('boom');
    },
    { checkpointRecords: 1 },
  );
  const held = heldCheckpoint();
  const failure = expect(shard.deliver(records(3), 0, held.checkpoint)).rejects.toThrow('boom');
  for (let turns = 0; turns < 5; turns++) await turn();
  expect(held.made).toEqual(['1']);
  held.release();
  await turn();
  expect(held.made).toEqual(['1', '2']);
  held.release();
  await failure;
});

test('a shard that is handed over is checkpointed at the record that was at hand', async () => {
  const { shard } = delivery(({ sequenceNumber }) => {
    if (sequenceNumber === '2') shard.leave('handed over');
  });
  const { made, checkpoint } = checkpoints();
  await shard.deliver(records(5), 0, checkpoint);
  await shard.deliver(records(5), 0, checkpoint);
  await shard.shutdownRequested(checkpoint);
  expect(made).toEqual([{ sequenceNumber: '2', subSequenceNumber: 0 }]);
});
