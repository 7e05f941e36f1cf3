import { jest } from '@jest/globals';
import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import type { FailedRecord } from '../../src/delivery/failed-record.js';
import type { KinesisRecord, RecordContext, RecordHandler } from '../../src/delivery/record-handler.js';
import { ShardDelivery } from '../../src/delivery/shard-delivery.js';
import { HandlerError } from '../../src/errors/errors.js';
import { checkpoints } from '../helpers/checkpoints.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

const SHARD = 'shardId-000000000003';

function delivery(handler: RecordHandler, options: Partial<DeliveryOptions> = {}) {
  const log = memoryLog();
  const all = { ...deliverySettings(handler), maxAttempts: 3, logger: log.logger, ...options };
  return { shard: new ShardDelivery(all, STREAM, SHARD), log };
}

/** Fails so often on the record with this sequence number, and notes each attempt. */
function failing(sequenceNumber: string, times: number) {
  const seen: [string, number][] = [];
  const handler: RecordHandler = async (record, { attempt }) => {
    seen.push([record.sequenceNumber, attempt]);
    if (record.sequenceNumber === sequenceNumber && times-- > 0) throw new Error('boom');
  };
  return { seen, handler };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a record whose handler fails', () => {
  test('is tried again before the records behind it', async () => {
    const { seen, handler } = failing('2', 2);
    const { shard, log } = delivery(handler);
    const { made, checkpoint } = checkpoints();

    await shard.deliver(records(3), 0, checkpoint);

    expect(seen).toEqual([
      ['1', 1],
      ['2', 1],
      ['2', 2],
      ['2', 3],
      ['3', 1],
    ]);
    expect(made).toEqual([{ sequenceNumber: '3', subSequenceNumber: 0 }]);
    expect(log.lines.filter(({ level }) => level === 40)).toMatchObject([
      { msg: 'the record handler failed, trying again', sequenceNumber: '2', attempt: 1 },
      { msg: 'the record handler failed, trying again', sequenceNumber: '2', attempt: 2 },
    ]);
  });

  test('stops the worker after the last attempt; what is before it is checkpointed', async () => {
    const { seen, handler } = failing('2', 99);
    const { shard } = delivery(handler);
    const { made, checkpoint } = checkpoints();

    const error = await shard.deliver(records(3), 0, checkpoint).catch((failure: unknown) => failure);

    expect(error).toBeInstanceOf(HandlerError);
    expect((error as Error).message).toMatch(
      /^the record handler failed on record 2 .* in attempt 3: Error: boom$/,
    );
    expect(seen.map(([sequenceNumber]) => sequenceNumber)).toEqual(['1', '2', '2', '2']);
    expect(made).toEqual([{ sequenceNumber: '1', subSequenceNumber: 0 }]);
  });

  test('is skipped with onFailure = skip, and the log says which', async () => {
    const { seen, handler } = failing('2', 99);
    const { shard, log } = delivery(handler, { onFailure: 'skip', maxAttempts: 2 });
    const { made, checkpoint } = checkpoints();

    await shard.deliver(records(3), 0, checkpoint);

    expect(seen.map(([sequenceNumber]) => sequenceNumber)).toEqual(['1', '2', '2', '3']);
    expect(made).toEqual([{ sequenceNumber: '3', subSequenceNumber: 0 }]);
    expect(log.lines.filter(({ level }) => level === 50)).toMatchObject([
      {
        msg: 'a record is skipped: the record handler failed in its last attempt',
        sequenceNumber: '2',
        subSequenceNumber: 0,
        attempts: 2,
        shard: SHARD,
        err: { message: 'boom' },
      },
    ]);
  });

  test('is not skipped when the line that says so is lost: the next worker has it', async () => {
    const { seen, handler } = failing('2', 99);
    const logLost = new AbortController();
    const stopping = new AbortController();
    logLost.signal.addEventListener('abort', () => stopping.abort());
    const { logger } = memoryLog((line) => {
      if (line.includes('a record is skipped')) logLost.abort();
    });
    const options = { onFailure: 'skip', maxAttempts: 2, logger, stopping, logLost: logLost.signal } as const;
    const { shard } = delivery(handler, options);
    const { made, checkpoint } = checkpoints();

    await shard.deliver(records(3), 0, checkpoint);
    await shard.shutdownRequested(checkpoint);

    expect(seen.map(([sequenceNumber]) => sequenceNumber)).toEqual(['1', '2', '2']);
    expect(made).toEqual([{ sequenceNumber: '1', subSequenceNumber: 0 }]);
  });

  test('whose line is lost is not passed by the next batch either, although the stop has not begun', async () => {
    const { seen, handler } = failing('2', 99);
    const logLost = AbortSignal.abort();
    const { shard } = delivery(handler, { onFailure: 'skip', maxAttempts: 1, logLost });
    const { made, checkpoint } = checkpoints();

    await shard.deliver(records(2), 0, checkpoint);
    await shard.deliver([{ ...(records(1)[0] as KinesisRecord), sequenceNumber: '3' }], 0, checkpoint);

    expect(seen.map(([sequenceNumber]) => sequenceNumber)).toEqual(['1', '2']);
    expect(made).toEqual([{ sequenceNumber: '1', subSequenceNumber: 0 }]);
  });

  test('that is the last of its batch is checkpointed when it is skipped', async () => {
    const { shard } = delivery(failing('1', 99).handler, { onFailure: 'skip' });
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(1), 0, checkpoint);
    expect(made).toEqual([{ sequenceNumber: '1', subSequenceNumber: 0 }]);
  });

  test('waits longer each time: half of it, and a random part of the other half', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.999);
    const { shard, log } = delivery(failing('1', 6).handler, {
      maxAttempts: 7,
      retryDelayMs: 4,
      retryMaxDelayMs: 20,
    });

    await shard.deliver(records(1), 0, checkpoints().checkpoint);
    const waits = () => log.lines.filter(({ level }) => level === 40).map(({ retryInMs }) => retryInMs);
    expect(waits()).toEqual([3, 7, 15, 19, 19, 19]);

    random.mockReturnValue(0);
    const again = delivery(failing('1', 2).handler, { retryDelayMs: 4, retryMaxDelayMs: 20 });
    await again.shard.deliver(records(1), 0, checkpoints().checkpoint);
    expect(again.log.lines.filter(({ level }) => level === 40).map(({ retryInMs }) => retryInMs)).toEqual([
      2, 4,
    ]);
  });

  test('begins with the shortest wait again at the next record', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.999);
    const { shard, log } = delivery(
      async (_record, { attempt }) => {
        if (attempt < 3) throw new Error('boom');
      },
      { retryDelayMs: 2, retryMaxDelayMs: 100 },
    );
    await shard.deliver(records(2), 0, checkpoints().checkpoint);
    expect(log.lines.filter(({ level }) => level === 40).map(({ retryInMs }) => retryInMs)).toEqual([
      1, 3, 1, 3,
    ]);
  });

  test.each(['leave', 'abandon'] as const)(
    'is left while it waits, when the shard must be left: %s',
    async (how) => {
      const { shard, log } = delivery(failing('2', 99).handler, { retryDelayMs: 1e9, retryMaxDelayMs: 1e9 });
      jest.spyOn(Math, 'random').mockReturnValue(0.999);
      const end = () => (how === 'leave' ? shard.leave('handed over') : shard.abandon('lease lost'));
      const { made, checkpoint } = checkpoints();
      const delivered = shard.deliver(records(3), 0, checkpoint);
      while (log.messages('warn').length === 0) await new Promise(setImmediate);

      end();
      await delivered;

      expect(made).toEqual(how === 'leave' ? [{ sequenceNumber: '1', subSequenceNumber: 0 }] : []);
      expect(log.messages('warn')).toEqual([
        'the record handler failed, trying again',
        'a record that was begun is left unfinished: it comes again',
      ]);
    },
  );

  test('is left when the worker stops within an attempt that is not the last', async () => {
    const stopping = new AbortController();
    const { shard } = delivery(
      async () => {
        stopping.abort();
        throw new Error('boom');
      },
      { stopping },
    );
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(2), 0, checkpoint);
    await shard.shutdownRequested(checkpoint);
    expect(made).toEqual([]);
  });

  test('because the lease is lost is no failure', async () => {
    const { shard, log } = delivery(
      async (_record, { signal }) => {
        shard.abandon('lease lost');
        signal.throwIfAborted();
      },
      { maxAttempts: 1 },
    );
    await shard.deliver(records(2), 0, checkpoints().checkpoint);
    expect(log.messages('error')).toEqual([]);
  });
});

