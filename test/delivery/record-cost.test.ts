import { createHook } from 'node:async_hooks';
import { jest } from '@jest/globals';
import { inBatches } from '../../src/delivery/batch-handler.js';
import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import { ShardDelivery } from '../../src/delivery/shard-delivery.js';
import { checkpoints } from '../helpers/checkpoints.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

/** What the delivery of one batch takes, beside what its handler does. Time stands still, so that no turn is given back. */
async function costOf(count: number, options: Partial<DeliveryOptions> = {}) {
  const all = { ...deliverySettings(() => {}), logger: memoryLog().logger, ...options };
  const shard = new ShardDelivery({ ...all, handlerTimeoutMs: 300_000 }, STREAM, 's1');
  const batch = records(count);
  const { checkpoint } = checkpoints();
  let promises = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') promises++;
    },
  });
  const clock = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
  const timers = jest.spyOn(globalThis, 'setTimeout');
  hook.enable();
  try {
    await shard.deliver(batch, 0, checkpoint);
    return { promises, clock: clock.mock.calls.length, timers: timers.mock.calls.length };
  } finally {
    hook.disable();
    clock.mockRestore();
    timers.mockRestore();
    shard.abandon('disconnected');
  }
}

/** What 1,000 records more cost; promises for each of them, as jest makes some by itself. */
async function costOfThousand(options?: Partial<DeliveryOptions>) {
  const [few, many] = [await costOf(10, options), await costOf(1_010, options)];
  return {
    promisesEach: Math.round((many.promises - few.promises) / 1_000) + 0,
    clock: many.clock - few.clock,
    timers: many.timers - few.timers,
  };
}

test('a record whose handler does not wait costs one look at the clock, and no promise or timer', async () => {
  expect(await costOfThousand()).toEqual({ promisesEach: 0, clock: 1_000, timers: 0 });
});

test('a batch costs as much as a record', async () => {
  const handler = () => inBatches(() => {});
  expect(await costOfThousand({ handler })).toEqual({ promisesEach: 0, clock: 0, timers: 0 });
});

test('the attempts of a batch have one timer together, and a record costs seven promises at most', async () => {
  const { handler } = deliverySettings(async () => {});
  expect((await costOf(1_000, { handler })).timers).toBe(1);
  const { promisesEach, ...others } = await costOfThousand({ handler });
  expect(others).toEqual({ clock: 1_000, timers: 0 });
  expect(promisesEach).toBeLessThanOrEqual(7);
});
