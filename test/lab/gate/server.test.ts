import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import type { AccessDecision } from '../../../lab/gate/gate.js';
import { OWNER, READER } from '../helpers/access.js';
import { headersOf, post, postHttp2, withHttp2 } from './helpers/raw.js';
import { type GateBefore, gateBefore } from './helpers/upstream.js';

const STREAM = `arn:aws:kinesis:us-east-1:${OWNER}:stream/orders`;
const CONSUMER = `${STREAM}/consumer/shared:1700000000`;
const body = JSON.stringify({ StreamARN: STREAM, ConsumerARN: CONSUMER });
const kinesis = (operation: string, options = {}) => headersOf(`Kinesis_20131202.${operation}`, options);

let before: GateBefore | undefined;
afterEach(async () => {
  await before?.stop();
  before = undefined;
});

/** Of SubscribeToShard, without an end; each is 1 kB. */
function endless(response: ServerResponse): void {
  const event = new EventStreamCodec(toUtf8, fromUtf8).encode({
    headers: { ':event-type': { type: 'string', value: 'SubscribeToShardEvent' } },
    body: fromUtf8(JSON.stringify({ Records: [], ContinuationSequenceNumber: '1'.repeat(1000) })),
  });
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  const timer = setInterval(() => response.write(event), 5);
  response.once('close', () => clearInterval(timer));
}

/** Subscriptions without an end, and other calls whose connections stay open. */
function subscriptions({ headers }: IncomingMessage, response: ServerResponse): void {
  if (String(headers['x-amz-target']).endsWith('SubscribeToShard')) endless(response);
  else response.end('{}');
}

const open = async () => (await before?.connections()) ?? 0;
async function untilNone(): Promise<void> {
  for (let tries = 0; tries < 100 && (await open()) > 0; tries++) await sleep(20);
  expect(await open()).toBe(0);
}

test('what is refused does not reach the emulator', async () => {
  before = await gateBefore((_request, response) => response.end('{}'));
  const { endpoint } = before.gate;
  const unsigned = { ...kinesis('ListShards'), authorization: '' };
  const refused = [
    post(endpoint, kinesis('ListShards', { key: READER }), body),
    post(endpoint, kinesis('ListShards', { key: 'AKIAIOSFODNN7EXAMPLE' }), body),
    post(endpoint, kinesis('UpdateShardCount'), body),
    post(endpoint, kinesis('ListShards'), '{'),
    post(endpoint, kinesis('SubscribeToShard', { key: READER }), body),
    post(endpoint, unsigned, body),
    post(endpoint, headersOf('DynamoDB_20120810.ListTables'), '{}'),
    post(endpoint, headersOf('TrentService.CreateKey'), '{}'),
    post(endpoint, headersOf('AmazonSQS.SendMessage'), '{}'),
  ];
  for (const answer of await Promise.all(refused)) expect(answer.status).toBeGreaterThanOrEqual(400);

  expect(before.calls).toEqual([]);
  expect((await post(endpoint, kinesis('ListShards'), body)).status).toBe(200);
  expect(before.calls).toEqual(['ListShards']);
});

test('the emulator is called in the name of the account, without the session', async () => {
  const seen: unknown[] = [];
  before = await gateBefore(({ headers }, response) => {
    seen.push(/Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1], headers['x-amz-security-token']);
    response.end('{}');
  });
  const { endpoint, identities } = before.gate;
  const role = identities.setRole({
    arn: `arn:aws:iam::${OWNER}:role/reader`,
    policies: [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
  });
  const { accessKeyId: key, sessionToken = '' } = identities.assume(role, 'test');
  await post(endpoint, { ...kinesis('ListShards', { key }), 'x-amz-security-token': sessionToken }, body);

  expect(seen).toEqual([OWNER, undefined]);
});

test('each question and its answer are told', async () => {
  const decisions: AccessDecision[] = [];
  before = await gateBefore((_request, response) => response.end('{}'), {
    onDecision: (decision) => decisions.push(decision),
  });
  await post(before.gate.endpoint, kinesis('ListShards'), body);
  await post(before.gate.endpoint, kinesis('ListShards', { key: READER }), body);
  const asked = { operation: 'Kinesis_20131202.ListShards', action: 'kinesis:ListShards', resource: STREAM };

  expect(decisions).toEqual([
    { ...asked, caller: OWNER, allowed: true },
    { ...asked, caller: READER, allowed: false, denial: expect.stringContaining('no resource-based policy') },
  ]);
});

