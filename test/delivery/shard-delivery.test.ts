import { jest } from '@jest/globals';
import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import { CheckpointError } from '../../src/delivery/position.js';
import type { RecordContext, RecordHandler } from '../../src/delivery/record-handler.js';
import { HandlerError } from '../../src/errors/errors.js';
import { checkpoints } from '../helpers/checkpoints.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { recordOf, records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

// Jest's fake timers leave this module alone.
jest.unstable_mockModule('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
  setImmediate: () => new Promise((resolve) => setImmediate(resolve)),
}));
const { ShardDelivery } = await import('../../src/delivery/shard-delivery.js');

const SHARD = 'shardId-000000000003';
const NEVER_MS = 1e9;

/** A delivery that checkpoints after every batch, if nothing else is said. */
function delivery(handler: RecordHandler, options: Partial<DeliveryOptions> = {}) {
  const log = memoryLog();
  const all = { ...deliverySettings(handler), logger: log.logger, ...options };
  return { shard: new ShardDelivery(all, STREAM, SHARD), log };
}

function throttled(): CheckpointError {
  return new CheckpointError('ThrottlingException', 'slow down');
}

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('records', () => {
  test('come one after the other, each when the one before is finished', async () => {
    const events: string[] = [];
    const { shard } = delivery(async ({ sequenceNumber }) => {
      events.push(`${sequenceNumber} begins`);
      await new Promise(setImmediate);
      events.push(`${sequenceNumber} ends`);
    });
    const { checkpoint } = checkpoints();

    await shard.deliver(records(2), 0, checkpoint);

    expect(events).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
  });

  test('are counted when they are handled', async () => {
    const onHandled = jest.fn();
    const { shard } = delivery(
      ({ sequenceNumber }) => {
        expect(onHandled).toHaveBeenCalledTimes(Number(sequenceNumber) - 1);
        if (sequenceNumber === '3') throw new Error('boom');
      },
      { onHandled },
    );

    await expect(shard.deliver(records(3), 0, checkpoints().checkpoint)).rejects.toThrow('boom');

    expect(onHandled).toHaveBeenCalledTimes(2);
  });

  test('come with their context', async () => {
    const contexts: RecordContext[] = [];
    const { shard } = delivery((_record, context) => void contexts.push(context));

    await shard.deliver(records(1), 1234, checkpoints().checkpoint);
    await shard.deliver(records(1), undefined, checkpoints().checkpoint);

    expect(contexts).toMatchObject([
      { stream: STREAM, shard: SHARD, millisBehindLatest: 1234 },
      { stream: STREAM, shard: SHARD, millisBehindLatest: undefined },
    ]);
    expect(contexts[0]?.signal.aborted).toBe(false);
  });

  test("the context's logger says stream, shard and sequence number", async () => {
    const { shard, log } = delivery((_record, { logger }) => logger.warn({ order: 5 }, 'look'));

    await shard.deliver(records(2), 0, checkpoints().checkpoint);

    const lines = log.lines.filter(({ msg }) => msg === 'look');
    expect(lines).toMatchObject([
      { stream: STREAM.arn, shard: SHARD, sequenceNumber: '1', order: 5 },
      { stream: STREAM.arn, shard: SHARD, sequenceNumber: '2', order: 5 },
    ]);
  });

  test("the context's logger is the same one each time it is asked for", async () => {
    const { shard } = delivery((_record, context) => expect(context.logger).toBe(context.logger));
    await shard.deliver(records(1), 0, checkpoints().checkpoint);
    expect.assertions(1);
  });

  test('stop coming when the shard is lost in the middle of a batch', async () => {
    const seen: string[] = [];
    const { shard } = delivery(({ sequenceNumber }, { signal }) => {
      seen.push(sequenceNumber);
      if (sequenceNumber === '2') shard.abandon('lease lost');
      expect(signal.aborted).toBe(sequenceNumber === '2');
    });
    const { made, checkpoint } = checkpoints();

    await shard.deliver(records(4), 0, checkpoint);

    expect(seen).toEqual(['1', '2']);
    expect(made).toEqual([]);
  });
});

test('a shard that is lost within its last record asks for no checkpoint', async () => {
  const { shard } = delivery(() => shard.abandon('lease lost'));
  const { made, checkpoint } = checkpoints();
  await shard.deliver(records(1), 0, checkpoint);
  expect(made).toEqual([]);
});

