import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { type Lab, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { testThoroughly } from '../helpers/thorough.js';
import { sharedStream, type TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { healthOf, portOf } from './helpers/operation.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const RECORDS = 20;
/** Until the leases have expired, and then the worker stops. */
const PATIENCE_MS = 200_000;

const WHAT =
  'a lease table that is deleted under a worker is reported, and stops it; the next start says what it reads';
test(`host: ${WHAT}`, () => deleteTheTable('host'), PATIENCE_MS);
testThoroughly(`multilang: ${WHAT}`, () => deleteTheTable('multilang'), PATIENCE_MS);

async function deleteTheTable(transport: (typeof TRANSPORTS)[number]): Promise<void> {
  const { arn, application } = await sharedStream(lab, sampleOrders(lab.owner.id, RECORDS), 2);
  const env = { TRANSPORT: transport, HTTP_PORT: '0', KCL_FAILOVER_TIME_MILLIS: '4000' };

  await withWorker(lab, arn, env, async (consumer) => {
    const port = await portOf(consumer);
    await consumer.until('all handled', () => consumer.ledger.length >= RECORDS);
    await lab.reader.dynamodb.send(new DeleteTableCommand({ TableName: application }));

    const gone = () =>
      consumer.log.filter(({ msg }) => msg.includes('does not exist any more: it was deleted'));
    await consumer.until('it is reported', () => gone().length > 0);
    let health = await healthOf(port, '/readyz');
    while (health?.ok) health = await healthOf(port, '/readyz');
    if (health !== undefined) expect(health).toMatchObject({ status: 503, ok: false });
    await consumer.ended;

    expect((await consumer.ended).code).toBe(3);
    expect(consumer.stderr).toContain(
      `the lease table ${application} does not exist any more: it was deleted while the worker ran`,
    );
    // Once when it is noticed, and once as the reason of the stop.
    expect(gone().filter(({ logger }) => String(logger).startsWith('crossaccountkcl.'))).toHaveLength(2);
  });

  await withWorker(lab, arn, env, async (consumer) => {
    await consumer.until('all handled again', () => consumer.ledger.length >= RECORDS);
    expect(consumer.log).toContainEqual(
      expect.objectContaining({
        level: 40,
        msg: expect.stringMatching(
          /^there is no lease table .*: KCL makes a new one, and everything that is retained is read/,
        ),
      }),
    );
    expect((await consumer.stop()).code).toBe(0);
  });
}
