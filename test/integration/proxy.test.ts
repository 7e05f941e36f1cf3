import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsumerProcess } from '../../lab/consumer-process.js';
import { type Lab, registerConsumer, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { type ConnectProxy, startConnectProxy } from '../helpers/connect-proxy.js';
import { testThoroughly } from '../helpers/thorough.js';
import { type Certificate, makeCertificate, startTlsFront } from '../helpers/tls-front.js';
import { sharedStream } from './helpers/fixtures.js';

const USER = 'reader:p@ss/w:rd %41';
const REGION = 'us-east-1.amazonaws.com';
const NAMES = [`*.${REGION}`, `*.data-kinesis.${REGION}`, `*.control-kinesis.${REGION}`, `*.ddb.${REGION}`];

const folder = mkdtempSync(join(tmpdir(), 'xak-proxy-'));
let lab: Lab;
let certificate: Certificate;
let front: Awaited<ReturnType<typeof startTlsFront>>;
let proxy: ConnectProxy;
beforeAll(async () => {
  [lab, certificate] = await Promise.all([startLab(), makeCertificate(folder, NAMES)]);
  front = await startTlsFront(certificate, portOf);
  proxy = await startConnectProxy({ user: USER, answer: () => ({ connectTo: front.port }) });
});
afterAll(async () => {
  await proxy?.stop();
  await front?.stop();
  await lab?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function portOf(name: string): number {
  const { kinesisEndpoint, dynamodbEndpoint, gate } = lab;
  const endpoint = /kinesis/.test(name)
    ? kinesisEndpoint
    : /dynamodb|ddb/.test(name)
      ? dynamodbEndpoint
      : gate.endpoint;
  return Number(new URL(endpoint).port);
}

/** Of a reader in a network whose only way out is the proxy, which signs anew: at AWS's own endpoints. */
async function start(stream: string, env: Record<string, string>) {
  const reader = { ...lab.reader.env, METRICS_LEVEL: 'NONE', PREFLIGHT: 'off' };
  return new ConsumerProcess(
    { env: { ...reader, NODE_EXTRA_CA_CERTS: certificate.pemFile, HTTPS_PROXY: proxy.url } },
    { streamArn: stream, env },
  );
}

async function readsAll(transport: string, way: 'fan-out' | 'polling', more: Record<string, string> = {}) {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 1);
  const consumer = await start(arn, {
    TRANSPORT: transport,
    ...(way === 'fan-out' && {
      CONSUMER_ARN: await registerConsumer(lab.owner, arn, `${transport}-${proxy.asked.length}`),
    }),
    ...more,
  });
  try {
    proxy.asked.length = 0;
    proxy.users.length = 0;
    await consumer.until('all handled', () => consumer.ledger.length >= 20);
    expect((await consumer.stop()).code).toBe(0);
    expect(new Set(proxy.asked)).toEqual(
      new Set([
        `${lab.owner.id}.control-kinesis.${REGION}:443`,
        `${lab.owner.id}.data-kinesis.${REGION}:443`,
        `dynamodb.${REGION}:443`,
      ]),
    );
    expect(new Set(proxy.users)).toEqual(new Set([USER]));
    const log = JSON.stringify(consumer.log) + consumer.stderr;
    expect(log).not.toContain('w:rd');
    expect(log).not.toContain(encodeURIComponent('w:rd'));
  } finally {
    await consumer.dispose();
  }
}

test('host, fan-out: everything goes by a proxy that wants a password and signs anew', () =>
  readsAll('host', 'fan-out'));
test('multilang, polling: so does it there', () => readsAll('multilang', 'polling'));
testThoroughly('host, polling', () => readsAll('host', 'polling'));
testThoroughly('multilang, fan-out', () => readsAll('multilang', 'fan-out'));