describe('a checkpoint', () => {
  test('is made after the last handled record, with its sub-sequence number', async () => {
    let handled = 0;
    const { shard, log } = delivery(async () => {
      await new Promise(setImmediate);
      handled++;
    });
    const made: unknown[] = [];

    await shard.deliver(
      [
        recordOf({ sequenceNumber: '7', subSequenceNumber: 1 }),
        recordOf({ sequenceNumber: '7', subSequenceNumber: 2 }),
      ],
      40,
      async (position) => void made.push({ position, handled }),
    );

    expect(made).toEqual([{ position: { sequenceNumber: '7', subSequenceNumber: 2 }, handled: 2 }]);
    await shard.deliver(records(1), 0, checkpoints().checkpoint);
    expect(log.lines.at(-1)).toMatchObject({ msg: 'checkpointed', records: 1 });
    expect(log.lines.at(-2)).toMatchObject({
      msg: 'checkpointed',
      shard: SHARD,
      sequenceNumber: '7',
      subSequenceNumber: 2,
      records: 2,
      millisBehindLatest: 40,
    });
  });

  test('waits for the interval', async () => {
    jest.useFakeTimers();
    const { shard } = delivery(() => {}, { checkpointIntervalMs: 10_000 });
    const { made, checkpoint } = checkpoints();
    const deliver = async (sequenceNumber: string, afterMs: number) => {
      jest.advanceTimersByTime(afterMs);
      await shard.deliver([recordOf({ sequenceNumber })], 0, checkpoint);
      return made.length;
    };

    expect(await deliver('1', 9_999)).toBe(0);
    expect(await deliver('2', 1)).toBe(1);
    expect(await deliver('3', 9_999)).toBe(1);
    expect(await deliver('4', 1)).toBe(2);
    expect(made).toMatchObject([{ sequenceNumber: '2' }, { sequenceNumber: '4' }]);
  });

  test('does not wait for a wall clock that was set back', async () => {
    jest.useFakeTimers();
    const { shard } = delivery(() => {}, { checkpointIntervalMs: 10_000 });
    const { made, checkpoint } = checkpoints();

    jest.setSystemTime(Date.now() - 3_600_000);
    jest.advanceTimersByTime(10_000);
    await shard.deliver(records(1), 0, checkpoint);

    expect(made).toHaveLength(1);
  });

  test('that is due is made with an idle batch too', async () => {
    jest.useFakeTimers();
    const { shard } = delivery(() => {}, { checkpointIntervalMs: 10_000 });
    const { made, checkpoint } = checkpoints();

    await shard.deliver(records(3), 0, checkpoint);
    jest.advanceTimersByTime(10_000);
    await shard.deliver([], 0, checkpoint);

    expect(made).toEqual([{ sequenceNumber: '3', subSequenceNumber: 0 }]);
  });

  test('is not made where nothing was handled since the last one', async () => {
    const { shard } = delivery(() => {});
    const { made, checkpoint } = checkpoints();

    await shard.deliver([], 0, checkpoint);
    await shard.deliver(records(1), 0, checkpoint);
    await shard.deliver([], 0, checkpoint);
    await shard.shutdownRequested(checkpoint);

    expect(made).toHaveLength(1);
  });

  test('that failed is logged, and its position is tried again with the next batch', async () => {
    const { shard, log } = delivery(() => {});
    const { made, checkpoint } = checkpoints(throttled());
    jest.spyOn(Math, 'random').mockReturnValue(0); // of the wait until then

    await shard.deliver(records(2), 0, checkpoint);
    expect(log.messages('warn')).toEqual(['checkpoint failed']);
    expect(log.lines.at(-1)?.err?.message).toBe('ThrottlingException: slow down');
    await shard.deliver([], 0, checkpoint);

    expect(made).toEqual([
      { sequenceNumber: '2', subSequenceNumber: 0 },
      { sequenceNumber: '2', subSequenceNumber: 0 },
    ]);
  });
});

