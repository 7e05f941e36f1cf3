import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { cbor } from '@smithy/core/cbor';
import type { Effect, Fault, GateCall } from '../../../lab/gate/gate.js';
import { OWNER } from '../helpers/access.js';
import { headersOf, post, postHttp2, withHttp2 } from './helpers/raw.js';
import { type GateBefore, gateBefore } from './helpers/upstream.js';

const STREAM = `arn:aws:kinesis:us-east-1:${OWNER}:stream/orders`;
const body = JSON.stringify({ StreamARN: STREAM });
const ANSWER = JSON.stringify({ Shards: [], filler: 'x'.repeat(1000) });
const listShards = headersOf('Kinesis_20131202.ListShards');
const always = (effect: Effect): Fault => {
  return () => effect;
};

let before: GateBefore | undefined;
beforeEach(async () => {
  before = await gateBefore((_request, response: ServerResponse) => response.end(ANSWER));
});
afterEach(async () => {
  await before?.stop();
});

/** Of beforeEach. */
function opened(): GateBefore {
  if (before === undefined) throw new Error('no gate is open');
  return before;
}

test('a fault sees what is called, on what, and by whom', async () => {
  const { gate } = opened();
  const seen: GateCall[] = [];
  gate.disturb((call) => {
    seen.push(call);
    return undefined;
  });
  await post(gate.endpoint, listShards, body);
  await post(gate.endpoint, headersOf('DynamoDB_20120810.Scan'), '{"TableName":"leases"}');
  const form = { ...headersOf(''), 'content-type': 'application/x-www-form-urlencoded' };
  await post(gate.endpoint, form, 'Action=GetCallerIdentity&Version=2011-06-15');

  const identity = expect.objectContaining({ caller: expect.objectContaining({ account: OWNER }) });
  expect(seen).toEqual([
    {
      service: 'kinesis',
      operation: 'ListShards',
      resource: STREAM,
      fields: { StreamARN: STREAM },
      identity,
    },
    {
      service: 'dynamodb',
      operation: 'Scan',
      resource: `arn:aws:dynamodb:us-east-1:${OWNER}:table/leases`,
      fields: { TableName: 'leases' },
      identity,
    },
    expect.objectContaining({ service: 'sts', operation: 'GetCallerIdentity', resource: '*' }),
  ]);
});

test("an error is AWS's, in the caller's protocol, and the emulator is not called", async () => {
  const { gate, calls } = opened();
  gate.disturb(({ operation }) =>
    operation === 'ListShards' ? { error: 'LimitExceededException', message: 'too many' } : undefined,
  );
  gate.disturb(always({ error: 'InternalFailure', status: 500 }));
  const json = await post(gate.endpoint, listShards, body);
  const binary = { ...listShards, 'content-type': 'application/x-amz-cbor-1.1' };
  const inCbor = await post(gate.endpoint, binary, Buffer.from(cbor.serialize({ StreamARN: STREAM })));
  const other = await post(gate.endpoint, headersOf('DynamoDB_20120810.Scan'), '{"TableName":"leases"}');

  expect([json.status, JSON.parse(String(json.body))]).toEqual([
    400,
    { __type: 'LimitExceededException', message: 'too many' },
  ]);
  expect(cbor.deserialize(inCbor.body)).toEqual({ __type: 'LimitExceededException', message: 'too many' });
  expect([other.status, JSON.parse(String(other.body)).__type]).toEqual([500, 'InternalFailure']);
  expect(calls).toEqual([]);
});

test('a fault that is ended does nothing any more, and the others stay', async () => {
  const { gate } = opened();
  const end = gate.disturb(always({ error: 'First' }));
  gate.disturb(({ service }) => (service === 'dynamodb' ? { error: 'Second' } : undefined));
  expect((await post(gate.endpoint, listShards, body)).status).toBe(400);
  end();
  end();

  expect(gate.disturbedCalls()).toBe(1);
  expect((await post(gate.endpoint, listShards, body)).status).toBe(200);
  const scan = headersOf('DynamoDB_20120810.Scan');
  expect((await post(gate.endpoint, scan, '{"TableName":"l"}')).status).toBe(400);
  expect(gate.disturbedCalls()).toBe(2);
});

