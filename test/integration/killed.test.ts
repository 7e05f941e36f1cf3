import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { allGone, descendants } from '../lab/helpers/processes.js';
import { handlerFile, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test('Node is killed: the launcher and its children end by themselves', async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);

    await withWorker(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 20);
      const processes = descendants(consumer.pid).map(({ pid }) => pid);
      expect(processes.length).toBeGreaterThanOrEqual(transport === 'host' ? 1 : 3);

      consumer.kill('SIGKILL');

      expect(await allGone(processes)).toBe(true);
    });
  });

  test('the JVM is killed: Node ends with exit code 5, and no child is left', async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);

    await withWorker(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 20);
      const processes = descendants(consumer.pid);
      const jvm = processes.find(({ command }) => command.includes('crossaccountkcl.run.Launcher'));
      process.kill(jvm?.pid ?? 0, 'SIGKILL');

      expect(await consumer.ended).toEqual({ code: 5, signal: null });
      expect(consumer.stderr).toMatch(/the launcher ended by itself, by SIGKILL: .+/s);
      expect(await allGone(processes.map(({ pid }) => pid))).toBe(true);
    });
  });
});

test('the JVM alone gets SIGTERM: it stops gracefully, and Node says that it was not asked to', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 1);

  await withWorker(lab, arn, {}, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 20);
    const jvm = descendants(consumer.pid).find(({ command }) =>
      command.includes('crossaccountkcl.run.Launcher'),
    );
    process.kill(jvm?.pid ?? 0, 'SIGTERM');

    expect(await consumer.ended).toEqual({ code: 5, signal: null });
    expect(consumer.log.some(({ msg }) => msg === 'checkpointed')).toBe(true);
    expect(consumer.stderr).toContain('the launcher ended by itself');
  });
});

test('Node is killed while children are busy, which see no end of their input', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);

  const env = { TRANSPORT: 'multilang', HANDLER: handlerFile('busy') };
  await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('both shards are busy', () => consumer.ledger.length >= 2);
    const processes = descendants(consumer.pid).map(({ pid }) => pid);
    expect(processes.length).toBeGreaterThanOrEqual(3);

    consumer.kill('SIGKILL');

    expect(await allGone(processes)).toBe(true);
  });
});

test('the JVM is killed: the next worker takes the leases over, and loses nothing', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 10), 1);
  // Shorter than in production, so that the lease and the leader's lock expire soon.
  const env = { KCL_FAILOVER_TIME_MILLIS: '4000', CHECKPOINT_INTERVAL_MS: '0' };
  await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('all checkpointed', () => consumer.log.some(({ msg }) => msg === 'checkpointed'));
    const jvm = descendants(consumer.pid).find(({ command }) =>
      command.includes('crossaccountkcl.run.Launcher'),
    );
    process.kill(jvm?.pid ?? 0, 'SIGKILL');
    await consumer.ended;
  });
  await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 14).slice(10));

  await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('the new ones', () => consumer.ledger.length >= 4);
    expect((await consumer.stop()).code).toBe(0);
    expect(consumer.ledger).toHaveLength(4);
  });
});

test('the properties, which may hold credentials, are on disk only until KCL has read them', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 3), 1);
  const folder = mkdtempSync(join(tmpdir(), 'xak-run-'));

  // Certificates for the JVM would be there too.
  const env = { RUN_DIRECTORY: folder, NODE_EXTRA_CA_CERTS: '' };

  await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('handled', () => consumer.ledger.length >= 3);
    expect(readdirSync(folder, { recursive: true }).map(String).sort()).toEqual([
      expect.stringMatching(/^cross-account-kcl-\w+$/),
      expect.stringMatching(/aws\.sock$/),
      expect.stringMatching(/host\.sock$/),
    ]);
    await consumer.stop();
  });
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
