import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BatchHandler, KinesisRecord, RecordContext, RecordHandler } from '../../src/index.js';
import type { EnvironmentGuard } from '../../src/lambda/environment-guard.js';
import { EventError } from '../../src/lambda/event-error.js';
import { type FunctionParts, invoke } from '../../src/lambda/invocation.js';
import { memoryLog } from '../helpers/memory-log.js';
import { aggregate } from '../integration/helpers/aggregates.js';
import { contextOf, eventOf, SHARD, STREAM_ARN, streamRecord } from './helpers/events.js';
import { ALL_HANDLED, from, functionOf } from './helpers/function.js';

/** Notes what it is given, and fails on the records with these sequence numbers, or keys of aggregates. */
function noting(...poison: string[]) {
  const seen: string[] = [];
  const handleRecord: RecordHandler = async ({ sequenceNumber, partitionKey }) => {
    await Promise.resolve();
    seen.push(sequenceNumber);
    if (poison.includes(sequenceNumber) || poison.includes(partitionKey ?? '')) throw new TypeError('poison');
  };
  return { seen, module: { handleRecord } };
}

test('all records are handed over in order, and none is reported', async () => {
  const { seen, module } = noting();
  const { invoke } = functionOf(module);

  expect(await invoke(eventOf(5))).toEqual(ALL_HANDLED);
  expect(seen).toEqual(['1', '2', '3', '4', '5']);
});

test('record and context are as under KCL', async () => {
  const calls: [KinesisRecord, RecordContext][] = [];
  const handleRecord: RecordHandler = (record, context) => {
    calls.push([record, context]);
    context.logger.info('saved');
  };
  const { invoke, log } = functionOf({ handleRecord });

  await invoke({
    Records: [streamRecord({ sequenceNumber: '7', partitionKey: 'pé', data: Buffer.from([0, 255]) })],
  });

  const [[record, context] = []] = calls;
  expect(record).toEqual({
    data: Buffer.from([0, 255]),
    partitionKey: 'pé',
    sequenceNumber: '7',
    subSequenceNumber: 0,
    approximateArrivalTimestamp: new Date('2018-12-17T22:10:50.987Z'),
  });
  expect(context).toMatchObject({
    stream: { arn: STREAM_ARN },
    account: '111111111111',
    shard: SHARD,
    attempt: 1,
    millisBehindLatest: undefined,
  });
  expect(context?.signal.aborted).toBe(false);
  expect(log.lines).toMatchObject([
    { msg: 'saved', requestId: 'request-1', stream: STREAM_ARN, shard: SHARD, sequenceNumber: '7' },
  ]);
});

describe('onFailure = stop', () => {
  test('the record that fails is reported, and those behind it are not handed over', async () => {
    const { seen, module } = noting('3');
    const { invoke, log } = functionOf(module);

    expect(await invoke(eventOf(5))).toEqual(from('3'));

    expect(seen).toEqual(['1', '2', '3']);
    expect(log.lines).toMatchObject([
      {
        level: 50,
        msg: 'the batch is handled up to this record: Lambda tries again from it on',
        sequenceNumber: '3',
        subSequenceNumber: 0,
        handled: 2,
        requestId: 'request-1',
        shard: SHARD,
        err: { message: expect.stringContaining('poison') },
      },
    ]);
  });

  test.each([
    ['the first', '1', 3],
    ['the last', '3', 3],
    ['the only one', '1', 1],
  ])('%s is reported too', async (_what, poison, count) => {
    const { invoke } = functionOf(noting(poison).module);

    expect(await invoke(eventOf(count))).toEqual(from(poison));
  });

  test('it is tried maxAttempts times before', async () => {
    const attempts: number[] = [];
    const handleRecord: RecordHandler = (_record, { attempt }) => {
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not yet');
    };
    const { invoke } = functionOf({ handleRecord }, { MAX_ATTEMPTS: '3' });

    expect(await invoke(eventOf(1))).toEqual(ALL_HANDLED);
    expect(attempts).toEqual([1, 2, 3]);
  });

  test('an invocation knows nothing of the one before', async () => {
    const { seen, module } = noting('2');
    const { invoke } = functionOf(module);

    expect(await invoke(eventOf(3))).toEqual(from('2'));
    expect(await invoke(eventOf(1))).toEqual(ALL_HANDLED);
    expect(seen).toEqual(['1', '2', '1']);
  });
});

