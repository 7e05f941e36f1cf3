import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetResourcePolicyCommand } from '@aws-sdk/client-kinesis';
import {
  CreateKeyCommand,
  DisableKeyCommand,
  GetKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import {
  createStream,
  deregisterConsumer,
  encryptStream,
  putRecords,
  registerConsumer,
} from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { WorkerProcess } from '../../lab/worker-process.js';
import { readLeaseTable, tableLookups } from '../../src/leases/lease-table-reader.js';
import type { PreflightReport } from '../../src/preflight/report.js';
import { runCli } from '../integration/helpers/cli.js';
import { handlerFile } from '../integration/helpers/fixtures.js';
import { describeWithDocker } from './helpers/docker.js';
import { eventually, LOCALSTACK_IMAGE, type LocalStack, startLocalStack } from './helpers/localstack.js';

const ROLE = 'arn:aws:iam::111111111111:role/orders-reader';
const OTHERS_ROLE = 'arn:aws:iam::333333333333:role/orders-reader';

describeWithDocker('LocalStack', [LOCALSTACK_IMAGE], () => {
  let localstack: LocalStack;
  beforeAll(async () => {
    localstack = await startLocalStack();
  }, 300_000);
  afterAll(() => localstack?.stop());

  let streams = 0;
  const newName = () => `orders-${++streams}`;
  /** All that a user of LocalStack sets. */
  const env = () => ({ ...localstack.reader.env, AWS_ENDPOINT_URL: localstack.endpoint });
  const own = (shards = 2) => createStream(localstack.reader, newName(), shards);

  describe('preflight', () => {
    async function preflight(arn: string, ...args: string[]) {
      const { status, stdout, stderr } = await runCli(
        ['preflight', '--output', 'json', '--stream-arn', arn, ...args],
        { env: env() },
      );
      if (!stdout.startsWith('{')) throw new Error(stderr);
      const { passed, checks } = JSON.parse(stdout) as PreflightReport;
      const found = (id: string) => checks.find((check) => check.id === id);
      const with_ = (...statuses: string[]) =>
        checks.filter((check) => statuses.includes(check.status)).map(({ id }) => id);
      return { status, passed, found, failed: with_('failed', 'error'), warned: with_('warning') };
    }

    test("passes for the reader's own stream, with the warning that it is", async () => {
      const arn = await own();
      await putRecords(localstack.reader, arn, sampleOrders('222222222222', 8));

      const { status, passed, found, failed, warned } = await preflight(arn);

      expect({ status, passed, failed, warned }).toEqual({
        status: 0,
        passed: true,
        failed: [],
        warned: ['credentials'],
      });
      expect(found('credentials')?.message).toMatch(/which owns the stream: nothing is read across accounts/);
      expect(found('get-records')?.message).toBe('a record was found');
      expect(found('lease-table-create')?.status).toBe('passed');
      expect(found('metrics')?.status).toBe('passed');
    });

    test('passes without a warning for the stream of another account that is read by a role of it', async () => {
      const arn = await createStream(localstack.owner, newName(), 1);

      const { status, found, failed, warned } = await preflight(arn, '--stream-role-arn', ROLE);

      expect({ status, failed, warned }).toEqual({ status: 0, failed: [], warned: [] });
      expect(found('stream-role')?.message).toContain(
        'arn:aws:sts::111111111111:assumed-role/orders-reader/cross-account-kcl',
      );
    });

    test("finds no stream of another account without it: LocalStack asks the credentials' account", async () => {
      const arn = await createStream(localstack.owner, newName(), 1);

      const { status, found, failed } = await preflight(arn);

      expect({ status, failed }).toEqual({ status: 1, failed: ['stream-summary', 'describe-stream'] });
      expect(found('stream-summary')?.message).toMatch(/^there is no such stream: /);
    });

    test('fails where there is no such stream', async () => {
      const { status, failed } = await preflight('arn:aws:kinesis:us-east-1:222222222222:stream/none');

      expect({ status, failed }).toEqual({ status: 1, failed: ['stream-summary', 'describe-stream'] });
    });

    test('tries the consumer, and fails when it is deregistered', async () => {
      const arn = await own(1);
      const consumer = await registerConsumer(localstack.reader, arn, 'shared');
      // Without a record LocalStack's first event takes 3 s.
      await putRecords(localstack.reader, arn, sampleOrders('222222222222', 1));

      const there = await preflight(arn, '--consumer-arn', consumer);
      expect(there.failed).toEqual([]);
      expect(there.found('subscribe')?.message).toMatch(/^subscribed to shardId-000000000000, and closed$/);

      await deregisterConsumer(localstack.reader, consumer);
      const gone = await preflight(arn, '--consumer-arn', consumer);
      expect(gone).toMatchObject({ status: 1, failed: expect.arrayContaining(['consumer']) });
    });

    describe('of an encrypted stream', () => {
      async function encrypted(): Promise<{ arn: string; key: string }> {
        const arn = await own(1);
        const { KeyMetadata } = await localstack.reader.kms.send(new CreateKeyCommand({}));
        const key = KeyMetadata?.Arn ?? '';
        await encryptStream(localstack.reader, arn, key);
        return { arn, key };
      }

      test('passes with a record, and can tell nothing without one', async () => {
        const { arn } = await encrypted();

        const empty = await preflight(arn);
        expect(empty).toMatchObject({ status: 0, warned: ['credentials', 'decrypt'] });
        expect(empty.found('decrypt')?.message).toMatch(/^inconclusive: .* does not support dry runs$/);

        await putRecords(localstack.reader, arn, sampleOrders('222222222222', 1));
        const { found, warned } = await preflight(arn);
        expect(warned).toEqual(['credentials']);
        expect(found('decrypt')?.message).toBe('a record was decrypted');
      });

      test('fails with a key that is disabled, or pending deletion', async () => {
        const { arn, key } = await encrypted();

        await localstack.reader.kms.send(new DisableKeyCommand({ KeyId: key }));
        const disabled = await preflight(arn);
        expect(disabled).toMatchObject({ status: 1, failed: ['key-state', 'decrypt'] });
        expect(disabled.found('key-state')?.message).toBe('the key is Disabled: nobody can read the stream');

        await localstack.reader.kms.send(new ScheduleKeyDeletionCommand({ KeyId: key }));
        const doomed = await preflight(arn);
        expect(doomed).toMatchObject({ status: 1, failed: ['key-state', 'decrypt'] });
        expect(doomed.found('key-state')?.message).toMatch(/^the key is PendingDeletion: /);
      });

      test('fails with the AWS managed key, which can not be shared', async () => {
        const arn = await own(1);
        await encryptStream(localstack.reader, arn, 'alias/aws/kinesis');

        expect(await preflight(arn)).toMatchObject({ status: 1, failed: ['encryption'] });
      });
    });
  });

  describe('start', () => {
    const running: WorkerProcess[] = [];
    afterEach(async () => {
      for (const consumer of running.splice(0)) await consumer.dispose();
    });

    function start(
      streamArn: string,
      given: Record<string, string> = {},
      reader: Record<string, string> = env(),
    ): WorkerProcess {
      const consumer = new WorkerProcess({ env: reader }, { streamArn, env: given });
      running.push(consumer);
      return consumer;
    }

    const handled = (consumer: WorkerProcess) =>
      consumer.ledger.map(({ partitionKey }) => partitionKey).sort();
    const keysOf = (records: ReturnType<typeof sampleOrders>) =>
      records.map(({ partitionKey }) => partitionKey).sort();
    const readAll = (consumer: WorkerProcess, count: number) =>
      consumer.until('all read', () => consumer.ledger.length >= count);
    const leases = async (application: string) =>
      (await readLeaseTable(tableLookups(localstack.reader.dynamodb, { lease: application })))?.leases ?? [];

    test('reads every record, checkpoints when it is stopped, goes on after that, and sends metrics', async () => {
      const arn = await own();
      const application = `cross-account-kcl-222222222222-${arn.split('/').at(-1)}`;
      const orders = sampleOrders('222222222222', 40);
      const [first, second] = [orders.slice(0, 30), orders.slice(30)];
      await putRecords(localstack.reader, arn, first);

      const before = start(arn);
      await readAll(before, first.length);
      expect(await before.stop()).toEqual({ code: 0, signal: null });
      expect(handled(before)).toEqual(keysOf(first));
      const last = new Map(before.ledger.map(({ shard, sequenceNumber }) => [shard, sequenceNumber]));
      const stored = (await leases(application)).map(({ shardId, checkpoint }) => [shardId, checkpoint]);
      expect(stored.sort()).toEqual([...last].sort());

      const { status, stdout } = await runCli(['tracker', '--stream-arn', arn], { env: env() });
      expect(status).toBe(0);
      for (const sequenceNumber of last.values()) expect(stdout).toContain(sequenceNumber);

      await putRecords(localstack.reader, arn, second);
      const after = start(arn);
      await readAll(after, second.length);
      expect(await after.stop()).toEqual({ code: 0, signal: null });
      expect(handled(after)).toEqual(keysOf(second));

      const metrics = await eventually(async () => {
        const { Metrics = [] } = await localstack.reader.cloudwatch.send(
          new ListMetricsCommand({ Namespace: application }),
        );
        return Metrics.length > 0 ? Metrics : undefined;
      });
      expect(metrics.map(({ MetricName }) => MetricName)).toContain('RecordsProcessed');
    }, 240_000);

    test("by a role of the owner's and with the creation epoch: reads that stream, and has its leases in the own account", async () => {
      const name = newName();
      const arn = await createStream(localstack.owner, name, 1);
      const decoy = await createStream(localstack.reader, name, 1);
      const orders = sampleOrders('111111111111', 12);
      await putRecords(localstack.owner, arn, orders);
      await putRecords(localstack.reader, decoy, [{ partitionKey: 'decoy', data: Buffer.from('decoy') }]);

      const consumer = start(arn, {
        APPLICATION_NAME: name,
        STREAM_ROLE_ARN: ROLE,
        STREAM_CREATION_EPOCH: 'auto',
      });
      await readAll(consumer, orders.length);
      expect((await consumer.stop()).code).toBe(0);

      expect(handled(consumer)).toEqual(keysOf(orders));
      const [lease] = await leases(name);
      expect(lease?.key).toMatch(new RegExp(`^111111111111:${name}:[0-9]{10}:shardId-000000000000$`));
      const { TableNames } = await localstack.owner.dynamodb.send(new ListTablesCommand({}));
      expect(TableNames).toEqual([]);
    });

    test('by a consumer, and with an endpoint for each service', async () => {
      const arn = await own(1);
      const consumerArn = await registerConsumer(localstack.reader, arn, 'shared');
      const orders = sampleOrders('222222222222', 12);
      await putRecords(localstack.reader, arn, orders);
      const { endpoint } = localstack;

      const consumer = start(
        arn,
        { CONSUMER_ARN: consumerArn },
        {
          ...localstack.reader.env,
          KINESIS_ENDPOINT: endpoint,
          DYNAMO_DB_ENDPOINT: endpoint,
          AWS_ENDPOINT_URL_CLOUDWATCH: endpoint,
          AWS_ENDPOINT_URL_KMS: endpoint,
          AWS_ENDPOINT_URL_STS: endpoint,
        },
      );
      await readAll(consumer, orders.length);
      expect((await consumer.stop()).code).toBe(0);

      expect(handled(consumer)).toEqual(keysOf(orders));
    });

    test('sends a record that fails to a queue, whose URL has the port of the host', async () => {
      const arn = await own(1);
      const orders = sampleOrders('222222222222', 3);
      const [, poison] = keysOf(orders);
      await putRecords(localstack.reader, arn, orders);
      const { QueueUrl = '' } = await localstack.reader.sqs.send(
        new CreateQueueCommand({ QueueName: arn.split('/').at(-1) }),
      );
      const queue = `${localstack.endpoint}${new URL(QueueUrl).pathname}`;

      const consumer = start(arn, {
        ON_FAILURE: 'send',
        FAILURE_QUEUE_URL: queue,
        MAX_ATTEMPTS: '1',
        HANDLER: handlerFile('failing'),
        FAIL_ON: poison ?? '',
      });
      const message = await eventually(async () => {
        expect(consumer.running).toBe(true);
        const { Messages = [] } = await localstack.reader.sqs.send(
          new ReceiveMessageCommand({ QueueUrl: queue }),
        );
        return Messages[0];
      });
      expect((await consumer.stop()).code).toBe(0);

      expect(JSON.parse(message.Body ?? '')).toMatchObject({ streamArn: arn, partitionKey: poison });
    });

    test('starts nothing where there is no such stream', async () => {
      const consumer = start('arn:aws:kinesis:us-east-1:222222222222:stream/none');

      expect((await consumer.ended).code).toBe(3);
      expect(consumer.stderr).toMatch(/there is no such stream/);
    });
  });

  describe('policy', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'xak-localstack-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    async function policy(command: string, arn: string, ...args: string[]): Promise<string> {
      const { status, stdout, stderr } = await runCli(
        ['policy', command, '--stream-arn', arn, '--reader', OTHERS_ROLE, ...args],
        { env: env(), cwd: folder },
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return stdout;
    }

    test('shows, writes, finds nothing more to change, and takes away again: for the stream and its key', async () => {
      const { kinesis, kms } = localstack.reader;
      const arn = await own(1);
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const key = KeyMetadata?.Arn ?? '';
      await encryptStream(localstack.reader, arn, key);
      const ofStream = async () =>
        (await kinesis.send(new GetResourcePolicyCommand({ ResourceARN: arn }))).Policy ?? '';
      const ofKey = async () =>
        (await kms.send(new GetKeyPolicyCommand({ KeyId: key, PolicyName: 'default' }))).Policy ?? '';
      const keyBefore = await ofKey();

      const before = await policy('diff', arn);
      expect(before).toMatch(/\n {2}\+ ReadStreamFor[\s\S]*\n {2}\+ DecryptStreamFor/);
      expect(await ofKey()).toBe(keyBefore);

      expect(await policy('apply', arn, '--yes')).toContain(`Written: the policy of the stream ${arn}`);
      expect(JSON.parse(await ofStream()).Statement).toHaveLength(1);
      expect(JSON.parse(await ofKey()).Statement).toEqual([
        ...JSON.parse(keyBefore).Statement,
        expect.objectContaining({ Action: ['kms:Decrypt'], Principal: { AWS: OTHERS_ROLE } }),
      ]);
      expect(await policy('apply', arn, '--yes')).toContain('Nothing to change.');

      await policy('remove', arn, '--yes');
      expect(JSON.parse(await ofKey())).toEqual(JSON.parse(keyBefore));
      expect(await policy('diff', arn)).toBe(before);
    });
  });
});
