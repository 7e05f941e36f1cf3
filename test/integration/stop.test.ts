import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { labOnly } from '../../lab/worker-process.js';
import { allGone, descendants } from '../lab/helpers/processes.js';
import { CLI } from './helpers/cli.js';
import { startCutter } from './helpers/cutter.js';
import { handlerFile, leasesOf, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s: final checkpoint, exit code 0, nothing left',
    async (signal) => {
      const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 50), 2);

      // The interval never comes: only the final checkpoint is left.
      const env = { TRANSPORT: transport, CHECKPOINT_INTERVAL_MS: '3600000' };
      await withWorker(lab, arn, env, async (consumer) => {
        await consumer.until('all handled', () => consumer.ledger.length >= 50);
        const processes = descendants(consumer.pid).map(({ pid }) => pid);
        expect(processes.length).toBeGreaterThanOrEqual(transport === 'host' ? 1 : 3);
        consumer.kill(signal);

        expect(await consumer.ended).toEqual({ code: 0, signal: null });
        expect(await allGone(processes)).toBe(true);
        for (const { shardId, checkpoint } of await leasesOf(lab, application)) {
          const last = consumer.ledger.findLast(({ shard }) => shard === shardId);
          expect(checkpoint).toBe(last?.sequenceNumber);
        }
      });
    },
  );

  test('a second signal ends at once, although the handler never finishes', async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 5), 1);
    const env = { TRANSPORT: transport, HANDLER: handlerFile('hanging') };

    await withWorker(lab, arn, env, async (consumer) => {
      await consumer.until('the handler hangs', () => consumer.ledger.length === 1);
      const processes = descendants(consumer.pid).map(({ pid }) => pid);
      consumer.kill('SIGTERM');
      await consumer.until('it is stopping', () =>
        consumer.log.some(({ msg }) => msg.startsWith('stopping')),
      );
      consumer.kill('SIGTERM');

      expect(await consumer.ended).toEqual({ code: 143, signal: null });
      expect(await allGone(processes)).toBe(true);
    });
  });

  test('a handler that never finishes makes the stop fail with exit code 5 after the grace', async () => {
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 5), 1);
    const env = { TRANSPORT: transport, HANDLER: handlerFile('hanging'), SHUTDOWN_GRACE_MILLIS: '1500' };

    await withWorker(lab, arn, env, async (consumer) => {
      await consumer.until('the handler hangs', () => consumer.ledger.length === 1);
      const processes = descendants(consumer.pid).map(({ pid }) => pid);

      expect(await consumer.stop()).toEqual({ code: 5, signal: null });
      expect(consumer.stderr).toContain('not everything stopped within 1500 ms');
      expect(await allGone(processes)).toBe(true);
      expect((await leasesOf(lab, application))[0]?.checkpoint).toBe('TRIM_HORIZON');
    });
  });
});

test('a shard that does not stop keeps its lease, and the others give theirs back', async () => {
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 40), 2);
  const env = { HANDLER: handlerFile('first-shard-hanging'), SHUTDOWN_GRACE_MILLIS: '8000' };

  await withWorker(lab, arn, env, async (consumer) => {
    const read = () => new Set(consumer.ledger.map(({ shard }) => shard));
    await consumer.until('both shards are read', () => read().size === 2);

    expect(await consumer.stop()).toEqual({ code: 5, signal: null });
    expect(consumer.stderr).toContain('not everything stopped within 8000 ms: shardId-000000000000');
    const last = consumer.ledger.findLast(({ shard }) => shard === 'shardId-000000000001');
    expect(await leasesOf(lab, application)).toEqual([
      expect.objectContaining({ shardId: 'shardId-000000000000', owner: expect.any(String) }),
      expect.objectContaining({ owner: undefined, checkpoint: last?.sequenceNumber }),
    ]);
  });
});

test('a signal that comes before the daemon has started is not lost', async () => {
  const { arn } = await sharedStream(lab, [], 1);

  await withWorker(lab, arn, {}, async (consumer) => {
    await consumer.until('it starts', () => consumer.log.some(({ msg }) => msg === 'starting'));

    expect(await consumer.stop()).toEqual({ code: 0, signal: null });
  });
});

test('a signal while the accesses are tried out ends the start at once, although nothing answers', async () => {
  const { arn } = await sharedStream(lab, [], 1);
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  try {
    const env = { PREFLIGHT: 'require', KINESIS_ENDPOINT: endpoint, DYNAMO_DB_ENDPOINT: endpoint };
    await withWorker(lab, arn, env, async (consumer) => {
      await consumer.until('it starts', () => consumer.log.some(({ msg }) => msg === 'starting'));
      expect(await consumer.stop()).toEqual({ code: 0, signal: null });
      expect(consumer.log.at(-1)?.msg).toBe('stopped before anything was read');
    });
  } finally {
    silent.close();
  }
});

test.each(TRANSPORTS)(
  '%s: the record at hand is the last one, and the rest comes again',
  async (transport) => {
    const orders = sampleOrders(lab.owner.id, 12);
    const { arn, application } = await sharedStream(lab, orders, 1);

    const env = { TRANSPORT: transport, HANDLER: handlerFile('slow'), SLOW_MS: '700' };
    const before = await withWorker(lab, arn, env, async (consumer) => {
      await consumer.until('some are handled', () => consumer.ledger.length >= 2);
      expect((await consumer.stop()).code).toBe(0);
      return consumer.ledger;
    });
    expect(before.length).toBeLessThan(12);
    const [lease] = await leasesOf(lab, application);
    expect(lease).toMatchObject({ checkpoint: before.at(-1)?.sequenceNumber, owner: undefined });

    await withWorker(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('the rest', () => consumer.ledger.length >= 12 - before.length);
      await consumer.stop();
      const keys = [...before, ...consumer.ledger].map(({ partitionKey }) => partitionKey);
      expect(keys).toEqual(orders.map(({ partitionKey }) => partitionKey));
    });
  },
);

test.each(TRANSPORTS)('%s: a final checkpoint that is not stored is no graceful stop', async (transport) => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 5), 1);
  const dynamodb = await startCutter(lab.dynamodbEndpoint);

  const env = {
    TRANSPORT: transport,
    DYNAMO_DB_ENDPOINT: dynamodb.endpoint,
    CHECKPOINT_INTERVAL_MS: '3600000',
  };
  await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 5);
    await dynamodb.stop();

    expect((await consumer.stop()).code).toBe(5);
    expect(consumer.log.some(({ msg }) => msg === 'stopped')).toBe(false);
    expect(consumer.stderr).toMatch(
      /the last checkpoint of shardId-000000000000, .* could not be stored: ShutdownException/,
    );
  });
});

test.each(['json', 'pretty'])(
  'a log that nobody reads any more, as in `start | head`, stops the worker: %s',
  async (logFormat) => {
    const { arn } = await sharedStream(lab, [], 1);
    const env = {
      ...process.env,
      ...lab.reader.env,
      ...labOnly(lab),
      STREAM_ARN: arn,
      HANDLER: 'sample',
      LOG_FORMAT: logFormat,
    };
    const child = spawn(process.execPath, [CLI, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdout.once('data', () => child.stdout.destroy());

    const [code] = await once(child, 'close');

    expect(stderr).toContain("the log can't be written (EPIPE");
    expect(code).toBe(6);
  },
);