describe('onFailure = send', () => {
  const sent = (send: (failed: FailedRecord, signal: AbortSignal) => Promise<void>) => {
    const { handler } = failing('2', 99);
    return delivery(handler, { onFailure: { send } });
  };

  test('sends the record with its position, error and attempts before the next one is handled', async () => {
    const failures: FailedRecord[] = [];
    const { shard, log } = sent(async (failed) => void failures.push(failed));
    const { made, checkpoint } = checkpoints();

    await shard.deliver(records(3), 0, checkpoint);

    expect(failures).toMatchObject([
      {
        stream: STREAM,
        shard: SHARD,
        record: { sequenceNumber: '2' },
        attempts: 3,
        error: { message: 'boom' },
      },
    ]);
    expect(made).toEqual([{ sequenceNumber: '3', subSequenceNumber: 0 }]);
    expect(log.messages('error')).toEqual([
      'a record is sent to the on-failure queue: the record handler failed in its last attempt',
    ]);
  });

  test('stops the worker if it can not be sent; nothing is dropped', async () => {
    const { shard } = sent(async () => {
      throw new Error('no queue');
    });
    const { made, checkpoint } = checkpoints();

    await expect(shard.deliver(records(3), 0, checkpoint)).rejects.toThrow(
      /^the record handler failed on record 2 .*: Error: boom; it could not be sent on: Error: no queue$/,
    );

    expect(made).toEqual([{ sequenceNumber: '1', subSequenceNumber: 0 }]);
  });

  test('is no failure when the lease is lost meanwhile', async () => {
    const { shard, log } = sent(async (_failed, signal) => {
      shard.abandon('lease lost');
      signal.throwIfAborted();
    });
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(3), 0, checkpoint);
    expect(made).toEqual([]);
    expect(log.messages('warn').at(-1)).toBe('a record that was begun is left unfinished: it comes again');
  });
});

