import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import type { LogEntry, WorkerProcess } from '../../lab/worker-process.js';
import { describeInChromium } from '../helpers/chromium.js';
import { descendants } from '../lab/helpers/processes.js';
import { refusedStart } from './helpers/cli.js';
import { handlerFile, leasesOf, sharedStream, withWorker } from './helpers/fixtures.js';
import { ask, healthOf, metricSum, portOf } from './helpers/operation.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const ANY_PORT = { HTTP_PORT: '0' };

async function untilReady(consumer: WorkerProcess, port: number): Promise<void> {
  let ready = false;
  const asking = (async () => {
    while (!ready && consumer.running) {
      ready = (await healthOf(port, '/readyz'))?.status === 200;
      await sleep(50);
    }
  })();
  await consumer.until('ready', () => ready);
  await asking;
}

test('the metrics say what the ledger says', async () => {
  const orders = sampleOrders(lab.owner.id, 500);
  const { arn } = await sharedStream(lab, orders, 4);

  await withWorker(lab, arn, { ...ANY_PORT, CHECKPOINT_INTERVAL_MS: '0' }, async (consumer) => {
    const port = await portOf(consumer);
    await consumer.until('all handled', () => consumer.ledger.length >= 500);
    await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 100));
    await consumer.until('the later ones too', () => consumer.ledger.length >= 600);
    await untilReady(consumer, port);
    const { text } = await ask(port, '/metrics');

    const bytes = consumer.ledger.reduce((sum, { data }) => sum + Buffer.from(data, 'base64').length, 0);
    expect(metricSum(text, 'records_received_total')).toBe(600);
    expect(metricSum(text, 'bytes_received_total')).toBe(bytes);
    expect(metricSum(text, 'leases_held')).toBe(4);
    expect(metricSum(text, 'jvm_up')).toBe(1);
    expect(metricSum(text, 'ready')).toBe(1);
    expect(text.match(/^cross_account_kcl_lease_taken_timestamp_seconds\{/gm)).toHaveLength(4);
    const stored = () => consumer.log.filter(({ msg }) => msg === 'checkpointed');
    await consumer.until('all checkpointed', () => sumOf(stored()) >= 600);
    const after = (await ask(port, '/metrics')).text;
    expect(metricSum(after, 'records_handled_total')).toBe(600);
    expect(metricSum(after, 'handler_duration_seconds_count')).toBe(600);
    expect(metricSum(after, 'checkpoints_total')).toBe(stored().length);
    expect(metricSum(after, 'handler_failures_total')).toBe(0);
    for (const shard of new Set(consumer.ledger.map((entry) => entry.shard))) {
      const handled = consumer.ledger.filter((entry) => entry.shard === shard).length;
      expect(metricSum(after, `records_handled_total{stream="${arn}",shard="${shard}"}`)).toBe(handled);
    }
  });
});

function sumOf(lines: readonly LogEntry[]): number {
  return lines.reduce((sum, { records }) => sum + Number(records), 0);
}

test('a handler that fails is counted, and its last error stands on the page', async () => {
  const orders = sampleOrders(lab.owner.id, 3);
  const { arn } = await sharedStream(lab, orders, 1);
  const env = {
    ...ANY_PORT,
    FAIL_ON: orders[1]?.partitionKey ?? '',
    HANDLER: handlerFile('failing'),
    MAX_ATTEMPTS: '2',
    RETRY_DELAY_MS: '0',
    ON_FAILURE: 'skip',
  };

  await withWorker(lab, arn, env, async (consumer) => {
    const port = await portOf(consumer);
    const skipped = () => consumer.log.filter(({ msg }) => msg.startsWith('a record is skipped'));
    await consumer.until('a record is given up', () => skipped().length > 0);
    await consumer.until('shard is quiet', () => consumer.log.some(({ msg }) => msg === 'checkpointed'));
    const { text } = await ask(port, '/metrics');

    const failed = consumer.log.filter(({ msg }) => /the record handler failed/.test(msg)).length;
    expect(metricSum(text, 'records_given_up_total')).toBe(skipped().length);
    expect(metricSum(text, 'handler_failures_total')).toBe(failed);
    expect(metricSum(text, 'handler_retries_total')).toBe(skipped().length);
    expect((await ask(port, '/')).text).toMatch(/<span class="error">/);
  });
});

test.each(['host', 'multilang'])(
  '%s: alive from the first moment to the last, ready from the first lease to the stop',
  async (transport) => {
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 12), 2);
    const env = { ...ANY_PORT, TRANSPORT: transport, HANDLER: handlerFile('slow'), SLOW_MS: '700' };

    await withWorker(lab, arn, env, async (consumer) => {
      const port = await portOf(consumer);
      expect(await healthOf(port, '/livez')).toMatchObject({ status: 200, ok: true });
      expect(await healthOf(port, '/readyz')).toMatchObject({ status: 503, ok: false });
      await untilReady(consumer, port);
      expect((await leasesOf(lab, application)).some(({ owner }) => owner !== undefined)).toBe(true);
      await consumer.until(
        'both shards are read',
        () => new Set(consumer.ledger.map(({ shard }) => shard)).size === 2,
      );
      if (transport === 'multilang') {
        expect((await ask(port, '/')).text).toContain('each shard has a process of its own');
      }

      consumer.kill('SIGTERM');
      await consumer.until('the stop has begun', () =>
        consumer.log.some(({ msg }) => msg.startsWith('stopping: ')),
      );
      // A record is at hand for 700 ms.
      expect(await healthOf(port, '/readyz')).toEqual({
        status: 503,
        ok: false,
        reason: 'the worker is stopping',
      });
      const seen = new Set<number | undefined>();
      while (consumer.running) {
        seen.add((await healthOf(port, '/livez'))?.status);
        await sleep(20);
      }
      expect([...seen].filter((status) => status !== undefined)).toEqual([200]);
      expect(await consumer.ended).toEqual({ code: 0, signal: null });
    });
  },
);

