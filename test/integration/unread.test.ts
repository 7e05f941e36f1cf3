import type { Door, Fault } from '../../lab/gate/gate.js';
import { type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import type { WorkerProcess } from '../../lab/worker-process.js';
import { SharedStream } from '../faults/helpers/shared-stream.js';
import { leasesOf, TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { ask, healthOf, metricSum, portOf } from './helpers/operation.js';
import { shard } from './helpers/reshard.js';

/** Shards that are held and not read, and why. */
const DENIED =
  'User: arn:aws:sts::222222222222:assumed-role/x/worker is not authorized to perform: kinesis:GetShardIterator on resource: x because no resource-based policy allows the kinesis:GetShardIterator action';
const QUICK = { STALL_WARNING_MS: '1500', HTTP_PORT: '0', KCL_FAILOVER_TIME_MILLIS: '2000' };
const RECORDS = 20;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

interface Scene {
  readonly consumer: WorkerProcess;
  readonly stream: SharedStream;
  readonly kinesis: Door;
  readonly dynamodb: Door;
  readonly port: number;
}

/** A worker on a stream of two shards with records, behind doors of its own; the faults are there before it starts. */
async function onScene(
  {
    env = {},
    fanOut = false,
    onKinesis,
    onDynamoDB,
  }: { env?: Record<string, string>; fanOut?: boolean; onKinesis?: Fault; onDynamoDB?: Fault },
  use: (scene: Scene) => Promise<void>,
): Promise<void> {
  const stream = await SharedStream.create(lab, { shards: 2, fanOut, encrypted: false, failureQueue: false });
  await putRecords(lab.owner, stream.arn, sampleOrders(lab.owner.id, RECORDS));
  const [kinesis, dynamodb] = [await lab.gate.addDoor(), await lab.gate.addDoor()];
  if (onKinesis !== undefined) kinesis.disturb(onKinesis);
  if (onDynamoDB !== undefined) dynamodb.disturb(onDynamoDB);
  const all = {
    ...QUICK,
    ...stream.env,
    KINESIS_ENDPOINT: kinesis.endpoint,
    DYNAMO_DB_ENDPOINT: dynamodb.endpoint,
    AWS_ENDPOINT_URL: lab.gate.endpoint,
    PREFLIGHT: 'off',
    ...env,
  };
  try {
    await withWorker(lab, stream.arn, all, async (consumer) => {
      const port = await portOf(consumer);
      await use({ consumer, stream, kinesis, dynamodb, port });
    });
  } finally {
    await kinesis.shut();
    await dynamodb.shut();
  }
}

const iteratorOf =
  (wanted: string | undefined, message: string, error = 'AccessDeniedException'): Fault =>
  ({ operation, fields }) =>
    operation === 'GetShardIterator' && (wanted === undefined || fields.ShardId === wanted)
      ? { error, message }
      : undefined;

/** The lines about a shard that have AWS's reason; a start that is slow has one without. */
const stalls = ({ log }: WorkerProcess, of?: string) =>
  log.filter(
    ({ msg, level, errorCode, shard: about }) =>
      level === 50 &&
      msg.startsWith('no progress for ') &&
      errorCode !== undefined &&
      (of === undefined || about === of),
  );

/** Asks again and again until it is so. */
async function untilAnswer({ consumer }: Scene, what: string, ask: () => Promise<boolean>): Promise<void> {
  let isSo = false;
  let asking = false;
  await consumer.until(what, () => {
    if (!asking) {
      asking = true;
      void ask()
        .catch(() => false) // nobody answers yet
        .then((answer) => {
          isSo = answer;
          asking = false;
        });
    }
    return isSo;
  });
}

async function untilHealth(scene: Scene, status: number, reason: RegExp | string = ''): Promise<void> {
  await untilAnswer(scene, `/readyz ${status} ${reason}`, async () => {
    const seen = await healthOf(scene.port, '/readyz');
    return seen?.status === status && new RegExp(reason).test(seen.reason);
  });
}

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test('one shard is refused from the start: the line, the row and the metrics have the reason', async () => {
    let refused = true;
    const refuse = iteratorOf(shard(0), DENIED);
    const onKinesis: Fault = (call) => (refused ? refuse(call) : undefined);
    await onScene({ env: { TRANSPORT: transport }, onKinesis }, async (scene) => {
      const { consumer, stream, port } = scene;
      await consumer.until('it is reported', () => stalls(consumer, shard(0)).length > 0);
      const [line] = stalls(consumer, shard(0));
      expect(line).toMatchObject({ stream: stream.arn, shard: shard(0), errorCode: 'AccessDeniedException' });
      expect(line?.msg).toContain(`GetShardIterator: AccessDeniedException: ${DENIED}`);
      await consumer.until('the other is read', () => consumer.ledger.length > 0);
      await untilHealth(scene, 200, 'holds 2 leases');
      const metrics = async () => (await ask(port, '/metrics')).text;
      // The launcher reports it within a second.
      await untilAnswer(
        scene,
        'one shard is read',
        async () => metricSum(await metrics(), 'shards_read') === 1,
      );

      const text = await metrics();
      const labels = `{stream="${stream.arn}",shard="${shard(0)}"`;
      expect(metricSum(text, 'leases_held')).toBe(2);
      expect(metricSum(text, `unread_seconds${labels}}`)).toBeGreaterThan(1);
      expect(metricSum(text, `read_failures_total${labels},error="AccessDeniedException"}`)).toBeGreaterThan(
        1,
      );
      const page = (await ask(port, '/')).text;
      expect(page).toContain('held here, not read');
      expect(page).toContain('no resource-based policy allows');
      // KCL has a stack for each attempt.
      expect(consumer.log.filter(({ msg }) => msg.startsWith('Caught exception:'))).toHaveLength(1);
      refused = false;
      await consumer.until('all handled', () => consumer.ledger.length >= RECORDS);
      expect((await consumer.stop()).code).toBe(0);
    });
  });

  test.each([
    ['access denied', 'AccessDeniedException', DENIED],
    [
      'a position in the future',
      'InvalidArgumentException',
      'The timestamp parameter cannot be greater than the currentTimestamp',
    ],
  ])(
    'all shards are refused from the start, %s: not ready, until they are read',
    async (_what, error, message) => {
      await onScene({ env: { TRANSPORT: transport } }, async (scene) => {
        const { consumer, kinesis, port } = scene;
        const end = kinesis.disturb(iteratorOf(undefined, message, error));
        await untilHealth(scene, 503, `nothing has been read for .*GetShardIterator: ${error}: `);
        expect(metricSum((await ask(port, '/metrics')).text, 'ready')).toBe(0);
        await consumer.until('it is reported', () => stalls(consumer).length > 0);
        end();
        await consumer.until('all handled', () => consumer.ledger.length >= RECORDS);
        await untilHealth(scene, 200, 'holds 2 leases');
        await consumer.until('that is reported too', () =>
          consumer.log.some(({ msg }) => msg === 'the shard is read again'),
        );
        expect((await consumer.stop()).code).toBe(0);
      });
    },
  );

  test.each([
    ['polling', false, 'GetRecords'],
    ['fan-out', true, 'SubscribeToShard'],
  ])('access is taken away while it runs, %s', async (_way, fanOut, operation) => {
    await onScene({ env: { TRANSPORT: transport }, fanOut }, async (scene) => {
      const { consumer, stream, kinesis, port } = scene;
      await consumer.until('all handled', () => consumer.ledger.length >= RECORDS);
      await untilHealth(scene, 200, 'holds 2 leases');
      await stream.unshare();
      kinesis.cut();
      await untilHealth(scene, 503, `${operation}: AccessDeniedException: `);
      const page = (await ask(port, '/')).text;
      expect(page).toContain('because no resource-based policy allows');
      await consumer.until('it is reported', () => stalls(consumer).length >= 2);
      for (const { msg } of stalls(consumer)) {
        expect(msg).toContain(`${operation}: AccessDeniedException: `);
        expect(msg.includes('the owner has deleted the consumer, and its policy with it')).toBe(fanOut);
        expect(msg.includes(`--consumer-arn ${stream.consumerArn}`)).toBe(fanOut);
      }
      await stream.share();
      await untilHealth(scene, 200, 'holds 2 leases');
      expect((await consumer.stop()).code).toBe(0);
    });
  });

  test('the stream was made again: refused at the first iterator, and no lease is written', async () => {
    const message =
      'StartingSequenceNumber 4968 used in GetShardIterator on shard shardId-000000000000 is invalid because it did not come from this stream.';
    let isKnown = false;
    const onKinesis: Fault = (call) =>
      (isKnown ? iteratorOf(shard(0), message, 'InvalidArgumentException') : iteratorOf(shard(0), DENIED))(
        call,
      );
    await onScene({ env: { TRANSPORT: transport }, onKinesis }, async ({ consumer, stream }) => {
      await consumer.until('the other is read', () => consumer.ledger.length > 0);
      isKnown = true;
      expect((await consumer.ended).code).toBe(3);
      expect(consumer.stderr).toContain('deleted and made again');
      const checkpoints = (await leasesOf(lab, stream.application)).map(({ checkpoint }) => checkpoint);
      expect(checkpoints).not.toContain('SHARD_END');
    });
  });

  test('credentials that expire: not ready, one line, and exit code 3 after 12 times failoverTimeMillis', async () => {
    await onScene({ env: { TRANSPORT: transport } }, async (scene) => {
      const { consumer, kinesis, dynamodb, port } = scene;
      await consumer.until('all handled', () => consumer.ledger.length >= RECORDS);
      await untilHealth(scene, 200, 'holds 2 leases');
      const before = consumer.log.length;
      const expired: Fault = () => ({
        error: 'ExpiredTokenException',
        message: 'The security token included in the request is expired',
      });
      kinesis.disturb(expired);
      dynamodb.disturb(expired);
      await untilHealth(scene, 503, 'the AWS credentials for .* are not valid since .*ExpiredTokenException');
      expect(metricSum((await ask(port, '/metrics')).text, 'credentials_valid')).toBe(0);
      expect((await consumer.ended).code).toBe(3);
      const lines = consumer.log.slice(before).map(({ msg }) => msg);
      expect(lines.filter((msg) => /^the AWS credentials for .*access key id …\w{4}/.test(msg))).toHaveLength(
        1,
      );
      expect(consumer.stderr).toMatch(
        /the AWS credentials for .* are not valid since .*ExpiredTokenException/,
      );
      // KCL's stacks of half a minute, some 700 KB without folding.
      const size = consumer.log.slice(before).reduce((sum, line) => sum + JSON.stringify(line).length, 0);
      expect(size).toBeLessThan(150_000);
    });
  });
});

test("calls of the lease table that fail are reported, with AWS's reason", async () => {
  const onDynamoDB: Fault = ({ operation }) =>
    operation === 'Query' ? { error: 'ValidationException', message: 'no index' } : undefined;
  await onScene({ onDynamoDB }, async ({ consumer }) => {
    await consumer.until('it is reported', () =>
      consumer.log.some(
        ({ msg, level }) =>
          level === 50 && /^DynamoDB fails for .*: Query: ValidationException: no index/.test(msg),
      ),
    );
    // KCL has a stack for each attempt.
    expect(consumer.log.filter(({ msg }) => msg === 'Failed to execute lease discovery')).toEqual([]);
  });
});