describe('a send that takes long', () => {
  afterEach(() => jest.useRealTimers());

  test('is let go some seconds after the shard is to be left, and the record is left to the next worker', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'performance'] });
    const send = jest.fn(
      (_failed: FailedRecord, signal: AbortSignal) =>
        new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const { shard, log } = delivery(failing('2', 99).handler, { maxAttempts: 1, onFailure: { send } });
    const { made, checkpoint } = checkpoints();
    const delivered = shard.deliver(records(3), 0, checkpoint);
    while (send.mock.calls.length === 0) await new Promise(setImmediate);

    shard.leave('handed over');
    jest.advanceTimersByTime(4_999);
    await new Promise(setImmediate);
    expect(send.mock.calls[0]?.[1].aborted).toBe(false);
    jest.advanceTimersByTime(1);
    await delivered;

    expect(made).toEqual([{ sequenceNumber: '1', subSequenceNumber: 0 }]);
    expect(log.messages('warn')).toEqual(['a record that was begun is left unfinished: it comes again']);
  });
});

test('a handler that hangs although its lease is lost stops the worker: it would run beside the next', async () => {
  const { shard } = delivery(
    () => {
      shard.abandon('lease lost');
      return new Promise(() => {});
    },
    { handlerTimeoutMs: 20 },
  );
  await expect(shard.deliver(records(1), 0, checkpoints().checkpoint)).rejects.toThrow('HandlerHangs');
});

