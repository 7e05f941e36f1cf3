import { setTimeout as sleep } from 'node:timers/promises';
import { putRecords, type RecordToPut } from '../../lab/lab.js';
import { parseQueueArn } from '../../src/aws/queue-arn.js';
import type { ReadGrants } from '../../src/policy/grants.js';
import { removals, without } from '../matrix/helpers/removals.js';
import { READER, RECORDS, Share } from '../matrix/helpers/share.js';
import { checkShare } from '../preflight/helpers/check-share.js';
import { aggregate, expected, seen } from './helpers/aggregates.js';
import { buildLambda, type LambdaOptions, LambdaReader } from './helpers/lambda.js';
import { reshard, shard } from './helpers/reshard.js';

let failing: string;
beforeAll(async () => {
  failing = await buildLambda('failing');
});

async function withLambda<T>(
  share: Share,
  grants: ReadGrants,
  options: Omit<LambdaOptions, 'bundle'> & { bundle?: string },
  use: (reader: LambdaReader) => Promise<T>,
): Promise<T> {
  const credentials = await share.putInForce(grants);
  const reader = new LambdaReader(share, credentials, { bundle: failing, ...options });
  try {
    return await use(reader);
  } finally {
    await reader.dispose();
  }
}

function orders(count: number): RecordToPut[] {
  return Array.from({ length: count }, (_, index) => ({
    partitionKey: `order-${index}`,
    data: Buffer.from(`order ${index}`),
  }));
}

function newQueue({ lab }: Share) {
  return lab.gate.queues.create(READER.account, lab.region, 'failed');
}

function grantsWithQueue(share: Share): ReadGrants {
  return share.grants('', parseQueueArn(`arn:aws:sqs:${share.lab.region}:${READER.account}:failed`));
}

/** Each whole statement, whatever the number of its actions. */
function statementsOf(grants: ReadGrants) {
  const all = removals(grants).map(({ policy, statement }) => ({ policy, statement }));
  return [...new Map(all.map((one) => [`${one.policy} ${one.statement}`, one])).values()];
}

describe.each([
  ['a stream', false, false],
  ['an encrypted stream', false, true],
  ['a shared consumer', true, false],
  ['a shared consumer of an encrypted stream', true, true],
])('%s of another account', (_way, fanOut, encrypted) => {
  let share: Share;
  beforeAll(async () => {
    share = await Share.open({ for: 'lambda', fanOut, encrypted, shards: 2 });
    await putRecords(share.lab.owner, share.streamArn, orders(60));
  });
  afterAll(() => share.lab.stop());

  test('all records are handled once, in the order of their shards', async () => {
    await withLambda(share, share.grants(''), { mapping: { batchSize: 7 } }, async (reader) => {
      await reader.until('all handled', () => reader.ledger.length >= RECORDS + 60);
      await reader.mapping.stop();

      const { ledger } = reader;
      expect(ledger).toHaveLength(RECORDS + 60);
      expect(new Set(ledger.map(({ sequenceNumber }) => sequenceNumber)).size).toBe(RECORDS + 60);
      for (const shard of new Set(ledger.map((entry) => entry.shard))) {
        const numbers = ledger
          .filter((entry) => entry.shard === shard)
          .map(({ sequenceNumber }) => BigInt(sequenceNumber));
        expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
      }
      expect(new Set(ledger.map(({ stream }) => stream))).toEqual(new Set([share.streamArn]));
    });
  });

  test('a record that always fails goes to the destination, alone; the rest comes once', async () => {
    const queue = newQueue(share);
    const mapping = { onFailure: queue.url, maximumRetryAttempts: 1, bisectBatchOnFunctionError: true };
    const options = { env: { FAIL_ON: 'order-30' }, mapping };
    await withLambda(share, grantsWithQueue(share), options, async (reader) => {
      await reader.until('the rest is handled', () => reader.ledger.length >= RECORDS + 59);
      await reader.until('given up', () => queue.messages.length > 0);
      await reader.mapping.stop();

      const keys = reader.ledger.map(
        ({ partitionKey, sequenceNumber }) => `${partitionKey} ${sequenceNumber}`,
      );
      expect(new Set(keys).size).toBe(RECORDS + 59);
      expect(keys).toHaveLength(RECORDS + 59);
      expect(reader.ledger.map(({ partitionKey }) => partitionKey)).not.toContain('order-30');
      expect(queue.messages.map(({ body }) => JSON.parse(body).KinesisBatchInfo)).toEqual([
        expect.objectContaining({ batchSize: 1, streamArn: share.streamArn }),
      ]);
    });
  });

  test('without any one statement it stops, with the text that preflight explains', async () => {
    const grants = share.grants('');
    const statements = statementsOf(grants);
    expect(statements.length).toBe((fanOut ? 4 : 2) + (encrypted ? 2 : 0));
    for (const removal of statements) {
      const left = without(grants, removal);
      const denial = await withLambda(share, left, {}, (reader) =>
        reader
          .until('denied', () => false)
          .then(
            () => '',
            (error: Error) => error.message,
          ),
      );
      const report = await checkShare(share, await share.putInForce(left), 'lambda');
      const messages = report.checks
        .filter(({ status }) => status === 'failed')
        .map(({ message }) => message);

      expect({ removal, denial, messages }).toEqual({
        removal,
        denial: expect.stringContaining('is not authorized to'),
        messages: expect.arrayContaining([expect.stringContaining(denial)]),
      });
    }
  });
});

