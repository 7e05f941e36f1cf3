import { jest } from '@jest/globals';
import type { DeliveryOptions } from '../../src/delivery/delivery-options.js';
import type { FailedRecord } from '../../src/delivery/failed-record.js';
import type { Position } from '../../src/delivery/position.js';
import { ProcessorHandler } from '../../src/delivery/processor-handler.js';
import type { KinesisRecord } from '../../src/delivery/record-handler.js';
import type {
  ProcessorCheckpointer,
  ProcessorRecord,
  RecordProcessor,
} from '../../src/delivery/record-processor.js';
import { ShardDelivery } from '../../src/delivery/shard-delivery.js';
import { checkpoints, kclCheckpoints } from '../helpers/checkpoints.js';
import { deliverySettings } from '../helpers/delivery-settings.js';
import { memoryLog } from '../helpers/memory-log.js';
import { recordOf, records } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

type Input = Parameters<RecordProcessor['processRecords']>[0];

/** A processor that is given batches, each noted as the numbers of its records. */
function delivery(
  process: (input: Input, call: number) => Promise<void>,
  options?: Partial<DeliveryOptions>,
) {
  const log = memoryLog();
  const given: string[][] = [];
  const processor: RecordProcessor = {
    processRecords: (input) => {
      given.push(input.records.map(nameOf));
      return process(input, given.length);
    },
    shardEnded: ({ checkpointer }, done) => checkpointer.checkpoint(done),
    shutdownRequested: ({ checkpointer }, done) => checkpointer.checkpoint(done),
  };
  const all = {
    ...deliverySettings(() => {}),
    handler: () => new ProcessorHandler(processor),
    maxAttempts: 3,
    logger: log.logger,
    ...options,
  };
  return { shard: new ShardDelivery(all, STREAM, 'shardId-000000000003'), given, log };
}

const nameOf = ({ sequenceNumber, subSequenceNumber }: Position) =>
  subSequenceNumber === 0 ? sequenceNumber : `${sequenceNumber}.${subSequenceNumber}`;

function stored(checkpointer: ProcessorCheckpointer, at?: Position, sub = true): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown) => (error ? reject(error) : resolve());
    if (at === undefined) checkpointer.checkpoint(done);
    else if (sub) checkpointer.checkpoint(at.sequenceNumber, at.subSequenceNumber, done);
    else checkpointer.checkpoint(at.sequenceNumber, done);
  });
}

/** Checkpoints each record; fails on this one, so often. */
function eachRecord(failing: string, times: number) {
  const handled: string[] = [];
  const process = async ({ records: batch, checkpointer }: Input) => {
    for (const record of batch) {
      if (nameOf(record) === failing && times-- > 0) throw new Error('boom');
      handled.push(nameOf(record));
      await stored(checkpointer, record);
    }
  };
  return { handled, process };
}

const last = (batch: readonly KinesisRecord[]) => kclCheckpoints(batch.at(-1) as KinesisRecord);

