import {
  type Lab,
  putRecords,
  type RecordToPut,
  registerConsumer,
  splitShard,
  startLab,
} from '../../lab/lab.js';
import { ALL_BYTES, ODD_KEY } from '../helpers/records.js';
import {
  aggregate,
  asManyAsFit,
  expected,
  malformedAggregates,
  seen,
  sizes,
  withBrokenChecksum,
} from './helpers/aggregates.js';
import { handlerFile, leasesOf, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { ask, metricSum, portOf } from './helpers/operation.js';
import { shard } from './helpers/reshard.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

/** Of the hash keys: the first of the second half. */
const HALF = 2n ** 127n;
const WAIT_MS = 110_000;

function named(name: string, count: number): RecordToPut[] {
  return Array.from({ length: count }, (_, index) => ({
    partitionKey: `${name}-${index}`,
    data: Buffer.from(`${name} ${index}`),
  }));
}

/** What a stream may hold: records of the stream, each with the records in it. */
function everyKind(): RecordToPut[][] {
  const hashKeys = [0n, 1n, HALF, 2n * HALF - 1n].map(String);
  return [
    named('plain', 1),
    [
      { partitionKey: ODD_KEY, data: ALL_BYTES },
      { partitionKey: '漢'.repeat(200), data: Buffer.alloc(0) },
      { partitionKey: ODD_KEY, data: Buffer.from('\n{"a":"\u2028"}\n') },
    ],
    hashKeys.map((explicitHashKey) => ({ partitionKey: 'pé', data: ALL_BYTES, explicitHashKey })),
    named('plain-too', 1),
    named('alone', 1),
    asManyAsFit((index) => ({ partitionKey: `many-${index % 50}`, data: Buffer.alloc(300, index) })),
    asManyAsFit((index) => ({ partitionKey: `large-${index}`, data: Buffer.alloc(100_000, index) })),
    named('plain-last', 1),
  ];
}

const toPut = (records: RecordToPut[]) =>
  records[0]?.partitionKey.startsWith('plain') ? (records[0] as RecordToPut) : aggregate(...records);

describe.each([
  ['host', false],
  ['multilang', false],
  ['host', true],
] as const)('transport %s, fan-out %p', (transport, fanOut) => {
  test('every record of every aggregate arrives once, as it was put, in order', async () => {
    const kinds = everyKind();
    const { arn } = await sharedStream(lab, kinds.map(toPut), 1);
    const all = kinds.flatMap((records) => expected(...records));
    const consumerArn = fanOut ? { CONSUMER_ARN: await registerConsumer(lab.owner, arn, 'kpl') } : {};

    await withWorker(lab, arn, { TRANSPORT: transport, ...consumerArn }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= all.length, WAIT_MS);
      expect((await consumer.stop()).code).toBe(0);

      expect(seen(consumer.ledger)).toEqual(all);
      expect(sizes(consumer.ledger)).toEqual(kinds.map(({ length }) => length));
    });
  });
});

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test('a stop in the middle of an aggregate goes on at its next record', async () => {
    const records = named('sub', 200);
    const rest = named('next', 3);
    const { arn, application } = await sharedStream(lab, [aggregate(...records), aggregate(...rest)], 1);
    const all = [...expected(...records), ...expected(...rest)];

    const env = { TRANSPORT: transport, HANDLER: handlerFile('slow'), SLOW_MS: '50' };
    const before = await withWorker(lab, arn, env, async (consumer) => {
      await consumer.until('a part is handled', () => consumer.ledger.length >= 5);
      expect((await consumer.stop()).code).toBe(0);
      return consumer.ledger;
    });
    expect(before.length).toBeLessThan(records.length);
    const [lease] = await leasesOf(lab, application);
    const last = before.at(-1);
    expect(lease).toMatchObject({
      checkpoint: last?.sequenceNumber,
      subSequenceNumber: last?.subSequenceNumber,
    });

    await withWorker(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('the rest is handled', () => before.length + consumer.ledger.length >= all.length);
      expect((await consumer.stop()).code).toBe(0);
      expect(seen([...before, ...consumer.ledger])).toEqual(all);
    });
  });

  test('an aggregate that can not be taken apart is handed over as it was put, logged without its data, and counted', async () => {
    const malformed = malformedAggregates();
    const { arn } = await sharedStream(lab, [...malformed, aggregate(...named('next', 2))], 1);
    const all = [...malformed.flatMap((one) => expected(one)), ...expected(...named('next', 2))];

    await withWorker(lab, arn, { TRANSPORT: transport, HTTP_PORT: '0' }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= all.length);
      expect(seen(consumer.ledger)).toEqual(all);

      const told = () => consumer.log.find(({ msg }) => msg.includes("can't be taken apart"));
      await consumer.until('it is logged', () => told() !== undefined);
      expect(told()?.msg).toMatch(/the first for partition key 5 of a table of 1: .* Sequence numbers \d+/);
      expect(JSON.stringify(consumer.log)).not.toContain('secret');
      const metrics = (await ask(await portOf(consumer), '/metrics')).text;
      expect(metricSum(metrics, 'aggregates_whole_total')).toBe(malformed.length);
      expect((await consumer.stop()).code).toBe(0);
    });
  });

  test('a handler that fails in the middle of an aggregate gets the same record again, and none before it', async () => {
    const records = named('sub', 30);
    const { arn, application } = await sharedStream(lab, [...named('plain', 1), aggregate(...records)], 1);
    const all = [...expected(...named('plain', 1)), ...expected(...records)];

    const env = {
      TRANSPORT: transport,
      HANDLER: handlerFile('failing'),
      FAIL_ON: 'sub-17',
      MAX_ATTEMPTS: '2',
    };
    const before = await withWorker(lab, arn, env, async (consumer) => {
      expect(await consumer.ended).toEqual({ code: 4, signal: null });
      expect(consumer.stderr).toMatch(/the record handler failed on record \d+ \(sub-sequence number 17\)/);
      return consumer.ledger;
    });
    expect(seen(before)).toEqual(all.slice(0, 18));
    expect((await leasesOf(lab, application))[0]).toMatchObject({
      checkpoint: before.at(-1)?.sequenceNumber,
      subSequenceNumber: 16,
    });

    await withWorker(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('the rest is handled', () => consumer.ledger.length >= all.length - before.length);
      expect((await consumer.stop()).code).toBe(0);
      expect(seen([...before, ...consumer.ledger])).toEqual(all);
    });
  });
});

