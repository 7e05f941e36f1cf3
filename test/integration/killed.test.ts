import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { allGone, descendants } from '../lab/helpers/processes.js';
import { sharedStream, TRANSPORTS, withConsumer } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test('Node is killed: the launcher and its children end by themselves', async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);

    await withConsumer(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 20);
      const processes = descendants(consumer.pid).map(({ pid }) => pid);
      expect(processes.length).toBeGreaterThanOrEqual(transport === 'host' ? 1 : 3);

      consumer.kill('SIGKILL');

      expect(await allGone(processes, 10_000)).toBe(true);
    });
  });

  test('the JVM is killed: Node ends with exit code 5, and no child is left', async () => {
    const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 2);

    await withConsumer(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 20);
      const processes = descendants(consumer.pid);
      const jvm = processes.find(({ command }) => command.includes('crossaccountkcl.Launcher'));
      process.kill(jvm?.pid ?? 0, 'SIGKILL');

      expect(await consumer.ended).toEqual({ code: 5, signal: null });
      expect(consumer.stderr).toMatch(/the launcher ended by itself, by SIGKILL: .+/s);
      expect(
        await allGone(
          processes.map(({ pid }) => pid),
          5_000,
        ),
      ).toBe(true);
    });
  });
});

test('the JVM alone gets SIGTERM: it stops gracefully, and Node says that it was not asked to', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 1);

  await withConsumer(lab, arn, {}, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= 20);
    const jvm = descendants(consumer.pid).find(({ command }) => command.includes('crossaccountkcl.Launcher'));
    process.kill(jvm?.pid ?? 0, 'SIGTERM');

    expect(await consumer.ended).toEqual({ code: 5, signal: null });
    expect(consumer.log.some(({ msg }) => msg === 'checkpointed')).toBe(true);
    expect(consumer.stderr).toContain('the launcher ended by itself');
  });
});
