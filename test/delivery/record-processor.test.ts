import { jest } from '@jest/globals';
import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import { CheckpointError } from '../../src/delivery/position.js';
import { ProcessorHandler } from '../../src/delivery/processor-handler.js';
import type { ProcessorCheckpointer, RecordProcessor } from '../../src/delivery/record-processor.js';
import { ShardDelivery } from '../../src/delivery/shard-delivery.js';
import { DaemonError, HandlerError } from '../../src/errors/errors.js';
import { checkpoints } from '../helpers/checkpoints.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { recordOf, records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

const SHARD = 'shardId-000000000003';

function delivery(processor: Partial<RecordProcessor>, options: Partial<DeliveryOptions> = {}) {
  const log = memoryLog();
  const all = {
    ...deliverySettings(() => {}),
    handler: () =>
      new ProcessorHandler({
        processRecords: (_input, done) => done(),
        shardEnded: ({ checkpointer }, done) => checkpointer.checkpoint(done),
        ...processor,
      }),
    logger: log.logger,
    ...options,
  };
  return { shard: new ShardDelivery(all, STREAM, SHARD), log };
}

test('it gets what aws-kcl hands over', async () => {
  const inputs: unknown[] = [];
  const { shard } = delivery({
    initialize(input, done) {
      inputs.push(input);
      done();
    },
    processRecords({ records: got, millisBehindLatest }, done) {
      inputs.push({ got, millisBehindLatest });
      done();
    },
  });
  const record = recordOf({
    sequenceNumber: '7',
    subSequenceNumber: 2,
    data: Buffer.from('hello'),
    approximateArrivalTimestamp: new Date(1_700_000_000_000),
  });

  await shard.initialize({ sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0 });
  await shard.deliver([record], 1234, checkpoints().checkpoint);
  await shard.deliver(
    [{ ...record, approximateArrivalTimestamp: undefined }],
    undefined,
    checkpoints().checkpoint,
  );

  const { partitionKey, approximateArrivalTimestamp: arrival } = record;
  const got = { data: 'aGVsbG8=', partitionKey, sequenceNumber: '7', subSequenceNumber: 2 };
  expect(inputs).toEqual([
    { shardId: SHARD, sequenceNumber: 'TRIM_HORIZON', subSequenceNumber: 0, streamArn: STREAM.arn },
    { got: [{ ...got, approximateArrivalTimestamp: arrival?.getTime() }], millisBehindLatest: 1234 },
    { got: [{ ...got, approximateArrivalTimestamp: null }], millisBehindLatest: null },
  ]);
});

describe('a method is finished', () => {
  /** Whether the batch was finished before `release` was called, and whether it was after. */
  const finished = async (processRecords: RecordProcessor['processRecords'], release: () => void) => {
    let done = false;
    const { shard } = delivery({ processRecords });
    const delivered = shard.deliver(records(1), 0, checkpoints().checkpoint).then(() => {
      done = true;
    });
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    const before = done;
    release();
    await delivered;
    return before;
  };

  test('when it calls done, not when its promise is fulfilled', async () => {
    let release = () => {};
    const processRecords: RecordProcessor['processRecords'] = async (_input, done) => {
      release = done;
    };
    expect(await finished(processRecords, () => release())).toBe(false);
  });

  test('when its promise is fulfilled, if it takes no done', async () => {
    let release = () => {};
    const processRecords = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    expect(await finished(processRecords, () => release())).toBe(false);
    expect(
      await finished(
        async () => {},
        () => {},
      ),
    ).toBe(true);
  });
});

describe('a method that fails', () => {
  test.each<[string, RecordProcessor['processRecords']]>([
    ['calls done with an error', (_input, done) => done(new Error('boom'))],
    ['calls done with a text', (_input, done) => done('Error: boom')],
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('boom'))],
    ['rejects before it calls done', async (_input, _done) => Promise.reject(new Error('boom'))],
  ])('because it %s stops the worker', async (_name, processRecords) => {
    const { shard } = delivery({ processRecords });
    const { made, checkpoint } = checkpoints();
    await expect(shard.deliver(records(1), 0, checkpoint)).rejects.toThrow(/in attempt 1: Error: boom$/);
    expect(made).toEqual([]);
  });

  test('is tried again with the same records, down to the one that fails', async () => {
    const seen: string[][] = [];
    const { shard } = delivery(
      {
        processRecords({ records: got }, done) {
          seen.push(got.map(({ sequenceNumber }) => sequenceNumber));
          done(got.some(({ sequenceNumber }) => sequenceNumber === '2') ? new Error('boom') : undefined);
        },
      },
      { maxAttempts: 2, onFailure: 'skip' },
    );
    await shard.deliver(records(3), 0, checkpoints().checkpoint);
    expect(seen.at(0)).toEqual(['1', '2', '3']);
    expect(seen).toContainEqual(['2']);
    expect(seen.filter((batch) => !batch.includes('2')).flat()).toEqual(['1', '3']);
  });

  test.each(['initialize', 'shutdownRequested', 'leaseLost', 'shardEnded'] as const)(
    'is named: %s',
    async (method) => {
      const { shard } = delivery({
        [method]: (_input: unknown, done: (error: unknown) => void) => done(new Error('boom')),
      });
      const call = () => {
        if (method === 'initialize') return shard.initialize({ sequenceNumber: '1', subSequenceNumber: 0 });
        return method === 'leaseLost' ? shard.leaseLost() : shard[method](checkpoints().checkpoint);
      };
      await expect(call()).rejects.toThrow(
        new HandlerError(`the record processor's ${method} failed for ${SHARD}, ${STREAM.arn}: Error: boom`, {
          cause: new Error('boom'),
        }),
      );
    },
  );
});