test('a worker that stands by is ready, and shows who has the shards', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 5), 1);

  await withWorker(lab, arn, ANY_PORT, async (first) => {
    await first.until('the first has the shard', () => first.ledger.length >= 5);
    await withWorker(lab, arn, ANY_PORT, async (second) => {
      const port = await portOf(second);
      await untilReady(second, port);

      expect(await healthOf(port, '/readyz')).toMatchObject({
        reason: 'stands by: 1 other worker holds leases',
      });
      const owner = first.log.find(({ workerState }) => workerState === 'STARTED')?.worker;
      expect((await ask(port, '/')).text).toContain(`other worker<small><code>${owner}</code>`);
      expect(metricSum((await ask(port, '/metrics')).text, 'leases_held')).toBe(0);
    });
  });
});

test('with multilang the leases are known by the lease table', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 10), 2);

  await withWorker(lab, arn, { ...ANY_PORT, TRANSPORT: 'multilang' }, async (consumer) => {
    const port = await portOf(consumer);
    await consumer.until('all handled', () => consumer.ledger.length >= 10);
    const held = async () => metricSum((await ask(port, '/metrics')).text, 'leases_held');
    let leases = 0;
    const asking = setInterval(async () => {
      leases = await held();
    }, 500);
    await consumer.until('both leases', () => leases === 2).finally(() => clearInterval(asking));
    // How a shard is read is known from the launcher; what its handler does, from the child's log only.
    const series = (await ask(port, '/metrics')).text.split('\n').filter((line) => line.includes('shard="'));
    expect(
      series.filter((line) => !/^cross_account_kcl_(unread_seconds|read_failures_total)\{/.test(line)),
    ).toEqual([]);
  });
});

test('the JVM is killed: no probe is told that all is well any more', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 5), 1);
  // A child that is busy keeps the log open, so that Node is there for a moment longer.
  const env = { ...ANY_PORT, TRANSPORT: 'multilang', HANDLER: handlerFile('busy') };

  await withWorker(lab, arn, env, async (consumer) => {
    const port = await portOf(consumer);
    await consumer.until('a record is at hand', () => consumer.ledger.length >= 1);
    const jvm = descendants(consumer.pid).find(({ command }) =>
      command.includes('crossaccountkcl.run.Launcher'),
    );
    process.kill(jvm?.pid ?? 0, 'SIGKILL');

    let health = await healthOf(port, '/livez');
    while (health?.status === 200 && consumer.running) health = await healthOf(port, '/livez');
    expect([undefined, 'the JVM with KCL has ended']).toContain(health?.reason);
    expect(await consumer.ended).toEqual({ code: 5, signal: null });
  });
});

test('a port that is taken ends the start before anything else is touched', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { arn, application } = await sharedStream(lab, [], 1);
  try {
    const { status, message } = await refusedStart(lab, { STREAM_ARN: arn, HTTP_PORT: String(port) });

    expect(status).toBe(2);
    expect(message).toMatch(
      new RegExp(
        `can't listen on 127\\.0\\.0\\.1 port ${port} for health and metrics: another process has this port\nSet httpPort`,
      ),
    );
    expect(await leasesOf(lab, application)).toEqual([]);
  } finally {
    server.close();
  }
});

test('without httpPort nothing listens', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 1), 1);

  await withWorker(lab, arn, {}, async (consumer) => {
    await consumer.until('handled', () => consumer.ledger.length >= 1);

    expect(consumer.log.some(({ paths }) => paths !== undefined)).toBe(false);
  });
});

describeInChromium('the status page of a real worker', (browser) => {
  test('shows the shards that it reads, with their plots', async () => {
    const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, 40), 3);

    await withWorker(lab, arn, ANY_PORT, async (consumer) => {
      const port = await portOf(consumer);
      await consumer.until('all handled', () => consumer.ledger.length >= 40);
      const page = await browser().newPage({ javaScriptEnabled: false });
      const rows = page.locator('table.shards tbody tr');
      // A shard that gave no record, and the plots, come with later reports of the launcher than the records did.
      const readHere = async () => {
        await page.goto(`http://127.0.0.1:${port}/`);
        const texts = await rows.allTextContents();
        return texts.filter((text) => /^shardId-\d{12}read here\d/.test(text)).length;
      };
      while ((await readHere()) < 3 || (await rows.locator('path').count()) < 3) {
        if (!consumer.running) throw new Error('the worker ended');
      }

      expect(await page.locator('h1').textContent()).toBe(application);
      expect(await rows.count()).toBe(3);
      await page.close();
    });
  });
});