describe.each([
  ['a stream', false],
  ['a shared consumer', true],
])('%s that is split and merged while it is read', (_way, fanOut) => {
  test('all is handled once, and parents come before their children', async () => {
    const share = await Share.open({ for: 'lambda', fanOut, shards: 2, records: 0 });
    const { lab, streamArn } = share;
    try {
      await withLambda(share, share.grants(''), { mapping: { batchSize: 7 } }, async (reader) => {
        await reshard(lab, streamArn, (from, to) => putRecords(lab.owner, streamArn, orders(to).slice(from)));
        await reader.until('all handled', () => reader.ledger.length >= 120);
        await reader.mapping.stop();

        const { ledger } = reader;
        expect(ledger.map(({ partitionKey }) => partitionKey).sort()).toEqual(
          orders(120)
            .map(({ partitionKey }) => partitionKey)
            .sort(),
        );
        const first = (number: number) => ledger.findIndex((entry) => entry.shard === shard(number));
        const last = (number: number) => ledger.findLastIndex((entry) => entry.shard === shard(number));
        for (const [parent, child] of [
          [0, 2],
          [0, 3],
          [1, 4],
          [3, 4],
        ] as const) {
          expect(last(parent)).toBeGreaterThan(-1);
          expect(first(child)).toBeGreaterThan(last(parent));
        }
      });
    } finally {
      await lab.stop();
    }
  });
});

