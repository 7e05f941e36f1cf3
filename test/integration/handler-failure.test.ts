import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { handlerFile, leasesOf, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

test.each(TRANSPORTS)(
  '%s: a handler that fails ends the worker with exit code 4, and its record comes again',
  async (transport) => {
    const orders = sampleOrders(lab.owner.id, 30);
    const poison = orders[17]?.partitionKey ?? '';
    const { arn, application } = await sharedStream(lab, orders, 1);

    const env = { TRANSPORT: transport, HANDLER: handlerFile('failing'), FAIL_ON: poison, MAX_ATTEMPTS: '2' };
    const before = await withWorker(lab, arn, env, async (consumer) => {
      expect(await consumer.ended).toEqual({ code: 4, signal: null });
      expect(consumer.stderr).toMatch(
        /the record handler failed on record \d+ .* of shardId-000000000000, .*: TypeError: this one is poison/,
      );
      expect(consumer.log.some(({ level, msg }) => level >= 50 && msg.includes('poison'))).toBe(true);
      return consumer.ledger;
    });
    expect(before).toHaveLength(17);
    const [lease] = await leasesOf(lab, application);
    expect(lease).toMatchObject({ checkpoint: before.at(-1)?.sequenceNumber, owner: undefined });

    await withWorker(lab, arn, { TRANSPORT: transport }, async (consumer) => {
      await consumer.until('the rest is handled', () => consumer.ledger.length >= 13);
      await consumer.stop();
      expect(consumer.ledger.map(({ partitionKey }) => partitionKey)).toEqual(
        orders.slice(17).map(({ partitionKey }) => partitionKey),
      );
    });
  },
);

test('a handler that fails while the worker stops is not passed over: exit code 4', async () => {
  const orders = sampleOrders(lab.owner.id, 3);
  const { arn } = await sharedStream(lab, orders, 1);

  const env = { HANDLER: handlerFile('failing-at-the-end'), MAX_ATTEMPTS: '1' };
  await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('the handler works', () => consumer.ledger.length === 1);
    expect((await consumer.stop()).code).toBe(4);
  });
});

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test.each(['throw', 'reject'])(
    'an error that escapes by %s ends the worker with exit code 4',
    async (how) => {
      const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 3), 1);
      const folder = mkdtempSync(join(tmpdir(), 'xak-run-'));

      const env = {
        TRANSPORT: transport,
        HANDLER: handlerFile('escaping'),
        ESCAPE: how,
        RUN_DIRECTORY: folder,
      };
      await withWorker(lab, arn, env, async (consumer) => {
        expect((await consumer.ended).code).toBe(4);
        expect(consumer.stderr).toMatch(/TypeError: (out of a timer|not awaited)/);
        expect(consumer.log.some(({ level, msg }) => level === 60 && msg.includes('TypeError'))).toBe(true);
      });
      expect(readdirSync(folder)).toEqual([]);
      rmSync(folder, { recursive: true });
    },
  );
});