describe('a failure behind checkpoints of its own batch', () => {
  test('is tried again behind the newest of them', async () => {
    const { handled, process } = eachRecord('6', 1);
    const { shard, given, log } = delivery(process);
    const batch = records(8);
    const { stored: positions, checkpoint } = last(batch);

    await shard.deliver(batch, 0, checkpoint);

    expect(given).toEqual([
      ['1', '2', '3', '4', '5', '6', '7', '8'],
      // Which of the three it was is unknown.
      ['6', '7'],
      ['8'],
    ]);
    expect(handled).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(positions.map(nameOf)).toEqual(handled);
    expect(log.lines.filter(({ level }) => level >= 40)).toMatchObject([
      { msg: 'the record handler failed, trying again', sequenceNumber: '6', attempt: 1 },
    ]);
  });

  test.each<[string, DeliveryOptions['onFailure'] | undefined]>([
    ['skip', 'skip'],
    ['send', undefined],
  ])('gives up the record that fails alone, and no stored one: %s', async (_name, onFailure) => {
    const sent: FailedRecord[] = [];
    const send = async (failed: FailedRecord) => void sent.push(failed);
    const { handled, process } = eachRecord('6', Number.POSITIVE_INFINITY);
    const { shard, log } = delivery(process, { onFailure: onFailure ?? { send } });
    const batch = records(8);

    await shard.deliver(batch, 0, last(batch).checkpoint);

    expect(handled).toEqual(['1', '2', '3', '4', '5', '7', '8']);
    expect(log.lines.filter(({ level }) => level >= 50)).toMatchObject([
      { sequenceNumber: '6', attempts: 3 },
    ]);
    expect(sent.map(({ record }) => record.sequenceNumber)).toEqual(onFailure === 'skip' ? [] : ['6']);
  });

  test('stops the worker with the record that fails', async () => {
    const { shard } = delivery(eachRecord('6', Number.POSITIVE_INFINITY).process);
    const batch = records(8);
    await expect(shard.deliver(batch, 0, last(batch).checkpoint)).rejects.toThrow(
      /^the record handler failed on record 6 .* in attempt 3: Error: boom$/,
    );
  });

  test.each([1, 2, 3, 5])('has all its attempts, whatever was stored before it: %d', async (maxAttempts) => {
    const { shard, given } = delivery(eachRecord('6', Number.POSITIVE_INFINITY).process, {
      maxAttempts,
      onFailure: 'skip',
    });
    const batch = records(8);
    await shard.deliver(batch, 0, last(batch).checkpoint);
    expect(given.filter(([first]) => first === '6').length + 1).toBe(Math.max(2, maxAttempts));
  });

  test('in smaller pieces too', async () => {
    // The first attempt stores nothing, so that the batch is halved; the second fails behind a checkpoint of its half.
    const { shard, given } = delivery(async ({ records: batch, checkpointer }, call) => {
      if (call === 1) throw new Error('boom');
      for (const record of batch) {
        if (call === 2 && record.sequenceNumber === '3') throw new Error('boom');
        await stored(checkpointer, record);
      }
    });
    const batch = records(8);
    await shard.deliver(batch, 0, last(batch).checkpoint);
    expect(given).toEqual([
      ['1', '2', '3', '4', '5', '6', '7', '8'],
      ['1', '2', '3', '4'],
      ['3'],
      ['4'],
      ['5', '6', '7', '8'],
    ]);
  });

  test('at a record of a KPL aggregate goes on with the next one of it', async () => {
    const aggregate = [0, 1, 2, 3].map((subSequenceNumber) =>
      recordOf({ sequenceNumber: '7', subSequenceNumber }),
    );
    const batch = [...aggregate, recordOf({ sequenceNumber: '8' })];
    const { process } = eachRecord('7.2', 1);
    const { shard, given } = delivery(process);
    await shard.deliver(batch, 0, last(batch).checkpoint);
    expect(given).toEqual([['7', '7.1', '7.2', '7.3', '8'], ['7.2', '7.3'], ['8']]);
  });

  test('without a sub-sequence number repeats the rest of the aggregate, as KCL stores 0', async () => {
    const batch = [0, 1, 2].map((subSequenceNumber) => recordOf({ sequenceNumber: '7', subSequenceNumber }));
    const { shard, given } = delivery(async ({ records: some, checkpointer }, call) => {
      await stored(checkpointer, some.at(-1), false);
      if (call === 1) throw new Error('boom');
    });
    await shard.deliver(batch, 0, last(batch).checkpoint);
    expect(given).toEqual([['7', '7.1', '7.2'], ['7.1'], ['7.2']]);
  });

  test('that was given up is not waited for: one under way when it fails counts, one after it is refused', async () => {
    const refused = jest.fn();
    const { shard, given } = delivery(async ({ checkpointer }, call) => {
      if (call > 1) return;
      checkpointer.checkpoint('2');
      setImmediate(() => checkpointer.checkpoint('3', (error) => refused(String(error))));
      throw new Error('boom');
    });
    const batch = records(4);
    const { stored: positions, checkpoint } = last(batch);

    await shard.deliver(batch, 0, async (position) => {
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      await checkpoint(position);
    });

    expect(positions.map(nameOf)).toEqual(['2']);
    expect(given).toEqual([['1', '2', '3', '4'], ['3'], ['4']]);
    expect(refused).toHaveBeenCalledWith(
      expect.stringContaining('until the method that was given it is done'),
    );
  });

  test('that was refused is none', async () => {
    const { shard, given } = delivery(async ({ checkpointer, records: batch }, call) => {
      if (call > 1) return;
      await stored(checkpointer, batch[1] as ProcessorRecord);
    });
    const { checkpoint } = checkpoints(new Error('no'), new Error('no'));
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'performance'] });
    const delivered = shard.deliver(records(2), 0, checkpoint);
    await jest.runAllTimersAsync();
    await delivered;
    jest.useRealTimers();
    expect(given).toEqual([['1', '2']]);
  });

  test('when its time is over', async () => {
    const { shard, given } = delivery(
      async ({ records: batch, checkpointer }, call) => {
        await stored(checkpointer, batch[0] as ProcessorRecord);
        if (call === 1) await new Promise((resolve) => setTimeout(resolve, 40));
      },
      { handlerTimeoutMs: 20 },
    );
    const batch = records(3);
    await shard.deliver(batch, 0, last(batch).checkpoint);
    expect(given).toEqual([['1', '2', '3'], ['2'], ['3']]);
  });
});