describe('a handler that fails', () => {
  const thrower = () => {
    throw new TypeError('boom');
  };
  const nameless = Object.create(null) as object;

  test.each<[string, RecordHandler, string]>([
    ['throws', thrower, 'TypeError: boom'],
    ['rejects', async () => thrower(), 'TypeError: boom'],
    [
      'rejects late',
      () => new Promise((_, reject) => setImmediate(reject, new Error('boom'))),
      'Error: boom',
    ],
    ['rejects with a text', () => Promise.reject('boom'), 'boom'],
    ['rejects with nothing', () => Promise.reject(), 'undefined'],
    ['rejects with an object', () => Promise.reject({ code: 5 }), '{ code: 5 }'],
    ['rejects with what has no text', () => Promise.reject(nameless), '[Object: null prototype] {}'],
  ])('and %s is reported with the record', async (_name, handler, reason) => {
    const { shard } = delivery(handler);
    const record = recordOf({ sequenceNumber: '9', subSequenceNumber: 4 });

    const error = await shard
      .deliver([record], 0, checkpoints().checkpoint)
      .catch((failure: unknown) => failure);

    expect(error).toBeInstanceOf(HandlerError);
    expect((error as Error).message).toBe(
      `the record handler failed on record 9 (sub-sequence number 4) of ${SHARD}, ${STREAM.arn}, in attempt 1: ${reason}`,
    );
  });

  test('keeps what it threw as the cause', async () => {
    const cause = new Error('boom');
    const { shard } = delivery(() => Promise.reject(cause));
    await expect(shard.deliver(records(1), 0, checkpoints().checkpoint)).rejects.toMatchObject({ cause });
  });

  test.each([0, NEVER_MS])(
    'the records before it are checkpointed before its error comes, with an interval of %d ms',
    async (checkpointIntervalMs) => {
      const seen: string[] = [];
      const handler: RecordHandler = ({ sequenceNumber }) => {
        seen.push(sequenceNumber);
        if (sequenceNumber === '3') throw new Error('boom');
      };
      const { shard } = delivery(handler, { checkpointIntervalMs });
      const events: unknown[] = [];
      const checkpoint = async (position: unknown) => {
        await new Promise(setImmediate);
        events.push(position);
      };

      await shard.deliver(records(5), 0, checkpoint).catch(() => events.push('error'));

      expect(events).toEqual([{ sequenceNumber: '2', subSequenceNumber: 0 }, 'error']);
      expect(seen).toEqual(['1', '2', '3']);
    },
  );

  test('on the first record leaves the checkpoint where it was', async () => {
    const { shard } = delivery(() => Promise.reject(new Error('boom')));
    const { made, checkpoint } = checkpoints();
    await expect(shard.deliver(records(2), 0, checkpoint)).rejects.toThrow(HandlerError);
    expect(made).toEqual([]);
  });

  test('waits until the checkpoint of the records before it is stored', async () => {
    jest.useFakeTimers();
    const { shard } = delivery(({ sequenceNumber }) => {
      if (sequenceNumber === '2') throw new Error('boom');
    });
    const { made, checkpoint } = checkpoints(throttled(), throttled());

    const failure = expect(shard.deliver(records(2), 0, checkpoint)).rejects.toThrow('boom');
    await jest.runAllTimersAsync();
    await failure;

    expect(made).toHaveLength(3);
  });

  test('is what is reported, even if that can not be stored at all', async () => {
    jest.useFakeTimers();
    const { shard, log } = delivery(({ sequenceNumber }) => {
      if (sequenceNumber === '2') throw new Error('boom');
    });
    const { checkpoint } = checkpoints(...Array.from({ length: 20 }, throttled));

    const failure = expect(shard.deliver(records(2), 0, checkpoint)).rejects.toThrow('boom');
    await jest.runAllTimersAsync();
    await failure;

    expect(log.messages('error')).toEqual(['the checkpoint before the failure could not be stored']);
  });
});