describe('checkpoints', () => {
  test('are made by nobody else', async () => {
    const { shard } = delivery({}, { checkpointIntervalMs: 0 });
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(2), 0, checkpoint);
    await shard.shutdownRequested(checkpoint);
    expect(made).toEqual([]);
  });

  const calls: [string, (checkpointer: ProcessorCheckpointer, done: () => void) => void, unknown][] = [
    [
      'without a position: all that was handed over',
      (it, done) => it.checkpoint(done),
      { sequenceNumber: '2', subSequenceNumber: 0 },
    ],
    [
      'at a sequence number',
      (it, done) => it.checkpoint('1', done),
      { sequenceNumber: '1', subSequenceNumber: 0 },
    ],
    [
      'with a sub-sequence number',
      (it, done) => it.checkpoint('1', 5, done),
      { sequenceNumber: '1', subSequenceNumber: 5 },
    ],
  ];
  test.each(calls)('%s', async (_name, call, expected) => {
    const { shard } = delivery({ processRecords: ({ checkpointer }, done) => call(checkpointer, done) });
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(2), 0, checkpoint);
    expect(made).toEqual([expected]);
  });

  test('that are refused are told to the callback', async () => {
    const told = jest.fn();
    const { shard } = delivery({
      processRecords({ checkpointer }, done) {
        checkpointer.checkpoint((error) => {
          told(String(error));
          checkpointer.checkpoint((again) => {
            told(again);
            done();
          });
        });
      },
    });
    const { made, checkpoint } = checkpoints(new CheckpointError('IllegalArgumentException', 'out of range'));
    await shard.deliver(records(1), 0, checkpoint);
    expect(told.mock.calls).toEqual([
      ['CheckpointError: IllegalArgumentException: out of range'],
      [undefined],
    ]);
    expect(made).toHaveLength(2);
  });

  test('that are not waited for are made one after the other, before the method counts as finished', async () => {
    const events: string[] = [];
    const { shard } = delivery({
      processRecords({ checkpointer }, done) {
        checkpointer.checkpoint('1');
        checkpointer.checkpoint('2');
        done();
      },
    });
    await shard.deliver(records(2), 0, async (position) => {
      events.push(`${position?.sequenceNumber} begins`);
      await new Promise(setImmediate);
      events.push(`${position?.sequenceNumber} ends`);
    });
    expect(events).toEqual(['1 begins', '1 ends', '2 begins', '2 ends']);
  });

  test('that come when the method is done are refused', async () => {
    let kept: ProcessorCheckpointer | undefined;
    const { shard } = delivery({
      processRecords({ checkpointer }, done) {
        kept = checkpointer;
        done();
      },
    });
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(1), 0, checkpoint);
    const error = await new Promise((resolve) => kept?.checkpoint(resolve));
    expect(String(error)).toContain(
      'a checkpoint can be made only until the method that was given it is done',
    );
    expect(made).toEqual([]);
  });

  test('at a stop cover only what was processed', async () => {
    const stopping = new AbortController();
    const { shard } = delivery(
      {
        processRecords(_input, done) {
          stopping.abort();
          done();
        },
        shutdownRequested: ({ checkpointer }, done) => checkpointer.checkpoint(done),
      },
      { stopping },
    );
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(2), 0, checkpoint);
    await shard.deliver([recordOf({ sequenceNumber: '9' })], 0, checkpoint);
    await shard.shutdownRequested(checkpoint);
    expect(made).toEqual([{ sequenceNumber: '2', subSequenceNumber: 0 }]);
  });

  test("at the shard's end have no position", async () => {
    const { shard } = delivery({});
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(1), 0, checkpoint);
    await shard.shardEnded(checkpoint);
    expect(made).toEqual(['end']);
  });

  test("at the shard's end must be made", async () => {
    const { shard } = delivery({ shardEnded: (_input, done) => done() });
    await expect(shard.shardEnded(checkpoints().checkpoint)).rejects.toThrow(
      "it did not checkpoint the shard's end",
    );
  });

  test("of a shard's end that came after a stop left records are no end", async () => {
    const stopping = new AbortController();
    stopping.abort();
    const { shard } = delivery(
      { shutdownRequested: ({ checkpointer }, done) => checkpointer.checkpoint(done) },
      { stopping },
    );
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(2), 0, checkpoint);
    await shard.shardEnded(checkpoint);
    expect(made).toEqual([]);
  });
});