describe('a client that goes away while it reads a subscription', () => {
  test('over HTTP/1.1 takes the subscription along', async () => {
    before = await gateBefore((_request, response) => endless(response));
    const away = new AbortController();
    const answer = await fetch(before.gate.endpoint, {
      method: 'POST',
      headers: kinesis('SubscribeToShard'),
      body,
      signal: away.signal,
    });
    const reading = answer.body?.getReader();
    await reading?.read();
    expect(await open()).toBeGreaterThan(0);
    away.abort();

    await untilNone();
    expect((await post(before.gate.endpoint, kinesis('Unknown'), '{}')).status).toBe(400);
  });

  test('over HTTP/2 takes the subscription along, and no other call of the connection', async () => {
    before = await gateBefore(subscriptions);
    await withHttp2(before.gate.endpoint, async (session) => {
      const headers = { ':method': 'POST', ':path': '/', ...kinesis('SubscribeToShard') };
      const stream = session.request(headers);
      stream.end(body);
      await once(stream, 'data');
      stream.close();

      await untilNone();
      expect((await postHttp2(session, kinesis('ListShards'), body)).status).toBe(200);
    });
  });

  test('before it is answered is no fault', async () => {
    before = await gateBefore((_request, response) => void setTimeout(() => response.end('{}'), 100));
    const { endpoint } = before.gate;
    const signal = AbortSignal.timeout(30);
    const gone = fetch(endpoint, { method: 'POST', headers: kinesis('ListShards'), body, signal });
    await expect(gone).rejects.toThrow();
    await sleep(150);

    expect((await post(endpoint, kinesis('ListShards'), body)).status).toBe(200);
  });
});

test('an emulator that goes away in the midst of a subscription ends it', async () => {
  before = await gateBefore((_request, response) => {
    endless(response);
    setTimeout(() => response.destroy(), 60);
  });
  const answer = await fetch(before.gate.endpoint, {
    method: 'POST',
    headers: kinesis('SubscribeToShard'),
    body,
  });

  await expect(answer.arrayBuffer()).rejects.toThrow();
});

test('an emulator that breaks off is a fault of the lab, which says so', async () => {
  before = await gateBefore((_request, response) => response.destroy());
  const answer = await post(before.gate.endpoint, kinesis('ListShards'), body);

  expect(answer.status).toBe(500);
  expect(JSON.parse(String(answer.body))).toMatchObject({
    __type: 'InternalFailure',
    message: expect.stringMatching(/^the lab: /),
  });
});

test.each([
  ['garbage', 'garbage\r\n\r\n'],
  ['a preface of HTTP/2, and then garbage', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage garbage garbage'],
  ['a request without its end', 'POST / HTTP/1.1\r\ncontent-length: 10\r\n\r\n{'],
])('%s harms nobody else', async (_what, text) => {
  before = await gateBefore((_request, response) => response.end('{}'));
  const socket = connect(Number(new URL(before.gate.endpoint).port), '127.0.0.1');
  socket.on('error', () => {});
  socket.write(text);
  await sleep(50);
  socket.destroy();

  expect((await post(before.gate.endpoint, kinesis('ListShards'), body)).status).toBe(200);
});

test('after stop() nothing is open: no port, no connection to either side, whatever was going on', async () => {
  before = await gateBefore(subscriptions);
  const { gate } = before;
  const idle = connect(Number(new URL(gate.endpoint).port), '127.0.0.1');
  await once(idle, 'connect');
  const session = connectHttp2(gate.endpoint);
  session.on('error', () => {});
  const stream = session.request({ ':method': 'POST', ':path': '/', ...kinesis('SubscribeToShard') });
  stream.on('error', () => {});
  stream.end(body);
  await once(stream, 'data');
  const answer = await fetch(gate.endpoint, { method: 'POST', headers: kinesis('SubscribeToShard'), body });
  const broken = expect(answer.arrayBuffer()).rejects.toThrow();
  await post(gate.endpoint, kinesis('ListShards'), body);
  const closed = [once(idle, 'close'), once(session, 'close')];

  await gate.stop();

  await Promise.all([broken, ...closed]);
  await expect(fetch(gate.endpoint)).rejects.toThrow('fetch failed');
  await untilNone();
  await gate.stop();
});