describe('the final checkpoint', () => {
  const handledTwo = async (options?: Partial<DeliveryOptions>) => {
    const made = delivery(() => {}, { checkpointIntervalMs: NEVER_MS, ...options });
    await made.shard.deliver(records(2), 0, checkpoints().checkpoint);
    return made;
  };

  test('at a stop is made before the interval is over', async () => {
    const { shard } = await handledTwo();
    const { made, checkpoint } = checkpoints();

    await shard.shutdownRequested(checkpoint);

    expect(made).toEqual([{ sequenceNumber: '2', subSequenceNumber: 0 }]);
  });

  test("at the shard's end is without a position", async () => {
    const { shard, log } = delivery(() => {});
    await shard.deliver(records(1), 0, checkpoints().checkpoint);
    const { made, checkpoint } = checkpoints();

    await shard.shardEnded(checkpoint);

    expect(made).toEqual(['end']);
    expect(log.messages('info')).toContain('shard ended, checkpointed');
  });

  test.each(['shutdownRequested', 'shardEnded'] as const)('of %s is tried again', async (action) => {
    jest.useFakeTimers();
    const { shard, log } = await handledTwo();
    const { made, checkpoint } = checkpoints(throttled(), throttled());

    const finished = shard[action](checkpoint);
    await jest.runAllTimersAsync();
    await finished;

    expect(made).toHaveLength(3);
    expect(log.lines.filter(({ level }) => level >= 40)).toMatchObject([
      { msg: 'checkpoint failed, trying again', retryInMs: 100 },
      { msg: 'checkpoint failed, trying again', retryInMs: 200 },
    ]);
  });

  test('fails with the last reason when it was tried for seconds', async () => {
    jest.useFakeTimers();
    const { shard } = await handledTwo();
    const { made, checkpoint } = checkpoints(...Array.from({ length: 20 }, throttled));

    const failure = expect(shard.shutdownRequested(checkpoint)).rejects.toThrow(
      'ThrottlingException: slow down',
    );
    await jest.runAllTimersAsync();
    await failure;

    expect(made).toHaveLength(7);
  });

  test.each(['shutdownRequested', 'shardEnded'] as const)(
    'of %s that is refused because the lease is lost is no failure, and not called made',
    async (action) => {
      const { shard, log } = await handledTwo();
      const { made, checkpoint } = checkpoints(new CheckpointError('ShutdownException', 'lost'));

      await shard[action](checkpoint);

      expect(made).toHaveLength(1);
      expect(log.messages('warn')).toEqual(['checkpoint refused: the lease is lost']);
      expect(log.messages('info').filter((message) => message.includes('checkpointed'))).toEqual([]);
    },
  );

  test('that finds the lease lost at the last attempt is no failure either', async () => {
    jest.useFakeTimers();
    const { shard } = await handledTwo();
    const errors = [
      ...Array.from({ length: 6 }, throttled),
      new CheckpointError('ShutdownException', 'lost'),
    ];
    const { made, checkpoint } = checkpoints(...errors);

    const finished = expect(shard.shutdownRequested(checkpoint)).resolves.toBeUndefined();
    await jest.runAllTimersAsync();
    await finished;

    expect(made).toHaveLength(7);
  });

  test('is not tried again when the connection is gone', async () => {
    const { shard } = await handledTwo();
    const made: unknown[] = [];

    const finished = shard.shutdownRequested(async (position) => {
      made.push(position);
      shard.abandon('lease lost');
      throw new CheckpointError('ConnectionClosed', 'the launcher is gone');
    });

    await expect(finished).rejects.toThrow('ConnectionClosed: the launcher is gone');
    expect(made).toHaveLength(1);
  });
});

describe('a worker that stops', () => {
  /** Delivers three records and stops within the second; the checkpoint is not due. */
  const stopped = async () => {
    const stopping = new AbortController();
    const seen: string[] = [];
    const handler: RecordHandler = ({ sequenceNumber }) => {
      seen.push(sequenceNumber);
      if (sequenceNumber === '2') stopping.abort();
    };
    const made = delivery(handler, { checkpointIntervalMs: NEVER_MS, stopping });
    await made.shard.deliver(records(3), 0, checkpoints().checkpoint);
    return { ...made, seen };
  };

  test('finishes the record at hand, and takes no other', async () => {
    const { shard, seen } = await stopped();
    await shard.deliver([recordOf({ sequenceNumber: '4' })], 0, checkpoints().checkpoint);
    expect(seen).toEqual(['1', '2']);
  });

  test('makes its final checkpoint at that record', async () => {
    const { shard } = await stopped();
    const { made, checkpoint } = checkpoints();
    await shard.shutdownRequested(checkpoint);
    expect(made).toEqual([{ sequenceNumber: '2', subSequenceNumber: 0 }]);
  });

  test("does not checkpoint the shard's end over records that it left", async () => {
    const { shard, log } = await stopped();
    const { made, checkpoint } = checkpoints();
    await shard.shardEnded(checkpoint);
    expect(made).toEqual([{ sequenceNumber: '2', subSequenceNumber: 0 }]);
    expect(log.messages('warn')).toEqual([
      "the shard's end is not checkpointed: the stop left records of it",
    ]);
  });

  test("checkpoints the shard's end where it left none", async () => {
    const stopping = new AbortController();
    const { shard } = delivery(() => stopping.abort(), { stopping });
    await shard.deliver(records(1), 0, checkpoints().checkpoint);
    await shard.deliver([], 0, checkpoints().checkpoint);
    const { made, checkpoint } = checkpoints();
    await shard.shardEnded(checkpoint);
    expect(made).toEqual(['end']);
  });
});