test('onFailure = skip: it is logged, and the next one is handled', async () => {
  const { seen, module } = noting('2');
  const { invoke, log } = functionOf(module, { ON_FAILURE: 'skip' });

  expect(await invoke(eventOf(3))).toEqual(ALL_HANDLED);
  expect(seen).toEqual(['1', '2', '3']);
  expect(log.lines).toMatchObject([
    {
      level: 50,
      msg: 'a record is skipped: the record handler failed in its last attempt',
      sequenceNumber: '2',
    },
  ]);
});

test('onFailure = send: a record that can not be sent is reported', async () => {
  const queue = createServer((_request, response) => {
    response.writeHead(403, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: 'AccessDeniedException', message: 'not you' }));
  });
  queue.listen(0, '127.0.0.1');
  await once(queue, 'listening');
  const { port } = queue.address() as AddressInfo;
  const { seen, module } = noting('2');
  const FAILURE_QUEUE_URL = `http://127.0.0.1:${port}/222222222222/failed`;
  const { invoke, log } = functionOf(module, { ON_FAILURE: 'send', FAILURE_QUEUE_URL });
  const before = { ...process.env };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  try {
    expect(await invoke(eventOf(3))).toEqual(from('2'));
  } finally {
    process.env = before;
    queue.closeAllConnections();
    queue.close();
  }

  expect(seen).toEqual(['1', '2']);
  expect(log.lines).toMatchObject([
    {
      level: 50,
      msg: 'the batch is handled up to this record: Lambda tries again from it on',
      sequenceNumber: '2',
      err: { message: expect.stringMatching(/poison; it could not be sent on: .*not you/) },
    },
  ]);
});

describe('KPL aggregates', () => {
  const packed = (...keys: string[]) =>
    aggregate(...keys.map((partitionKey) => ({ partitionKey, data: Buffer.from(partitionKey) })));
  const aggregates = () => ({
    Records: [
      streamRecord({ sequenceNumber: '1', partitionKey: 'a' }),
      streamRecord({ sequenceNumber: '2', ...packed('b', 'c', 'd') }),
      streamRecord({ sequenceNumber: '3', partitionKey: 'e' }),
    ],
  });

  test('are taken apart, each with its sub-sequence number', async () => {
    const seen: unknown[] = [];
    const handleRecord: RecordHandler = ({ sequenceNumber, subSequenceNumber, partitionKey }) => {
      seen.push([sequenceNumber, subSequenceNumber, partitionKey]);
    };
    const { invoke } = functionOf({ handleRecord });

    expect(await invoke(aggregates())).toEqual(ALL_HANDLED);
    expect(seen).toEqual([
      ['1', 0, 'a'],
      ['2', 0, 'b'],
      ['2', 1, 'c'],
      ['2', 2, 'd'],
      ['3', 0, 'e'],
    ]);
  });

  test('one in it that fails reports the record that it came in', async () => {
    const { seen, module } = noting('d');
    const { invoke, log } = functionOf(module);

    expect(await invoke(aggregates())).toEqual(from('2'));
    expect(seen).toEqual(['1', '2', '2', '2']);
    expect(log.lines.at(-1)).toMatchObject({ sequenceNumber: '2', subSequenceNumber: 2, handled: 3 });
  });

  test.each([
    ['that can not be read', '1a7f'],
    ['without records', ''],
    ['with a key, and without records', '0a0161'],
  ])('one %s comes as it is, and is logged', async (_what, contents) => {
    const data: Buffer[] = [];
    const handleRecord: RecordHandler = (record) => {
      data.push(record.data);
    };
    const { invoke, log } = functionOf({ handleRecord });
    const message = Buffer.from(contents, 'hex');
    const checksum = createHash('md5').update(message).digest();
    const broken = Buffer.concat([Buffer.from('f3899ac2', 'hex'), message, checksum]);

    expect(await invoke({ Records: [streamRecord({ data: broken })] })).toEqual(ALL_HANDLED);
    expect(data).toEqual([broken]);
    expect(log.messages('error')).toEqual([
      "a KPL aggregate with the right checksum can't be read: the handler gets it as one record, as it was put",
    ]);
  });
});