test('what was thrown is cut in the message, and need not be readable', async () => {
  const long = delivery(() => Promise.reject(new Error('x'.repeat(100_000))), { maxAttempts: 1 });
  const error = await long.shard
    .deliver(records(1), 0, checkpoints().checkpoint)
    .catch((failure: unknown) => failure);
  expect((error as Error).message.length).toBeLessThan(5_000);

  const thrown = Object.defineProperty(new Error('x'), 'message', {
    get() {
      throw new Error('not readable');
    },
  });
  const odd = delivery(() => Promise.reject(thrown), { maxAttempts: 2 });
  await expect(odd.shard.deliver(records(1), 0, checkpoints().checkpoint)).rejects.toThrow(HandlerError);
});

describe('a handler that takes longer than its time limit', () => {
  test('has its signal aborted, has failed, and is tried again', async () => {
    const attempts: RecordContext[] = [];
    const { shard, log } = delivery(
      async (_record, context) => {
        attempts.push(context);
        if (context.attempt === 1)
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      },
      { handlerTimeoutMs: 20 },
    );

    await shard.deliver(records(1), 0, checkpoints().checkpoint);

    expect(attempts.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(attempts[0]?.signal.reason).toMatchObject({ name: 'HandlerTimeout' });
    expect(log.lines.find(({ level }) => level === 40)?.err?.message).toBe(
      'it took longer than 20 ms (handlerTimeoutMs)',
    );
  });

  test('and does not end then stops the worker, whatever onFailure says: two attempts would run at once', async () => {
    const { shard } = delivery(() => new Promise(() => {}), { handlerTimeoutMs: 20, onFailure: 'skip' });
    await expect(shard.deliver(records(1), 0, checkpoints().checkpoint)).rejects.toThrow(
      /in attempt 1: HandlerHangs: it took longer than 20 ms .* did not end within 5000 ms/,
    );
  });

  test('is let run with a limit of 0', async () => {
    const { shard } = delivery(() => new Promise((resolve) => setTimeout(resolve, 30)), {
      handlerTimeoutMs: 0,
    });
    await shard.deliver(records(1), 0, checkpoints().checkpoint);
  });
});

test('a promise of another library is waited for', async () => {
  const events: string[] = [];
  const thenable = (name: string) => ({
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    then(resolve: () => void) {
      setImmediate(() => {
        events.push(name);
        resolve();
      });
    },
  });
  const { shard } = delivery(((record: KinesisRecord) =>
    thenable(record.sequenceNumber)) as unknown as RecordHandler);
  await shard.deliver(records(2), 0, async () => void events.push('checkpoint'));
  expect(events).toEqual(['1', '2', 'checkpoint']);
});

test('what a handler returns says nothing', async () => {
  const { shard } = delivery((() => ({ index: 0, failures: [{}] })) as unknown as RecordHandler);
  const { made, checkpoint } = checkpoints();
  await shard.deliver(records(2), 0, checkpoint);
  expect(made).toEqual([{ sequenceNumber: '2', subSequenceNumber: 0 }]);
});

describe('fairness', () => {
  test('a shard whose handler never waits lets the event loop run within its batch', async () => {
    let turns = 0;
    let counting = true;
    const count = () => {
      turns++;
      if (counting) setImmediate(count);
    };
    const { shard } = delivery(() => {
      const until = performance.now() + 1;
      while (performance.now() < until);
    });
    setImmediate(count);
    await shard.deliver(records(100), 0, checkpoints().checkpoint);
    counting = false;
    // 100 ms of work, a turn after each 8 ms or so.
    expect(turns).toBeGreaterThan(4);
  });
});
