import { writeFileSync } from 'node:fs';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { createStream, type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { type SharedOrders, shareOrders } from '../../lab/shared-orders.js';
import { DECOY, withConsumer } from './helpers/fixtures.js';
import { Kcl1Daemon, OURS, STOCK } from './helpers/kcl1-daemon.js';
import { readLeaseTable } from '../../src/streams/lease-table.js';

let lab: Lab;
let shared: SharedOrders;
const decisions: string[] = [];
beforeAll(async () => {
  lab = await startLab({ onDecision: (d) => decisions.push(JSON.stringify(d)) });
  shared = await shareOrders(lab, { shared: true });
  const decoy = await createStream(lab.reader, 'orders', 2);
  await putRecords(lab.reader, decoy, [{ partitionKey: 'd', data: Buffer.from(DECOY) }]);
  await putRecords(lab.owner, shared.streamArn, sampleOrders(lab.owner.id, 200));
});
afterAll(() => lab.stop());

const env = () => ({
  AWS_ACCESS_KEY_ID: shared.reader.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: shared.reader.credentials.secretAccessKey,
  AWS_SESSION_TOKEN: shared.reader.credentials.sessionToken,
  AWS_REGION: lab.region,
  STREAM_ARN: shared.streamArn,
  AWS_CBOR_DISABLE: '1',
});
const props = () => ({
  applicationName: `cross-account-kcl-${lab.owner.id}-orders`,
  kinesisEndpoint: lab.gate.endpoint,
  dynamoDBEndpoint: lab.gate.endpoint,
});
const state = async (what: string) =>
  console.log(what, JSON.stringify(await readLeaseTable(lab.reader.dynamodb, props().applicationName), null, 1));


test('explore', async () => {
  const app = `cross-account-kcl-${lab.owner.id}-orders`;
  const run1 = async (n: number, label: string, extra = {}) => {
    const t = Date.now();
    const d = new Kcl1Daemon(OURS, { ...props(), maxInitializationAttempts: (extra as any).attempts ?? '20' }, { ...env(), ...extra });
    try {
      await d.until(label, () => d.ledger.length >= n);
      const at = Date.now() - t;
      await new Promise((r) => setTimeout(r, 3000));
      const s = Date.now();
      console.log(label, 'first all after', at, 'read', d.ledger.length, d.ledger[0]?.partitionKey, 'exit', await d.stop(), 'after', Date.now() - s);
    } catch (e) { console.log(label, 'FAILED', String(e).slice(0, 300)); } finally {
      writeFileSync(`/tmp/kcl1x/${label}.log`, d.output);
      await d.dispose();
      await state(label);
    }
  };
  const run3 = async (n: number, label: string, extra = {}) => {
    await withConsumer(lab, shared.streamArn, { KINESIS_ENDPOINT: lab.gate.endpoint, DYNAMO_DB_ENDPOINT: lab.gate.endpoint, PREFLIGHT: 'require', AWS_ENDPOINT_URL_STS: lab.gate.endpoint, AWS_ENDPOINT_URL_KMS: lab.gate.endpoint, ...env() as Record<string,string>, ...extra }, async (c) => {
      try {
        await c.until(label, () => c.ledger.length >= n);
        await new Promise((r) => setTimeout(r, 3000));
        console.log(label, c.ledger.length, c.ledger[0]?.partitionKey, await c.stop());
      } catch (e) { console.log(label, 'FAILED', String(e).slice(0, 1500)); }
      writeFileSync(`/tmp/kcl1x/${label}.log`, c.stderr + '\n' + c.log.map((l) => JSON.stringify(l)).join('\n'));
    });
    await state(label);
  };
  const more = () => putRecords(lab.owner, shared.streamArn, sampleOrders(lab.owner.id, 50));
  await run1(200, 'a-1.15');
  await more();
  await run3(50, 'c-3.5');
  await more();
  await run1(50, 'd-1.15-back', { attempts: '2' });
  await lab.reader.dynamodb.send(new DeleteItemCommand({ TableName: app, Key: { leaseKey: { S: 'Migration3.0' } } }));
  await run1(50, 'd2-1.15-back-deleted');
  await more();
  await run3(50, 'e-3.5-again');
}, 580_000);
