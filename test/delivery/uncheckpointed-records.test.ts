import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import { CheckpointError } from '../../src/delivery/position.js';
import { ShardDelivery } from '../../src/delivery/shard-delivery.js';
import { UncheckpointedRecords } from '../../src/delivery/uncheckpointed-records.js';
import { DaemonError } from '../../src/errors/errors.js';
import { checkpoints } from '../helpers/checkpoints.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { recordOf, records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

const lost = () => new CheckpointError('ShutdownException', 'lost');

/** Shards of one worker that checkpoints at the end of a shard's reading alone. */
function worker(options: Partial<DeliveryOptions> = {}) {
  const log = memoryLog();
  const uncheckpointed = new UncheckpointedRecords();
  const stopping = new AbortController();
  const all = {
    ...deliverySettings(() => {}),
    checkpointIntervalMs: 1e9,
    logger: log.logger,
    uncheckpointed,
    stopping,
    ...options,
  };
  const take = (shard = 's0') => new ShardDelivery(all, STREAM, shard);
  const counts = () => [uncheckpointed.records, uncheckpointed.shards];
  return { take, log, stopping, counts };
}

describe('a lease that is lost while the worker runs', () => {
  test('says how many handled records come again', async () => {
    const { take, log, counts } = worker();
    const [s0, s1] = [take('s0'), take('s1')];
    await s0.deliver(records(5), 0, checkpoints().checkpoint);
    await s1.deliver(records(1), 0, checkpoints().checkpoint);

    await s0.leaseLost();
    await s1.leaseLost();

    expect(log.lines.filter(({ level }) => level >= 40)).toMatchObject([
      {
        msg: 'lease lost: 5 handled records were not checkpointed and come again',
        shard: 's0',
        uncheckpointed: 5,
        sequenceNumber: '5',
      },
      { msg: 'lease lost: 1 handled record was not checkpointed and comes again', shard: 's1' },
    ]);
    expect(counts()).toEqual([6, 2]);
  });

  test('says nothing if all are checkpointed', async () => {
    const { take, log, counts } = worker();
    const shard = take();
    await shard.deliver(records(5), 0, checkpoints().checkpoint);
    await shard.shutdownRequested(checkpoints().checkpoint);
    await shard.leaseLost();
    expect(log.messages('warn')).toEqual([]);
    expect(counts()).toEqual([0, 0]);
  });

  test.each(['shutdownRequested', 'shardEnded'] as const)(
    'is counted too when it is found by the checkpoint of %s',
    async (method) => {
      const { take, counts, log } = worker();
      const shard = take();
      await shard.deliver(records(5), 0, checkpoints().checkpoint);
      await shard[method](checkpoints(lost()).checkpoint);
      expect(counts()).toEqual([5, 1]);
      expect(log.lines.filter(({ level }) => level >= 40)).toMatchObject([
        { msg: 'checkpoint refused: the lease is lost', uncheckpointed: 5 },
      ]);
    },
  );

  test('counts the record that was at hand', async () => {
    const { take, counts } = worker({ checkpointIntervalMs: 0 });
    const shard = take();
    await shard.deliver(records(3), 0, checkpoints(lost()).checkpoint);
    expect(counts()).toEqual([3, 1]);
    await shard.leaseLost();
    expect(counts()).toEqual([3, 1]);
  });
});

describe('what came again to the same worker', () => {
  const lose = async () => {
    const made = worker();
    const shard = made.take();
    await shard.deliver(records(5), 0, checkpoints().checkpoint);
    await shard.leaseLost();
    return made;
  };

  test('is counted until it is checkpointed', async () => {
    const { take, counts } = await lose();
    const again = take();
    await again.deliver(records(4), 0, checkpoints().checkpoint);
    expect(counts()).toEqual([5, 1]);
    await again.shutdownRequested(checkpoints().checkpoint);
    expect(counts()).toEqual([1, 1]);

    const third = take();
    await third.deliver([recordOf({ sequenceNumber: '5' })], 0, checkpoints().checkpoint);
    await third.shutdownRequested(checkpoints().checkpoint);
    expect(counts()).toEqual([0, 0]);
  });

  test("is checkpointed by the shard's end", async () => {
    const { take, counts } = await lose();
    const again = take();
    await again.shardEnded(checkpoints().checkpoint);
    await again.leaseLost();
    expect(counts()).toEqual([0, 0]);
  });

  test('is not by a checkpoint of another shard', async () => {
    const { take, counts } = await lose();
    const other = take('s1');
    await other.deliver(records(9), 0, checkpoints().checkpoint);
    await other.shutdownRequested(checkpoints().checkpoint);
    expect(counts()).toEqual([5, 1]);
  });
});

describe('a lease that is lost while the worker stops', () => {
  test('fails the stop, with the number', async () => {
    const { take, stopping } = worker();
    const shard = take();
    await shard.deliver(records(5), 0, checkpoints().checkpoint);
    stopping.abort();
    const error = await shard.leaseLost().catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(DaemonError);
    expect((error as Error).message).toBe(
      `the last checkpoint of s0, ${STREAM.arn} (5 handled records were not checkpointed and come again), could not be stored: its lease is lost`,
    );
  });

  test('is no failure when the last checkpoint is stored, or nothing was handled', async () => {
    const { take, stopping } = worker();
    const [handled, idle] = [take('s0'), take('s1')];
    await handled.deliver(records(5), 0, checkpoints().checkpoint);
    stopping.abort();
    await handled.shutdownRequested(checkpoints().checkpoint);
    await handled.leaseLost();
    await idle.leaseLost();
  });
});