describe('a stream of one shard', () => {
  const all = [...orders(3), aggregate(...orders(6).slice(3)), ...orders(9).slice(6)];
  const POISON = 'order-4';
  let share: Share;
  beforeAll(async () => {
    share = await Share.open({ for: 'lambda', records: 0 });
    await putRecords(share.lab.owner, share.streamArn, all);
  });
  afterAll(() => share.lab.stop());

  test('what the KPL packed comes apart, each in its place', async () => {
    await withLambda(share, share.grants(''), {}, async (reader) => {
      await reader.until('all handled', () => reader.ledger.length >= 9);

      expect(seen(reader.ledger)).toEqual([
        ...orders(3).flatMap((one) => expected(one)),
        ...expected(...orders(6).slice(3)),
        ...orders(9)
          .slice(6)
          .flatMap((one) => expected(one)),
      ]);
    });
  });

  test('after a failure it goes on at the record that failed, and not before', async () => {
    const env = { FAIL_ON: POISON, FAIL_TIMES: '2' };
    await withLambda(share, share.grants(''), { env }, async (reader) => {
      await reader.until('all handled', () =>
        reader.ledger.some(({ partitionKey }) => partitionKey === 'order-8'),
      );

      const keys = reader.ledger.map(({ partitionKey }) => partitionKey);
      // Those before it in its aggregate come again with it, and none of the records before that.
      expect(keys).toEqual([0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 8].map((number) => `order-${number}`));
    });
  });

  test('a poison record goes to the destination, and the rest goes on', async () => {
    const queue = newQueue(share);
    const mapping = { onFailure: queue.url, maximumRetryAttempts: 1, bisectBatchOnFunctionError: true };
    const options = { env: { FAIL_ON: 'order-1' }, mapping };
    await withLambda(share, grantsWithQueue(share), options, async (reader) => {
      await reader.until('the rest is handled', () =>
        reader.ledger.some(({ partitionKey }) => partitionKey === 'order-8'),
      );

      const keys = reader.ledger.map(({ partitionKey }) => partitionKey);
      expect(keys).toEqual([0, 2, 3, 4, 5, 6, 7, 8].map((number) => `order-${number}`));
      const [{ body } = { body: '{}' }, ...more] = queue.messages;
      expect(more).toEqual([]);
      expect(JSON.parse(body)).toMatchObject({
        requestContext: { condition: 'RetryAttemptsExhausted' },
        responseContext: { functionError: null },
        KinesisBatchInfo: { batchSize: 1, streamArn: share.streamArn, shardId: 'shardId-000000000000' },
      });
    });
  });

  test('without the statement of the queue nothing reaches the destination, and AWS says why', async () => {
    const queue = newQueue(share);
    const mapping = { onFailure: queue.url, maximumRetryAttempts: 0 };
    const options = { env: { FAIL_ON: 'order-1' }, mapping };
    await withLambda(share, share.grants(''), options, async (reader) => {
      await expect(reader.until('denied', () => false)).rejects.toThrow(
        /is not authorized to perform: sqs:sendmessage on resource: .* because no identity-based policy allows the sqs:sendmessage action/i,
      );
      expect(queue.messages).toEqual([]);
    });
  });

  test('onFailure = send: it goes to the queue of the function with its data, and the rest goes on', async () => {
    const queue = newQueue(share);
    const env = { FAIL_ON: POISON, ON_FAILURE: 'send', FAILURE_QUEUE_URL: queue.url };
    await withLambda(share, grantsWithQueue(share), { env }, async (reader) => {
      await reader.until('the rest is handled', () =>
        reader.ledger.some(({ partitionKey }) => partitionKey === 'order-8'),
      );

      expect(reader.ledger.map(({ partitionKey }) => partitionKey)).not.toContain(POISON);
      expect(queue.messages.map(({ body }) => JSON.parse(body))).toMatchObject([
        {
          format: 'cross-account-kcl/failed-record',
          partitionKey: POISON,
          subSequenceNumber: 1,
          data: Buffer.from('order 4').toString('base64'),
          attempts: 1,
        },
      ]);
      expect(reader.function.results.map(({ response }) => response)).toEqual([{ batchItemFailures: [] }]);
    });
  });

  test('a function that may not send reports the record, and AWS says why in its log', async () => {
    const queue = newQueue(share);
    const env = { FAIL_ON: POISON, ON_FAILURE: 'send', FAILURE_QUEUE_URL: queue.url };
    await withLambda(
      share,
      share.grants(''),
      { env, mapping: { maximumRetryAttempts: 0 } },
      async (reader) => {
        await reader.until('reported', () => reader.function.results.length > 0);

        const [{ response } = { response: undefined }] = reader.function.results;
        expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: expect.stringMatching(/^\d+$/) }] });
        expect(JSON.stringify(reader.log)).toMatch(
          /is not authorized to perform: sqs:sendmessage on resource: .* because no identity-based policy allows the sqs:sendmessage action/i,
        );
        expect(queue.messages).toEqual([]);
      },
    );
  });

  test("an event of a stream that it was not set up for is refused, and the stream's records stay", async () => {
    const queue = newQueue(share);
    const other = `arn:aws:kinesis:${share.lab.region}:333333333333:stream/orders`;
    const mapping = { onFailure: queue.url, maximumRetryAttempts: 1 };
    await withLambda(
      share,
      grantsWithQueue(share),
      { env: { STREAM_ARN: other }, mapping },
      async (reader) => {
        await reader.until('given up', () => queue.messages.length > 0);

        expect(reader.ledger).toEqual([]);
        expect(reader.function.results).toMatchObject(
          [1, 2].map(() => ({
            errorType: 'EventError',
            errorMessage: expect.stringContaining(
              `the event is of ${share.streamArn}, which this function was not set up for; expected ${other}`,
            ),
          })),
        );
        expect(JSON.parse(queue.messages[0]?.body ?? '')).toMatchObject({
          requestContext: { approximateInvokeCount: 2 },
          responseContext: { functionError: 'Unhandled' },
          KinesisBatchInfo: { batchSize: all.length },
        });
      },
    );
  });

  test('a handler that hangs is reported before Lambda ends it; nothing before it comes again', async () => {
    const hanging = await buildLambda('hanging-once');
    const options = { bundle: hanging, env: { HANG_ON: 'order-1' }, timeoutMs: 5_000 };
    await withLambda(share, share.grants(''), options, async (reader) => {
      await reader.until('all handled', () =>
        reader.ledger.some(({ partitionKey }) => partitionKey === 'order-8'),
      );

      expect(reader.function.results.map(({ errorType }) => errorType)).not.toContain('Sandbox.Timedout');
      expect(reader.ledger.map(({ partitionKey }) => partitionKey)).toEqual(
        [0, 1, 2, 3, 4, 5, 6, 7, 8].map((number) => `order-${number}`),
      );
      expect(JSON.stringify(reader.log)).toContain("the function's timeout is near");
    });
  });

  test('what is missing in the environment fails the cold start, and the log says what', async () => {
    const mapping = { maximumRetryAttempts: 0 };
    await withLambda(share, share.grants(''), { env: { STREAM_ARN: '' }, mapping }, async (reader) => {
      await reader.until('invoked', () => reader.function.results.length > 0);

      expect(reader.function.results[0]).toMatchObject({ errorType: 'Runtime.ExitError' });
      expect(reader.log).toContainEqual(
        expect.objectContaining({ level: 60, msg: "the function can't start" }),
      );
    });
  });

  test('what is too old goes to the destination, and not to the function', async () => {
    const queue = newQueue(share);
    const mapping = { onFailure: queue.url, maximumRecordAgeInSeconds: 1 };
    await sleep(1_100);
    await withLambda(share, grantsWithQueue(share), { mapping }, async (reader) => {
      await reader.until('given up', () => queue.messages.length > 0);

      expect(reader.function.results).toEqual([]);
      expect(JSON.parse(queue.messages[0]?.body ?? '')).toMatchObject({
        requestContext: {
          requestId: expect.any(String),
          condition: 'RecordAgeExceeded',
          approximateInvokeCount: 1,
        },
        KinesisBatchInfo: { batchSize: all.length },
      });
    });
  });

  test('a record may have no key; one that fits no event is never handed over, and holds up its shard', async () => {
    const other = await Share.openIn(share.lab, 'odd', { for: 'lambda', records: 0 });
    const [first, large, behind] = orders(3) as [RecordToPut, RecordToPut, RecordToPut];
    other.lab.gate.streams.rewrite(other.streamArn, ({ partitionKey }) => {
      if (partitionKey === first.partitionKey) return { partitionKey: null };
      return partitionKey === large.partitionKey ? { data: Buffer.alloc(4_800_000) } : undefined;
    });
    await putRecords(other.lab.owner, other.streamArn, [first, large, behind]);
    await withLambda(other, other.grants(''), {}, async (reader) => {
      await reader.until('refused', () => reader.mapping.lastProcessingResult !== undefined);
      await reader.mapping.stop();

      expect(reader.mapping.lastProcessingResult).toBe(
        'PROBLEM: Request must be smaller than 6291456 bytes for the InvokeFunction operation',
      );
      expect(reader.ledger.map(({ partitionKey }) => partitionKey)).toEqual([null]);
      expect(reader.function.results).toHaveLength(1);
    });
  });

  test('a mapping begins where it is told to', async () => {
    await sleep(50);
    const startingPosition = new Date();
    const [last] = orders(10).slice(9) as [RecordToPut];
    await putRecords(share.lab.owner, share.streamArn, [last]);
    await withLambda(share, share.grants(''), { mapping: { startingPosition } }, async (reader) => {
      await reader.until('handled', () => reader.ledger.length > 0);

      expect(seen(reader.ledger)).toEqual(expected(last));
    });
  });
});
