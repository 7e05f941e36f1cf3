import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, putRecords, registerConsumer, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { WorkerProcess } from '../../lab/worker-process.js';
import { type ConnectProxy, startConnectProxy } from '../helpers/connect-proxy.js';
import { testThoroughly } from '../helpers/thorough.js';
import { type Certificate, makeCertificate, startTlsFront } from '../helpers/tls-front.js';
import { refusedStart } from './helpers/cli.js';
import { sharedStream } from './helpers/fixtures.js';

const USER = 'reader:p@ss/w:rd %41';
const REGION = 'us-east-1.amazonaws.com';
const NAMES = [`*.${REGION}`, `*.data-kinesis.${REGION}`, `*.control-kinesis.${REGION}`, `*.ddb.${REGION}`];

const folder = mkdtempSync(join(tmpdir(), 'xak-proxy-'));
let lab: Lab;
let certificate: Certificate;
let front: Awaited<ReturnType<typeof startTlsFront>>;
let proxy: ConnectProxy;
let refuses = false;
beforeAll(async () => {
  [lab, certificate] = await Promise.all([startLab(), makeCertificate(folder, NAMES)]);
  front = await startTlsFront(certificate, portOf);
  proxy = await startConnectProxy({
    user: USER,
    answer: () => (refuses ? { status: '403 Forbidden' } : { connectTo: front.port }),
  });
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
  return new WorkerProcess(
    { env: { ...reader, NODE_EXTRA_CA_CERTS: certificate.pemFile, HTTPS_PROXY: proxy.url } },
    { streamArn: stream, env },
  );
}

async function readsAll(
  transport: string,
  way: 'fan-out' | 'polling',
  use: (consumer: WorkerProcess, arn: string) => Promise<void> = async () => {},
) {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 20), 1);
  const consumer = await start(arn, {
    TRANSPORT: transport,
    ...(way === 'fan-out' && {
      CONSUMER_ARN: await registerConsumer(lab.owner, arn, `${transport}-${proxy.asked.length}`),
    }),
  });
  try {
    proxy.asked.length = 0;
    proxy.users.length = 0;
    await consumer.until('all handled', () => consumer.ledger.length >= 20);
    await use(consumer, arn);
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

testThoroughly(
  'multilang, polling: a proxy that refuses later is named by KCL, which reads on when it does not',
  () =>
    readsAll('multilang', 'polling', async (consumer, arn) => {
      refuses = true;
      proxy.cut();
      const named = `the proxy 127.0.0.1:${proxy.port}, which HTTPS_PROXY names, refused to connect`;
      try {
        await consumer.until('the proxy is named', () => consumer.log.some(({ msg }) => msg.includes(named)));
      } finally {
        refuses = false;
      }
      await putRecords(lab.owner, arn, [{ partitionKey: 'later', data: Buffer.from('later') }]);
      await consumer.until('read on', () =>
        consumer.ledger.some(({ partitionKey }) => partitionKey === 'later'),
      );
    }),
);

testThoroughly('host, polling', () => readsAll('host', 'polling'));
testThoroughly('multilang, fan-out', () => readsAll('multilang', 'fan-out'));

describe('start, preflight and the other commands refuse with what to do', () => {
  const run = async (env: Record<string, string>) => {
    const { arn } = await shared;
    const proxied = { NODE_EXTRA_CA_CERTS: certificate.pemFile, HTTPS_PROXY: proxy.url };
    const none = { KINESIS_ENDPOINT: undefined, DYNAMO_DB_ENDPOINT: undefined };
    const { status, message } = await refusedStart(lab, { STREAM_ARN: arn, ...none, ...proxied, ...env });
    expect(message).not.toContain('w:rd');
    return { status, message };
  };
  let shared: ReturnType<typeof sharedStream>;
  beforeAll(() => {
    shared = sharedStream(lab, [], 1);
  });

  test('a wrong password', async () => {
    const { status, message } = await run({ HTTPS_PROXY: proxy.url.replace('reader', 'writer') });
    expect(status).toBe(3);
    expect(message).toContain(
      `the proxy 127.0.0.1:${proxy.port}, which HTTPS_PROXY names, does not accept the user and the password`,
    );
  });

  test('a proxy that signs anew with a certificate that is not trusted', async () => {
    const { status, message } = await run({ NODE_EXTRA_CA_CERTS: '' });
    expect(status).toBe(3);
    expect(message).toMatch(/certificate of .*amazonaws\.com is signed by an authority that is not trusted/);
    expect(message).toContain('NODE_EXTRA_CA_CERTS, which is not set');
  });

  test.each([
    [{ HTTPS_PROXY: 'socks5://reader:w:rd@proxy:1080' }, 'HTTPS_PROXY does not hold the URL of a proxy'],
    [{ https_proxy: 'https://proxy:3129' }, "KCL can't go by the proxy proxy:3129, which https_proxy names"],
  ])('%j', async (env, text) => {
    const { status, message } = await run(env);
    expect(status).toBe(2);
    expect(message).toContain(text);
  });
});
