import type { BatchHandler } from '../../src/delivery/batch-handler.js';
import { inBatches } from '../../src/delivery/batch-handler.js';
import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import type { KinesisRecord } from '../../src/delivery/record-handler.js';
import { ShardDelivery } from '../../src/delivery/shard-delivery.js';
import { checkpoints } from '../helpers/checkpoints.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

function delivery(handle: BatchHandler, options: Partial<DeliveryOptions> = {}) {
  const log = memoryLog();
  const all = {
    ...deliverySettings(() => {}),
    handler: () => inBatches(handle),
    maxAttempts: 3,
    logger: log.logger,
    ...options,
  };
  return { shard: new ShardDelivery(all, STREAM, 'shardId-000000000000'), log };
}

const numbers = (batch: readonly KinesisRecord[]) =>
  batch.map(({ sequenceNumber }) => Number(sequenceNumber));

/** Notes each batch, and what `of` makes of it. */
function noting(of: BatchHandler) {
  const seen: number[][] = [];
  const handler: BatchHandler = async (batch, context) => {
    seen.push(numbers(batch));
    return of(batch, context);
  };
  return { seen, handler };
}

test('a batch comes whole, and its last record is checkpointed', async () => {
  const { seen, handler } = noting(() => {});
  const { shard } = delivery(handler);
  const { made, checkpoint } = checkpoints();
  await shard.deliver(records(4), 0, checkpoint);
  expect(seen).toEqual([[1, 2, 3, 4]]);
  expect(made).toEqual([{ sequenceNumber: '4', subSequenceNumber: 0 }]);
});

test('no records are no batch', async () => {
  const { seen, handler } = noting(() => {});
  await delivery(handler).shard.deliver([], 0, checkpoints().checkpoint);
  expect(seen).toEqual([]);
});

test('a record that is reported comes again with what is behind it; what is before it is handled', async () => {
  let failures = 2;
  const { seen, handler } = noting((batch) => {
    const record = batch.find(({ sequenceNumber }) => sequenceNumber === '3');
    return record && failures-- > 0 ? { failures: [{ record, error: new Error('boom') }] } : { failures: [] };
  });
  const { shard, log } = delivery(handler);
  await shard.deliver(records(5), 0, checkpoints().checkpoint);
  expect(seen).toEqual([
    [1, 2, 3, 4, 5],
    [3, 4, 5],
    [3, 4, 5],
  ]);
  expect(log.lines.filter(({ level }) => level === 40)).toMatchObject([
    { sequenceNumber: '3', attempt: 1, err: { message: 'boom' } },
    { sequenceNumber: '3', attempt: 2 },
  ]);
});

test('of several that are reported the first in the shard counts', async () => {
  let once = true;
  const { seen, handler } = noting((batch) => {
    if (!once) return undefined;
    once = false;
    return {
      failures: batch
        .filter(({ sequenceNumber }) => Number(sequenceNumber) % 2 === 0)
        .reverse()
        .map((record) => ({ record })),
    };
  });
  await delivery(handler).shard.deliver(records(5), 0, checkpoints().checkpoint);
  expect(seen).toEqual([
    [1, 2, 3, 4, 5],
    [2, 3, 4, 5],
  ]);
});

test('a reported record is given up after its last attempt, and it alone', async () => {
  const { seen, handler } = noting((batch) => ({
    failures: batch.filter(({ sequenceNumber }) => sequenceNumber === '2').map((record) => ({ record })),
  }));
  const { shard } = delivery(handler, { onFailure: 'skip' });
  const { made, checkpoint } = checkpoints();
  await shard.deliver(records(3), 0, checkpoint);
  expect(seen).toEqual([[1, 2, 3], [2, 3], [2, 3], [3]]);
  expect(made).toEqual([{ sequenceNumber: '3', subSequenceNumber: 0 }]);
});

describe('a batch that fails as a whole', () => {
  const poison = (sequenceNumber: string) =>
    noting((batch) => {
      if (batch.some((record) => record.sequenceNumber === sequenceNumber)) throw new Error('boom');
    });

  test('comes again in fewer records until it is known which it is; that one is given up', async () => {
    const { seen, handler } = poison('6');
    const { shard, log } = delivery(handler, { maxAttempts: 4, onFailure: 'skip' });
    const { made, checkpoint } = checkpoints();

    await shard.deliver(records(8), 0, checkpoint);

    const handled = seen.filter((batch) => !batch.includes(6)).flat();
    expect(handled).toEqual([1, 2, 3, 4, 5, 7, 8]);
    expect(seen.filter((batch) => batch[0] === 6).at(-1)).toEqual([6]);
    expect(log.lines.filter(({ level }) => level === 50)).toMatchObject([{ sequenceNumber: '6' }]);
    expect(made).toEqual([{ sequenceNumber: '8', subSequenceNumber: 0 }]);
  });

  test.each([1, 2, 3, 5])('is given up only when it failed alone, with %d attempts', async (maxAttempts) => {
    const { seen, handler } = poison('1');
    const { shard } = delivery(handler, { maxAttempts, onFailure: 'skip' });
    await shard.deliver(records(100), 0, checkpoints().checkpoint);
    expect(seen.filter((batch) => batch[0] === 1).at(-1)).toEqual([1]);
    expect(seen.filter((batch) => batch[0] === 1)).toHaveLength(Math.max(2, maxAttempts));
    expect(seen.filter((batch) => !batch.includes(1)).flat()).toHaveLength(99);
  });

  test('is looked through by halves: one of many is handed over a few times only', async () => {
    const { seen, handler } = poison('64');
    const { shard } = delivery(handler, { maxAttempts: 5, onFailure: 'skip' });
    await shard.deliver(records(64), 0, checkpoints().checkpoint);
    // Whole, then halves of what is left: 6 of 64; and alone until the last attempt.
    expect(seen.filter((batch) => batch.includes(64)).length).toBeLessThanOrEqual(1 + 6 + 5);
    expect(seen.filter((batch) => !batch.includes(64)).flat()).toHaveLength(63);
  });

  test('grows again after one that is handled', async () => {
    let failures = 3;
    const { seen, handler } = noting(() => {
      if (failures-- > 0) throw new Error('boom');
    });
    await delivery(handler, { maxAttempts: 4 }).shard.deliver(records(8), 0, checkpoints().checkpoint);
    expect(seen.map((batch) => batch.length)).toEqual([8, 4, 2, 1, 1, 6]);
  });
});

test.each([
  ['a text', 'x', "has no array 'failures'"],
  ['failures that are none', { failures: 'x' }, "has no array 'failures'"],
  ['a record of another batch', { failures: [{ record: records(1)[0] }] }, 'a record that it was not given'],
])('%s as a result is a failure of the batch, which says so', async (_name, result, message) => {
  const { shard } = delivery((() => result) as unknown as BatchHandler, { maxAttempts: 1 });
  await expect(shard.deliver(records(1), 0, checkpoints().checkpoint)).rejects.toThrow(message);
});