describe('checkpoints that are refused', () => {
  const checkpointing: Partial<RecordProcessor> = {
    processRecords: ({ checkpointer }, done) => checkpointer.checkpoint(done),
    shutdownRequested: ({ checkpointer }, done) => checkpointer.checkpoint(done),
  };
  const throttled = () => new CheckpointError('ThrottlingException', 'slow down');
  const lost = () => new CheckpointError('ShutdownException', 'lost');

  test('are made again, and the processor waits: that is no failure of its own', async () => {
    const processed = jest.fn();
    const { shard } = delivery({
      processRecords({ checkpointer }, done) {
        processed();
        checkpointer.checkpoint(done);
      },
    });
    const { made, checkpoint } = checkpoints(throttled(), throttled());
    await shard.deliver(records(1), 0, checkpoint);
    expect(made).toHaveLength(3);
    expect(processed).toHaveBeenCalledTimes(1);
  });

  test('because the lease is lost end the delivery, and are no failure', async () => {
    const send = jest.fn(async () => {});
    const { shard, log } = delivery(checkpointing, { onFailure: { send } });
    const { made, checkpoint } = checkpoints(lost());
    await shard.deliver(records(3), 0, checkpoint);
    await shard.deliver(records(3), 0, checkpoint);
    expect(made).toHaveLength(1);
    expect(send).not.toHaveBeenCalled();
    expect(log.messages('error')).toEqual([]);
  });

  test.each(['shutdownRequested', 'shardEnded'] as const)('so in %s', async (method) => {
    const { shard } = delivery(checkpointing);
    await shard.deliver(records(1), 0, checkpoints().checkpoint);
    await shard[method](checkpoints(lost()).checkpoint);
  });

  test('at a stop make it fail with the reason', async () => {
    const stopping = new AbortController();
    const { shard } = delivery(checkpointing, { stopping });
    await shard.deliver(records(1), 0, checkpoints().checkpoint);
    stopping.abort();
    const error = await shard
      .shutdownRequested(checkpoints(lost()).checkpoint)
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(DaemonError);
    expect(String(error)).toContain('could not be stored: ShutdownException: lost');
  });

  test('because the connection is gone are not taken for a lost lease', async () => {
    const { shard, log } = delivery(checkpointing);
    await shard.deliver(records(1), 0, checkpoints().checkpoint);
    const requested = shard.shutdownRequested(async () => {
      shard.abandon('disconnected');
      throw new CheckpointError('ConnectionClosed', 'the launcher is gone');
    });
    await expect(requested).rejects.toThrow('could not be stored: ConnectionClosed: the launcher is gone');
    expect(log.messages('warn')).toEqual([]);
  });

  test('for their position are not made again', async () => {
    const { shard } = delivery(checkpointing);
    const { made, checkpoint } = checkpoints(new CheckpointError('IllegalArgumentException', 'out of range'));
    await expect(shard.deliver(records(1), 0, checkpoint)).rejects.toThrow('out of range');
    expect(made).toHaveLength(1);
  });
});

test('a failed attempt is over only when its checkpoint is answered', async () => {
  let attempts = 0;
  const events: string[] = [];
  const { shard } = delivery(
    {
      processRecords({ checkpointer }, done) {
        attempts++;
        checkpointer.checkpoint(String(attempts), () => events.push(`told of ${attempts}`));
        done(attempts === 1 ? new Error('boom') : undefined);
      },
    },
    { maxAttempts: 2 },
  );
  let underWay = 0;
  await shard.deliver(records(2), 0, async () => {
    expect(++underWay).toBe(1);
    for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
    underWay--;
  });
  expect(events).toEqual(['told of 1', 'told of 2']);
});

test('at a stop, what was given up is passed, and what it checkpointed itself is not taken back', async () => {
  const stop: Partial<RecordProcessor> = {
    shutdownRequested: ({ checkpointer }, done) => checkpointer.checkpoint(done),
  };
  const skipping = delivery(
    { ...stop, processRecords: (_input, done) => done(new Error('boom')) },
    { onFailure: 'skip' },
  );
  await skipping.shard.deliver(records(1), 0, checkpoints().checkpoint);
  const afterSkip = checkpoints();
  await skipping.shard.shutdownRequested(afterSkip.checkpoint);
  expect(afterSkip.made).toEqual([{ sequenceNumber: '1', subSequenceNumber: 0 }]);

  const ahead = delivery(
    {
      ...stop,
      processRecords({ checkpointer }, done) {
        checkpointer.checkpoint('2', 0, () => done(new Error('boom')));
      },
    },
    { onFailure: 'skip', maxAttempts: 1 },
  );
  await ahead.shard.deliver(records(1), 0, checkpoints().checkpoint);
  const afterwards = checkpoints();
  await ahead.shard.shutdownRequested(afterwards.checkpoint);
  expect(afterwards.made).toEqual([{ sequenceNumber: '2', subSequenceNumber: 0 }]);
});