describe('handleBatch', () => {
  test('gets the records of the event at once, and names those that failed', async () => {
    const sizes: number[] = [];
    const handleBatch: BatchHandler = (records) => {
      sizes.push(records.length);
      return { failures: [{ record: records[3] as KinesisRecord }, { record: records[2] as KinesisRecord }] };
    };
    const { invoke } = functionOf({ handleBatch });

    expect(await invoke(eventOf(5))).toEqual(from('3'));
    expect(sizes).toEqual([5]);
  });

  test('that throws gets fewer, until it is known which record it can not handle', async () => {
    const handleBatch: BatchHandler = (records) => {
      if (records.some(({ sequenceNumber }) => sequenceNumber === '4')) throw new Error('one of them');
    };
    const { invoke } = functionOf({ handleBatch });

    expect(await invoke(eventOf(5))).toEqual(from('4'));
  });
});

test.each([
  ['of another stream', eventOf(2, { arn: `${STREAM_ARN}-2` }), 'which this function was not set up for'],
  [
    'with data that are not base64',
    { Records: [streamRecord(), dataOf('%%%')] },
    "record 1, 2, can't be read: its data are not base64",
  ],
  ['with base64 that is cut', { Records: [streamRecord(), dataOf('aGVsbG8')] }, 'its data are not base64'],
  ['of another service', { Records: [{ eventSource: 'aws:sqs' }] }, 'record 0 is of aws:sqs'],
])('an event %s is refused, and nothing of it is handled', async (_what, event, message) => {
  const { seen, module } = noting();
  const { invoke, log } = functionOf(module);

  await expect(invoke(event)).rejects.toThrow(message);

  expect(seen).toEqual([]);
  expect(log.lines).toMatchObject([
    {
      level: 50,
      msg: 'the event is refused: none of it is handled',
      requestId: 'request-1',
      err: { message: expect.stringContaining(message) },
    },
  ]);
});

test('an error that is not of the event is not called a refusal', async () => {
  const { logger, messages } = memoryLog();
  const failing = () => Promise.reject(new TypeError('a bug'));
  const guard = { check: failing } as unknown as EnvironmentGuard;
  const parts = { guard, logger, onDeadline: () => {} } as unknown as FunctionParts;

  await expect(invoke(eventOf(1), contextOf(), parts)).rejects.toThrow('a bug');

  expect(messages('error')).toEqual(['the invocation failed']);
});

describe("an answer above Lambda's 6 MB would fail what was handled", () => {
  const MiB7 = 'x'.repeat(7 * 1024 * 1024);

  test('what a handler throws stays out of it, however long it is', async () => {
    const { invoke } = functionOf({ handleRecord: () => Promise.reject(new Error(MiB7)) });

    expect(await invoke(eventOf(2))).toEqual(from('1'));
  });

  test('what a handler returns stays out of it', async () => {
    const { invoke } = functionOf({ handleRecord: () => Promise.resolve(MiB7) });

    expect(await invoke(eventOf(2))).toEqual(ALL_HANDLED);
  });

  test('a refusal names what was wrong in few words', async () => {
    const { invoke } = functionOf(noting().module);
    const refusal = await invoke(eventOf(1, { arn: `arn:${MiB7}` })).catch((error: Error) => error);

    expect(refusal).toBeInstanceOf(EventError);
    expect((refusal as Error).message).toMatch(/^the event is of arn:x+… \(\d+ characters more\)$/);
    expect((refusal as Error).message.length).toBeLessThan(3_000);
  });
});

test('concurrent invocations, as a test tool may make them, do not mix', async () => {
  const { module } = noting('2');
  const { invoke } = functionOf(module);

  expect(await Promise.all([invoke(eventOf(3)), invoke(eventOf(1)), invoke(eventOf(2))])).toEqual([
    from('2'),
    ALL_HANDLED,
    from('2'),
  ]);
  expect(contextOf(1_000).getRemainingTimeInMillis()).toBeLessThanOrEqual(1_000);
});

function dataOf(data: string) {
  const record = streamRecord({ sequenceNumber: '2' });
  return { ...record, kinesis: { ...record.kinesis, data } };
}