test('a delayed call is answered, later than one that came after it', async () => {
  const { gate } = opened();
  const order: string[] = [];
  const end = gate.disturb(always({ delayMs: 500 }));
  const late = post(gate.endpoint, listShards, body).then(({ status }) => order.push(`late ${status}`));
  await new Promise((resolve) => setTimeout(resolve, 100));
  end();
  await post(gate.endpoint, listShards, body).then(({ status }) => order.push(`early ${status}`));
  await late;

  expect(order).toEqual(['early 200', 'late 200']);
});

test('a call that hangs ends when the caller loses patience; others are answered', async () => {
  const { gate, calls } = opened();
  const end = gate.disturb(always({ hang: true }));
  const signal = AbortSignal.timeout(100);
  const hanging = fetch(gate.endpoint, { method: 'POST', headers: listShards, body, signal });
  await expect(hanging).rejects.toThrow('timeout');
  expect(calls).toEqual([]);
  end();

  expect((await post(gate.endpoint, listShards, body)).status).toBe(200);
});

describe('a connection that is cut', () => {
  test.each([
    ['before the answer', 'before', []],
    ['within the answer', 'within', ['ListShards']],
  ] as const)('%s, over HTTP/1.1', async (_when, cut, made) => {
    const { gate, calls } = opened();
    const end = gate.disturb(always({ cut }));
    await expect(post(gate.endpoint, listShards, body)).rejects.toThrow(/fetch failed|terminated/);
    expect(calls).toEqual(made);
    end();

    expect((await post(gate.endpoint, listShards, body)).status).toBe(200);
  });

  test.each([['before'], ['within']] as const)('%s the answer, over HTTP/2', async (cut) => {
    const { gate } = opened();
    const end = gate.disturb(always({ cut }));
    await withHttp2(gate.endpoint, async (session) => {
      session.on('error', () => {});
      const closed = once(session, 'close');
      // Node's client takes what has come for all there is.
      const received = await postHttp2(session, listShards, body).catch(() => undefined);
      expect(received?.body.length ?? 0).toBeLessThan(ANSWER.length);
      await closed;
    });
    end();

    await withHttp2(gate.endpoint, async (session) => {
      expect((await postHttp2(session, listShards, body)).status).toBe(200);
    });
  });

  test('by cut(): those that are open, and no new ones', async () => {
    const { gate } = opened();
    await withHttp2(gate.endpoint, async (session) => {
      session.on('error', () => {});
      await postHttp2(session, listShards, body);
      const closed = once(session, 'close');
      gate.cut();
      await closed;
    });

    expect((await post(gate.endpoint, listShards, body)).status).toBe(200);
  });
});

describe('another door', () => {
  test('is the same gate, and what disturbs one disturbs the other not', async () => {
    const { gate } = opened();
    const door = await gate.addDoor();
    door.disturb(always({ error: 'Disturbed' }));

    expect((await post(door.endpoint, listShards, body)).status).toBe(400);
    expect((await post(gate.endpoint, listShards, body)).status).toBe(200);
  });

  test('refuses connections while it is shut, and is open at the same port afterwards', async () => {
    const { gate } = opened();
    const door = await gate.addDoor();
    await withHttp2(door.endpoint, async (session) => {
      session.on('error', () => {});
      await postHttp2(session, listShards, body);
      const closed = once(session, 'close');
      await door.shut();
      await closed;
    });
    await door.shut();
    const refused = await post(door.endpoint, listShards, body).catch((error: Error) => error.cause);
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
    expect((await post(gate.endpoint, listShards, body)).status).toBe(200);
    await door.open();

    expect((await post(door.endpoint, listShards, body)).status).toBe(200);
  });

  test('is gone with the gate', async () => {
    const { gate } = opened();
    const door = await gate.addDoor();
    await gate.stop();

    await expect(fetch(door.endpoint)).rejects.toThrow('fetch failed');
  });
});
