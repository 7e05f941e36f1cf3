/** KCL 1.15 on another account's stream, and from there to KCL 3 and back: docs/kcl-1.x.md. */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteResourcePolicyCommand } from '@aws-sdk/client-kinesis';
import { createStream, type Lab, putRecords, splitShard, startLab } from '../../lab/lab.js';
import type { LedgerEntry } from '../../lab/ledger.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { type SharedOrders, shareOrders } from '../../lab/shared-orders.js';
import { testThoroughly } from '../helpers/thorough.js';
import { byShard, DECOY, handlerFile, leasesOf, sharedStream, withWorker } from './helpers/fixtures.js';
import { describeWithKcl1 } from './helpers/kcl1-build.js';
import { Kcl1Daemon, OURS, STOCK } from './helpers/kcl1-daemon.js';
import { QUARTER, shard } from './helpers/reshard.js';

const ARN = 'arn:aws:kinesis:eu-west-1:111111111111:stream/orders';
/** For tests that start several workers, each of which waits for the leases of the one before. */
const SEVERAL_WORKERS_MS = 300_000;
/** Only the stop makes one. */
const NO_CHECKPOINTS = { CHECKPOINT_INTERVAL_MS: '1000000000' };

describeWithKcl1('KCL 1.15', () => {
  let lab: Lab;
  const calls: { operation: string; resource: string; allowed: boolean }[] = [];
  beforeAll(async () => {
    lab = await startLab({ onDecision: (decision) => calls.push(decision) });
  });
  afterAll(() => lab.stop());

  async function withDaemon<T>(
    program: readonly string[],
    properties: Record<string, string>,
    env: Record<string, string | undefined>,
    use: (daemon: Kcl1Daemon) => Promise<T>,
    options?: readonly string[],
  ): Promise<T> {
    const daemon = new Kcl1Daemon(program, properties, env, options);
    try {
      return await use(daemon);
    } finally {
      await daemon.dispose();
    }
  }

  describe('through the policies of both sides, on an encrypted stream', () => {
    let shared: SharedOrders;
    let application: string;
    let orders = 0;
    beforeAll(async () => {
      shared = await shareOrders(lab, { shared: true });
      application = `cross-account-kcl-${lab.owner.id}-orders`;
      const decoy = await createStream(lab.reader, 'orders', 2);
      await putRecords(lab.reader, decoy, [{ partitionKey: DECOY, data: Buffer.from(DECOY) }]);
    });

    const env = () => ({
      AWS_ACCESS_KEY_ID: shared.reader.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: shared.reader.credentials.secretAccessKey,
      AWS_SESSION_TOKEN: String(shared.reader.credentials.sessionToken),
      AWS_REGION: lab.region,
      STREAM_ARN: shared.streamArn,
      ...NO_CHECKPOINTS,
    });
    const throughGate = (more = {}) => ({
      applicationName: application,
      kinesisEndpoint: lab.gate.endpoint,
      dynamoDBEndpoint: lab.gate.endpoint,
      ...more,
    });

    /** More orders, and their keys. */
    async function put(count: number): Promise<string[]> {
      const records = sampleOrders(lab.owner.id, orders + count).slice(orders);
      orders += count;
      await putRecords(lab.owner, shared.streamArn, records);
      return records.map(({ partitionKey }) => partitionKey);
    }

    const keys = (ledger: readonly LedgerEntry[]) => ledger.map(({ partitionKey }) => partitionKey).sort();

    /** Reads these records and no others, and stops. */
    async function readWith1(expected: readonly string[]): Promise<LedgerEntry[]> {
      return withDaemon(OURS, throughGate(), env(), async (daemon) => {
        await daemon.until('all handled', () => daemon.ledger.length >= expected.length);
        expect(await daemon.stop()).toBe(143);
        expect(daemon.output).toContain('launcher-kcl1: stopped, after a last checkpoint of every shard\n');
        expect(keys(daemon.ledger)).toEqual([...expected].sort());
        return daemon.ledger;
      });
    }

    async function readWith3(expected: readonly string[]): Promise<void> {
      const gate = lab.gate.endpoint;
      const endpoints = {
        KINESIS_ENDPOINT: gate,
        DYNAMO_DB_ENDPOINT: gate,
        AWS_ENDPOINT_URL_STS: gate,
        AWS_ENDPOINT_URL_KMS: gate,
      };
      const more = { ...env(), ...endpoints, PREFLIGHT: 'require' };
      await withWorker(lab, shared.streamArn, more, async (consumer) => {
        await consumer.until('all handled', () => consumer.ledger.length >= expected.length);
        expect(await consumer.stop()).toEqual({ code: 0, signal: null });
        expect(keys(consumer.ledger)).toEqual([...expected].sort());
      });
    }

    /** What the lease table has for the shards that were read. */
    async function expectCheckpoints(ledger: readonly LedgerEntry[]): Promise<void> {
      const last = [...byShard(ledger)].map(([of, entries]) => [of, entries.at(-1)?.sequenceNumber]);
      const leases = await leasesOf(lab, application);
      expect(leases.map(({ shardId, checkpoint }) => [shardId, checkpoint])).toEqual(last.sort());
    }

    test(
      'reads the owner’s stream and no decoy, checkpoints at the stop, and goes on from there',
      async () => {
        const ledger = await readWith1(await put(200));
        expect(byShard(ledger).size).toBe(2);
        for (const entries of byShard(ledger).values()) {
          const numbers = entries.map(({ sequenceNumber }) => BigInt(sequenceNumber));
          expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)));
        }
        await expectCheckpoints(ledger);

        await expectCheckpoints(await readWith1(await put(50)));

        const ofKinesis = calls.filter(({ operation }) => operation.startsWith('Kinesis_'));
        expect(new Set(ofKinesis.map(({ operation }) => operation.split('.')[1]))).toEqual(
          new Set(['ListShards', 'GetShardIterator', 'GetRecords']),
        );
        expect(new Set(ofKinesis.map(({ resource }) => resource))).toEqual(
          new Set([shared.streamArn, shared.keyArn]),
        );
        expect(calls.every(({ allowed }) => allowed)).toBe(true);
      },
      SEVERAL_WORKERS_MS,
    );

    testThoroughly(
      'KCL 3 goes on from its checkpoints',
      async () => {
        await readWith1(await put(20));
        await readWith3(await put(20));
      },
      SEVERAL_WORKERS_MS,
    );

    testThoroughly(
      'after KCL 3 it gives up, until the state of the migration is deleted; then KCL 3 may follow again',
      async () => {
        await readWith3(await put(20));

        const afterwards = await put(20);
        await withDaemon(OURS, throughGate({ maxInitializationAttempts: '1' }), env(), async (daemon) => {
          expect(await daemon.ended).toBe(1);
          expect(daemon.output).toContain('IllegalArgumentException: leaseCounter must not be null');
          expect(daemon.output).toContain('launcher-kcl1: the worker ended by itself; its log says why\n');
          expect(daemon.ledger).toEqual([]);
        });
        await lab.reader.dynamodb.send(
          new DeleteItemCommand({ TableName: application, Key: { leaseKey: { S: 'Migration3.0' } } }),
        );
        await readWith1(afterwards);
        await readWith3(await put(20));
      },
      SEVERAL_WORKERS_MS,
    );

    test('what DynamoDB refuses is told in AWS’s words', async () => {
      await withDaemon(OURS, throughGate({ applicationName: 'elsewhere' }), env(), async (daemon) => {
        await daemon.until('refused', () =>
          daemon.output.includes('is not authorized to perform: dynamodb:DescribeTable on resource'),
        );
      });
    });

    test('reads nothing without the stream’s policy, and says whose it is', async () => {
      await lab.owner.kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN: shared.streamArn }));
      const fresh = { applicationName: `${application}-fresh`, maxInitializationAttempts: '1' };
      const role = lab.gate.identities.role(shared.reader.arn);
      const policies = role?.policies ?? [];
      if (role)
        role.policies = JSON.parse(JSON.stringify(policies).replaceAll(application, `${application}*`));
      await withDaemon(OURS, throughGate(fresh), env(), async (daemon) => {
        await daemon.until('refused', () =>
          daemon.output.includes('no resource-based policy allows the kinesis:ListShards action'),
        );
        expect(daemon.ledger).toEqual([]);
      });
    });
  });

  /** On the emulators themselves, as the reader's account. */
  const open = (application: string) => ({
    applicationName: application,
    kinesisEndpoint: lab.kinesisEndpoint,
    dynamoDBEndpoint: lab.dynamodbEndpoint,
  });

  testThoroughly('a shard that was split is read to its end, then its children', async () => {
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 1);

    await withDaemon(OURS, open(application), { ...lab.reader.env, STREAM_ARN: arn }, async (daemon) => {
      await daemon.until('the first shard', () => daemon.ledger.length >= 20);
      await splitShard(lab.owner, arn, shard(0), QUARTER * 2n);
      await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 60).slice(20));
      await daemon.until('all handled', () => daemon.ledger.length >= 60);
      expect(await daemon.stop()).toBe(143);
      const shards = daemon.ledger.map((entry) => entry.shard);
      expect(shards.slice(0, 20)).toEqual(Array(20).fill(shard(0)));
      expect(new Set(shards.slice(20))).toEqual(new Set([shard(1), shard(2)]));
    });
    const parent = (await leasesOf(lab, application)).find(({ shardId }) => shardId === shard(0));
    expect(parent?.checkpoint).toBe('SHARD_END');
  });

  testThoroughly(
    'a handler that fails ends the worker with 1, and the checkpoint stays before its record',
    async () => {
      const records = sampleOrders(lab.owner.id, 20);
      const FAIL_ON = records[0]?.partitionKey;
      const { arn, application } = await sharedStream(lab, records, 1);
      const env = {
        ...lab.reader.env,
        STREAM_ARN: arn,
        HANDLER: handlerFile('failing'),
        FAIL_ON,
        MAX_ATTEMPTS: '1',
      };
      const properties = { ...open(application), shutdownGraceMillis: '1000' };
      await withDaemon(OURS, properties, env, async (daemon) => {
        expect(await daemon.ended).toBe(1);
        expect(daemon.output).toContain('"exitCode":4');
        expect(daemon.output).toContain('not stopped within shutdownGraceMillis, 1000: records since');
      });
      expect((await leasesOf(lab, application))[0]?.checkpoint).toBe('TRIM_HORIZON');
    },
  );

  describe('the stock daemon of 1.15', () => {
    testThoroughly(
      'reads the stream of that name in the reader’s own account, in spite of streamArn',
      async () => {
        const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 1);
        const properties = {
          ...open(application),
          regionName: lab.region,
          streamArn: arn,
          streamName: String(arn.split('/')[1]),
        };
        await withDaemon(STOCK, properties, { ...lab.reader.env, STREAM_ARN: arn }, async (daemon) => {
          await daemon.until('the decoys', () => daemon.ledger.length >= 20);
          const read = daemon.ledger.map(({ data }) => Buffer.from(data, 'base64').toString());
          expect(new Set(read)).toEqual(new Set([DECOY]));
          expect(daemon.output).not.toMatch(/streamArn/i);
        });
      },
    );

    test('does not start with streamArn alone', async () => {
      const properties = {
        ...open('stock'),
        streamArn: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders',
      };
      await withDaemon(STOCK, properties, lab.reader.env, async (daemon) => {
        expect(await daemon.ended).toBe(1);
        expect(daemon.output).toContain('Value of streamName should be explicitly provided.');
      });
    });
  });

  testThoroughly('bytes and partition keys arrive exactly', async () => {
    const records = ['pé漢字🙂', 'sep\u2028ara\u2029tor', 'con\u0001trol\n'].map((partitionKey) => ({
      partitionKey,
      data: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
    }));
    const { arn, application } = await sharedStream(lab, records, 1);
    await withDaemon(
      OURS,
      open(application),
      { ...lab.reader.env, STREAM_ARN: arn, LC_ALL: 'C' },
      async (daemon) => {
        await daemon.until('all handled', () => daemon.ledger.length >= records.length);
        expect(daemon.ledger.map(({ partitionKey, data }) => ({ partitionKey, data }))).toEqual(
          records.map(({ partitionKey, data }) => ({ partitionKey, data: data.toString('base64') })),
        );
      },
    );
  });

  test('without credentials it ends with 3, and tells by then of the keys that have no effect', async () => {
    const env = { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', STREAM_ARN: ARN };
    const options = ['-Dfile.encoding=UTF-8', '-Duser.home=/nonexistent'];
    await withDaemon(
      OURS,
      { ...open('refused'), initialPositionInStrem: 'LATEST', workerId: 'worker-1', maxRecords: '100' },
      env,
      async (daemon) => {
        expect(await daemon.ended).toBe(3);
        expect(daemon.output).toContain('launcher-kcl1: Unable to load AWS credentials from any provider');
        expect(daemon.output.match(/KCL 1.x knows no key '\w+'/g)).toEqual([
          "KCL 1.x knows no key 'initialPositionInStrem'",
        ]);
      },
      options,
    );
  });

  test('a stop before it has begun says so', async () => {
    const { arn, application } = await sharedStream(lab, [], 1);
    // Its lease table is never there.
    const env = { ...lab.reader.env, STREAM_ARN: arn };
    const properties = { ...open(application), dynamoDBEndpoint: 'http://127.0.0.1:1' };
    await withDaemon(OURS, properties, env, async (daemon) => {
      await daemon.until('begun', () => daemon.output.includes(`Reading ${arn}`));
      expect(await daemon.stop()).toBe(143);
      expect(daemon.output).toContain('launcher-kcl1: stopped before it had begun: nothing was read\n');
    });
  });

  describe('refuses to start, with 2', () => {
    test.each([
      ['without STREAM_ARN', undefined, {}, [], "STREAM_ARN must be a stream's ARN, like", 'it is not set'],
      ['with a name', 'orders', {}, [], "STREAM_ARN must be a stream's ARN", "it is 'orders'"],
      [
        'with a consumer’s ARN',
        `${ARN}/consumer/c:1`,
        {},
        [],
        "STREAM_ARN must be a stream's ARN",
        '/consumer/c:1',
      ],
      ['with another name', ARN, { streamName: 'orders-2' }, [], "streamName is 'orders-2'", "says 'orders'"],
      ['with another ARN', ARN, { streamArn: `${ARN}-2` }, [], "streamArn is 'arn:", `says '${ARN}'`],
      [
        'with another region',
        ARN,
        { regionName: 'us-east-1' },
        [],
        "regionName is 'us-east-1'",
        "says 'eu-west-1'",
      ],
      [
        'with a position that is none',
        ARN,
        { initialPositionInStream: 'EARLIEST' },
        [],
        "initialPositionInStream is 'EARLIEST'; expected one of",
        'TRIM_HORIZON',
      ],
      ['with a level that is none', ARN, { metricsLevel: 'LOUD' }, [], "metricsLevel is 'LOUD'", 'SUMMARY'],
      ['with a number that is none', ARN, { maxRecords: '1k' }, [], "maxRecords is '1k'", 'a whole number'],
      [
        'with neither true nor false',
        ARN,
        { callProcessRecordsEvenForEmptyRecordList: 'yes' },
        [],
        "callProcessRecordsEvenForEmptyRecordList is 'yes'",
        'true or false',
      ],
      ['without an application', ARN, { applicationName: '' }, [], 'applicationName', 'explicitly provided'],
      [
        'in another charset',
        ARN,
        {},
        ['-Dfile.encoding=US-ASCII'],
        'default charset is US-ASCII',
        '-Dfile.encoding=UTF-8',
      ],
    ])('%s', async (_name, STREAM_ARN, properties, options, what, how) => {
      const given = { applicationName: 'refused', ...properties };
      const env = { ...lab.reader.env, STREAM_ARN };
      const refused = async (daemon: Kcl1Daemon) => {
        expect(await daemon.ended).toBe(2);
        const said = daemon.output.split('\n').find((line) => line.startsWith('launcher-kcl1: '));
        expect(said).toContain(what);
        expect(said).toContain(how);
      };
      await withDaemon(OURS, given, env, refused, options.length > 0 ? options : undefined);
    });
  });
});