test('an aggregate with a wrong checksum is a record like any other', async () => {
  const broken = withBrokenChecksum(aggregate(...named('sub', 3)));
  const { arn } = await sharedStream(lab, [broken, aggregate(...named('next', 2))], 1);

  await withWorker(lab, arn, {}, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 3);
    await consumer.stop();
    expect(seen(consumer.ledger)).toEqual([...expected(broken), ...expected(...named('next', 2))]);
  });
});

describe('an aggregate for two shards', () => {
  const lower = { partitionKey: 'lower', data: Buffer.from('lower'), explicitHashKey: '5' };
  const upper = { partitionKey: 'upper', data: Buffer.from('upper'), explicitHashKey: String(HALF + 5n) };
  const before = { ...lower, partitionKey: 'before' };
  const after = { ...lower, partitionKey: 'after' };

  test.each([
    ['is dropped by KCL, and the log says so', {}, [before, after]],
    [
      'is handed out where KCL does not ask for the hash keys of shards',
      { KCL_SKIP_SHARD_SYNC_AT_WORKER_INITIALIZATION_IF_LEASES_EXIST: 'true' },
      [before, lower, upper, after],
    ],
  ])('%s', async (_what, env, arriving) => {
    const { arn } = await sharedStream(lab, [aggregate(before), aggregate(lower, upper), after], 2);

    await withWorker(lab, arn, env, async (consumer) => {
      await consumer.until('the last one', () => consumer.ledger.at(-1)?.partitionKey === 'after', WAIT_MS);
      expect((await consumer.stop()).code).toBe(0);

      expect(consumer.ledger.map(({ partitionKey }) => partitionKey)).toEqual(
        arriving.map(({ partitionKey }) => partitionKey),
      );
      const told = consumer.log.filter(({ msg }) => msg.startsWith('KCL dropped'));
      expect(told.map(({ level }) => level)).toEqual(arriving.length === 2 ? [50] : []);
      if (told.length > 0) {
        expect(told[0]?.msg).toMatch(
          /^KCL dropped 1 of \d records, .* range 0 to \d+: .* Sequence numbers \d+ to \d+\./,
        );
      }
    });
  });
});

/** Usually the new shard is not in KCL's cache yet, and KCL holds no hash key against a range that it does not know. */
test('an aggregate that was made before a split, for both children, is handed out or told of', async () => {
  const lower = { partitionKey: 'lower', data: Buffer.from('lower'), explicitHashKey: '5' };
  const upper = { partitionKey: 'upper', data: Buffer.from('upper'), explicitHashKey: String(HALF + 5n) };
  const { arn } = await sharedStream(lab, [aggregate(lower, upper)], 1);

  await withWorker(lab, arn, {}, async (consumer) => {
    await consumer.until('it is handled before the split', () => consumer.ledger.length >= 2);
    await splitShard(lab.owner, arn, shard(0), HALF);
    await putRecords(lab.owner, arn, [aggregate(lower, upper), { ...lower, partitionKey: 'after' }]);
    await consumer.until('the last one', () => consumer.ledger.at(-1)?.partitionKey === 'after', WAIT_MS);
    expect((await consumer.stop()).code).toBe(0);

    const dropped = consumer.log.some(({ msg }) => msg.startsWith('KCL dropped'));
    const unknown = consumer.log.some(({ msg }) =>
      msg.startsWith('Cannot get the shard for this ProcessTask'),
    );
    expect(dropped || unknown).toBe(true);
    expect(consumer.ledger).toHaveLength(dropped ? 3 : 5);
  });
});
