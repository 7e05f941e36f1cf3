import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, putRecords, startLab } from '../../lab/lab.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { testThoroughly } from '../helpers/thorough.js';
import { handlerFile, sharedStream, TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { throughGate } from './helpers/gate.js';

const MINUTE_MS = 60_000;
const RECORDS = 433;
const HELD = 100;
/** Put before the worker starts; the rest while the handler is held. */
const AT_FIRST = 250;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
const folder = temporaryFolder();

const keys = Array.from({ length: RECORDS }, (_, index) => `record-${index}`);
const records = keys.map((partitionKey) => ({ partitionKey, data: Buffer.from(partitionKey) }));

/**
 * Holds the handler of one record, in fan-out, until `held` resolves and the subscription is over. Only a later one gives
 * the records that are put then; KCL opens it when the handler has returned.
 */
async function readWhileHeld(transport: string, held: () => unknown, env: Record<string, string> = {}) {
  const { arn } = await sharedStream(lab, records.slice(0, AT_FIRST), 1);
  const file = join(folder(), 'held');
  const worker = {
    ...(await throughGate(lab, arn, { fanOut: true })),
    TRANSPORT: transport,
    HANDLER: handlerFile('holding'),
    HOLD_ON: `record-${HELD}`,
    HOLD_FILE: file,
    ...env,
  };
  await withWorker(lab, arn, worker, async (consumer) => {
    await consumer.until('the handler is held', () => existsSync(file));
    await held();
    await consumer.until('the subscription is over', () => lab.gate.streams.openSubscriptions === 0);
    await putRecords(lab.owner, arn, records.slice(AT_FIRST));
    expect(consumer.ledger).toHaveLength(HELD);
    writeFileSync(`${file}.released`, '');
    await consumer.until('all handled', () => consumer.ledger.length >= RECORDS);
    expect((await consumer.stop()).code).toBe(0);
    expect(consumer.ledger.map(({ partitionKey }) => partitionKey)).toEqual(keys);
  });
}

for (const transport of TRANSPORTS) {
  testThoroughly(
    `transport ${transport}: a subscription that ends while a handler is at work loses and repeats nothing`,
    () => readWhileHeld(transport, () => expect(lab.gate.streams.endSubscriptions()).toBe(1)),
  );

  // KCL reads nothing while a handler is held, and the AWS SDK gives up a subscription that is not read from for 10 s.
  testThoroughly(
    `transport ${transport}: a handler of 60 s, with fan-out`,
    () => readWhileHeld(transport, () => sleep(MINUTE_MS)),
    5 * MINUTE_MS,
  );

  testThoroughly(
    `transport ${transport}: a handler of 330 s, longer than a subscription of Kinesis, with fan-out`,
    () =>
      readWhileHeld(transport, () => sleep(5.5 * MINUTE_MS), {
        HANDLER_TIMEOUT_MS: String(10 * MINUTE_MS),
      }),
    12 * MINUTE_MS,
  );
}