describe('a failure with nothing behind the newest checkpoint', () => {
  test.each<[string, (checkpointer: ProcessorCheckpointer) => Promise<void>]>([
    ["of the batch's last record", (checkpointer) => stored(checkpointer, recordOf({ sequenceNumber: '3' }))],
    ['of all that was given', (checkpointer) => stored(checkpointer)],
  ])('%s: leaves nothing to try again, and says so', async (_name, store) => {
    const send = jest.fn(async () => {});
    const { shard, given, log } = delivery(
      async ({ checkpointer }) => {
        await store(checkpointer);
        throw new Error('boom');
      },
      { maxAttempts: 1, onFailure: { send } },
    );
    const batch = records(3);
    const { stored: positions, checkpoint } = last(batch);

    await shard.deliver(batch, 0, checkpoint);
    await shard.shutdownRequested(checkpoint);

    expect(given).toEqual([['1', '2', '3']]);
    expect(positions.map(nameOf)).toEqual(['3', '3']);
    expect(send).not.toHaveBeenCalled();
    expect(log.lines.filter(({ level }) => level >= 40)).toMatchObject([
      {
        level: 50,
        from: '1',
        to: '3',
        err: { message: 'boom' },
        msg: 'the record processor failed after it had checkpointed all records that it was given: none is tried again',
      },
    ]);
  });

  test("does not keep the shard's end from being stored", async () => {
    const { shard } = delivery(async ({ checkpointer }) => {
      await stored(checkpointer);
      throw new Error('boom');
    });
    const { made, checkpoint } = checkpoints();
    await shard.deliver(records(2), 0, checkpoint);
    await shard.shardEnded(checkpoint);
    expect(made.at(-1)).toBe('end');
  });
});

describe('a checkpoint that is refused', () => {
  const refusals: [string, (checkpointer: ProcessorCheckpointer) => Promise<void>, RegExp][] = [
    [
      'because it goes back',
      async (it) => {
        await stored(it, recordOf({ sequenceNumber: '3' }));
        await stored(it, recordOf({ sequenceNumber: '2' }));
      },
      /record 2 \(sub-sequence number 0\) is before the stored checkpoint, 3 \(sub-sequence number 0\): none goes back$/,
    ],
    [
      'because it is no position',
      (it) => stored(it, recordOf({ sequenceNumber: 'LATEST' })),
      /'LATEST' is no sequence number; expected a record's$/,
    ],
    [
      'because its sub-sequence number is none',
      (it) => stored(it, recordOf({ sequenceNumber: '2', subSequenceNumber: 0.5 })),
      /0.5 is no sub-sequence number; expected a record's$/,
    ],
  ];
  test.each(refusals)(
    '%s tells the processor why, and the records behind the stored one are tried again',
    async (_name, store, reason) => {
      const told = jest.fn();
      const { shard, given } = delivery(async ({ checkpointer }, call) => {
        if (call > 1) return;
        await store(checkpointer).catch((error: unknown) => {
          told(String(error));
          throw error;
        });
      });
      const { made, checkpoint } = checkpoints();

      await shard.deliver(records(4), 0, checkpoint);

      expect(told).toHaveBeenCalledWith(expect.stringMatching(reason));
      expect(given[1]?.[0]).toBe(made.length === 0 ? '1' : '4');
      expect(given.slice(1).flat()).toEqual(made.length === 0 ? ['1', '2', '3', '4'] : ['4']);
    },
  );
});

test('a checkpoint of records that an earlier attempt was given counts for the pieces of its batch', async () => {
  const { shard, given } = delivery(async ({ checkpointer }, call) => {
    if (call === 1) throw new Error('boom');
    if (call === 2) await stored(checkpointer, recordOf({ sequenceNumber: '3' }));
  });
  const batch = records(4);
  await shard.deliver(batch, 0, last(batch).checkpoint);
  expect(given).toEqual([['1', '2', '3', '4'], ['1', '2'], ['4']]);
});
