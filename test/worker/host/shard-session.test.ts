import { once } from 'node:events';
import { Socket } from 'node:net';
import { jest } from '@jest/globals';
import type { RecordContext, RecordHandler } from '../../../src/delivery/record-handler.js';
import { encodeControl, Frame } from '../../../src/worker/host/frames.js';
import { records } from '../../helpers/records.js';
import { encodeRecords, frameOf } from '../helpers/encode.js';
import { INITIALIZE, type ScriptedLauncher } from '../helpers/scripted-launcher.js';

// The waits between the attempts of a final checkpoint: seconds, which shard-delivery.test.ts looks at.
jest.unstable_mockModule('node:timers/promises', () => ({
  setTimeout: async () => {},
  setImmediate: async () => {},
}));
const { hosts } = await import('../helpers/host.js');

const host = hosts();
const HELLO = { type: 'hello', versions: [1], maxFrameLength: 16_777_216 };
const RECORDS = encodeRecords(records(2), 1234);
const MESSAGES = {
  hello: HELLO,
  initialize: INITIALIZE,
  records: RECORDS,
  shardEnded: { type: 'shardEnded' },
  shutdownRequested: { type: 'shutdownRequested' },
  leaseLost: { type: 'leaseLost' },
  checkpointed: { type: 'checkpointed' },
};

/** A handler that waits until it is let go, and tells when it was called. */
function heldHandler() {
  const calls: RecordContext[] = [];
  let called = (_context: RecordContext) => {};
  let release = () => {};
  const running = new Promise<RecordContext>((resolve) => {
    called = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const handler: RecordHandler = async (_record, context) => {
    calls.push(context);
    called(context);
    await released;
  };
  return { handler, calls, running, release };
}

async function aborted({ signal }: RecordContext): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function expectRefused(launcher: ScriptedLauncher, reason: string | RegExp): Promise<void> {
  expect(await launcher.next()).toEqual({ type: 'refused', reason: expect.stringMatching(reason) });
  expect(await launcher.next()).toEqual({ type: '(end)' });
}

test('a frame, and a checkpoint, is answered in one write', async () => {
  const { connect } = await host({});
  const launcher = await connect('active');
  const write = jest.spyOn(Socket.prototype, 'write');
  try {
    const answers = [await launcher.ask(RECORDS), await launcher.ask({ type: 'checkpointed' })];
    expect(answers.map(({ type }) => type)).toEqual(['checkpoint', 'done']);
    expect(write.mock.contexts.filter((socket) => socket !== launcher.socket)).toHaveLength(2);
  } finally {
    write.mockRestore();
  }
});

test("a shard's whole life", async () => {
  const seen: unknown[] = [];
  const { log, connect } = await host({
    handler: ({ sequenceNumber }, { shard, millisBehindLatest }) =>
      void seen.push([shard, sequenceNumber, millisBehindLatest]),
  });
  const launcher = await connect('connect');

  expect(await launcher.ask(HELLO)).toEqual({ type: 'welcome', version: 1 });
  expect(await launcher.ask(INITIALIZE)).toEqual({ type: 'done', action: 'initialize' });
  expect(await launcher.ask(RECORDS)).toEqual({
    type: 'checkpoint',
    sequenceNumber: '2',
    subSequenceNumber: 0,
  });
  expect(await launcher.ask({ type: 'checkpointed' })).toEqual({ type: 'done', action: 'records' });
  expect(await launcher.ask(encodeRecords([]))).toEqual({ type: 'done', action: 'records' });
  expect(await launcher.ask({ type: 'shutdownRequested' })).toEqual({
    type: 'done',
    action: 'shutdownRequested',
  });
  expect(await launcher.ask({ type: 'shardEnded' })).toEqual({ type: 'checkpoint' });
  expect(await launcher.ask({ type: 'checkpointed' })).toEqual({ type: 'done', action: 'shardEnded' });
  launcher.socket.end();
  expect(await launcher.next()).toEqual({ type: '(end)' });
  await launcher.closed;

  expect(seen).toEqual([
    ['shardId-000000000003', '1', 1234],
    ['shardId-000000000003', '2', 1234],
  ]);
  expect(log.messages('warn')).toEqual([]);
  expect(log.messages('info')).toEqual(['shard taken', 'checkpointed', 'shard ended, checkpointed']);
});

test('a lost lease is answered', async () => {
  const { connect } = await host({ checkpointIntervalMs: 1e9 });
  const launcher = await connect();
  await launcher.ask(RECORDS);

  expect(await launcher.ask({ type: 'leaseLost' })).toEqual({ type: 'done', action: 'leaseLost' });
});

test('a version list too deep to be written as JSON is refused', async () => {
  const { connect } = await host({});
  const launcher = await connect('connect');
  const depth = 20_000;
  const text = `{"type":"hello","versions":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  launcher.send(frameOf('J', text));
  await expectRefused(launcher, /^the launcher speaks versions \[ \[ \[ \[Array\]/);
});

describe("'leave'", () => {
  test('with the reason leaseLost aborts the signal of the record at hand, and leaves the rest', async () => {
    const held = heldHandler();
    const { connect } = await host({ handler: held.handler });
    const launcher = await connect();
    launcher.send(RECORDS);
    const context = await held.running;

    launcher.send({ type: 'leave', reason: 'leaseLost' });
    await aborted(context);
    held.release();

    expect(await launcher.next()).toEqual({ type: 'done', action: 'records' });
    expect(await launcher.ask(RECORDS)).toEqual({ type: 'done', action: 'records' });
    expect(held.calls).toHaveLength(1);
    expect(await launcher.ask({ type: 'leaseLost' })).toEqual({ type: 'done', action: 'leaseLost' });
  });

  test('with the reason handover finishes the record at hand, checkpoints it, and leaves the rest', async () => {
    const held = heldHandler();
    const { log, connect } = await host({ handler: held.handler });
    const launcher = await connect();
    launcher.send(RECORDS);
    const { signal } = await held.running;

    launcher.send({ type: 'leave', reason: 'handover' });
    launcher.send({ type: 'leave', reason: 'handover' });
    await expectEventually(() => log.messages('info').includes('leaving the shard'));
    held.release();

    expect(await launcher.next()).toMatchObject({ type: 'checkpoint', sequenceNumber: '1' });
    expect(await launcher.ask({ type: 'checkpointed' })).toEqual({ type: 'done', action: 'records' });
    expect(signal.aborted).toBe(false);
    expect(await launcher.ask(RECORDS)).toEqual({ type: 'done', action: 'records' });
    expect(await launcher.ask({ type: 'shutdownRequested' })).toEqual({
      type: 'done',
      action: 'shutdownRequested',
    });
    expect(held.calls).toHaveLength(1);
  });

  test('may come between two messages, and after the last', async () => {
    const { log, connect } = await host({ checkpointIntervalMs: 1e9 });
    const launcher = await connect();
    launcher.send({ type: 'leave', reason: 'leaseLost' });
    expect(await launcher.ask({ type: 'leaseLost' })).toEqual({ type: 'done', action: 'leaseLost' });
    launcher.send({ type: 'leave', reason: 'leaseLost' });
    launcher.cut();
    await expectEventually(() => log.messages('info').includes('shard taken'));
    expect(log.messages('error')).toEqual([]);
  });

  test.each([
    [
      'before initialize',
      'greeted',
      { type: 'leave', reason: 'leaseLost' },
      "'leave' came before 'initialize'",
    ],
    [
      'for no reason',
      'active',
      { type: 'leave' },
      "'leave' has the reason undefined; expected leaseLost or handover",
    ],
  ] as const)('%s is refused', async (_name, how, message, reason) => {
    const { connect } = await host({});
    const launcher = await connect(how);
    launcher.send(message);
    await expectRefused(launcher, reason);
  });
});

test('a frame may come in any pieces', async () => {
  const { connect } = await host({ checkpointIntervalMs: 1e9 });
  const launcher = await connect();
  for (const byte of RECORDS) {
    launcher.send(Buffer.of(byte));
    await new Promise(setImmediate);
  }
  expect(await launcher.next()).toEqual({ type: 'done', action: 'records' });
});

test('shards run beside each other', async () => {
  const held = heldHandler();
  const { connect } = await host({
    handler: (record, context) => (context.shard === 'slow' ? held.handler(record, context) : undefined),
    checkpointIntervalMs: 1e9,
  });
  const slow = await connect('greeted');
  await slow.ask({ ...INITIALIZE, shardId: 'slow' });
  const quick = await connect();

  slow.send(RECORDS);
  await held.running;
  expect(await quick.ask(RECORDS)).toEqual({ type: 'done', action: 'records' });
  held.release();
  expect(await slow.next()).toEqual({ type: 'done', action: 'records' });
});

test('a refused checkpoint is logged and asked for again with the next batch', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0); // of the wait until it is
  const { log, connect } = await host({});
  const launcher = await connect();
  await launcher.ask(RECORDS);

  const error = { name: 'ThrottlingException', message: 'slow down' };
  expect(await launcher.ask({ type: 'checkpointed', error })).toEqual({ type: 'done', action: 'records' });
  expect(await launcher.ask(encodeRecords([]))).toMatchObject({ type: 'checkpoint', sequenceNumber: '2' });
  expect(log.lines.find(({ level }) => level === 40)?.err?.message).toBe('ThrottlingException: slow down');
});

test.each([
  [null, 'refused without a reason: null'],
  ['no object', "refused without a reason: 'no object'"],
  [{ name: 'NullPointerException', message: null }, 'NullPointerException: it says no more'],
])('a checkpoint that is refused with %j is a failed checkpoint too', async (error, reason) => {
  const { log, connect } = await host({});
  const launcher = await connect();
  await launcher.ask(RECORDS);

  expect(await launcher.ask({ type: 'checkpointed', error })).toEqual({ type: 'done', action: 'records' });
  expect(log.lines.find(({ level }) => level === 40)?.err?.message).toContain(reason);
});

test("a handler's error that fits no frame is cut in 'failed'", async () => {
  const held = heldHandler();
  const { log, connect } = await host({
    handler: async (record, context) => {
      if (record.sequenceNumber === '2') throw new Error('boom'.repeat(30_000));
      await held.handler(record, context);
    },
  });
  const launcher = await connect();
  launcher.send(RECORDS);
  await held.running;
  held.release();
  expect(await launcher.next()).toMatchObject({ type: 'checkpoint', sequenceNumber: '1' });
  const failed = await launcher.ask({ type: 'checkpointed' });
  expect(failed).toMatchObject({ type: 'failed', kind: 'handler' });
  expect(JSON.stringify(failed).length).toBeLessThan(65_536);
  expect(log.messages('error').filter((message) => message.includes('broke the protocol'))).toEqual([]);
});

describe('a failed handler', () => {
  test("is answered with 'failed' of kind handler, after the checkpoint of the records before", async () => {
    const { log, connect } = await host({
      handler: ({ sequenceNumber }) => {
        if (sequenceNumber === '2') throw new Error('boom');
      },
    });
    const launcher = await connect();

    expect(await launcher.ask(RECORDS)).toMatchObject({ type: 'checkpoint', sequenceNumber: '1' });
    const reason =
      'the record handler failed on record 2 (sub-sequence number 0) of shardId-000000000003, arn:aws:kinesis:eu-west-1:111122223333:stream/orders, in attempt 1: Error: boom';
    expect(await launcher.ask({ type: 'checkpointed' })).toEqual({ type: 'failed', kind: 'handler', reason });
    expect(log.messages('error')).toEqual([reason]);
    expect(log.lines.at(-1)).toMatchObject({ shard: 'shardId-000000000003', err: { type: 'HandlerError' } });
  });

  test('gets no more records', async () => {
    let calls = 0;
    const { connect } = await host({
      handler: () => {
        calls++;
        throw new Error('boom');
      },
    });
    const launcher = await connect();
    expect(await launcher.ask(RECORDS)).toMatchObject({ type: 'failed' });

    launcher.send(RECORDS);
    await expectRefused(launcher, 'a frame came after the last message');
    expect(calls).toBe(1);
  });
});

test("the shard's end that can't be checkpointed is answered with 'failed' of kind checkpoint", async () => {
  const { connect } = await host({});
  const launcher = await connect();
  let answer = await launcher.ask({ type: 'shardEnded' });
  for (let refusals = 0; answer.type === 'checkpoint'; refusals++) {
    expect(refusals).toBeLessThan(20);
    answer = await launcher.ask({
      type: 'checkpointed',
      error: { name: 'KinesisClientLibDependencyException' },
    });
  }
  expect(answer).toEqual({
    type: 'failed',
    kind: 'checkpoint',
    reason: expect.stringMatching(
      /could not be stored: KinesisClientLibDependencyException: it says no more$/,
    ),
  });
});

describe('out of turn', () => {
  const unexpected = {
    connect: ['initialize', 'records', 'shardEnded', 'shutdownRequested', 'leaseLost', 'checkpointed'],
    greeted: ['hello', 'records', 'shardEnded', 'shutdownRequested', 'leaseLost', 'checkpointed'],
    active: ['hello', 'initialize', 'checkpointed'],
  } as const;
  const states = { connect: 'hello', greeted: 'initialize', active: 'active' };
  const cases = (['connect', 'greeted', 'active'] as const).flatMap((how) =>
    unexpected[how].map((message) => [message, how] as const),
  );

  test.each(cases)("'%s' on a connection that is at '%s' is refused", async (message, how) => {
    const { log, connect } = await host({});
    const launcher = await connect(how);

    launcher.send(MESSAGES[message]);

    await expectRefused(
      launcher,
      message === 'checkpointed'
        ? "^'checkpointed' came without a checkpoint asked for$"
        : `^'${message}' came in state '${states[how]}'$`,
    );
    expect(log.messages('error')).toEqual(['the launcher broke the protocol']);
  });

  test.each(['shardEnded', 'leaseLost'] as const)("anything after '%s' is refused", async (last) => {
    const { connect } = await host({});
    const launcher = await connect();
    if ((await launcher.ask(MESSAGES[last])).type === 'checkpoint')
      await launcher.ask({ type: 'checkpointed' });

    launcher.send(RECORDS);

    await expectRefused(launcher, '^a frame came after the last message$');
  });

  test.each(['records', 'leaseLost', 'initialize'] as const)(
    "'%s' while records are not yet answered is refused, and the handler's signal aborted",
    async (message) => {
      const held = heldHandler();
      const { connect } = await host({ handler: held.handler });
      const launcher = await connect();
      launcher.send(RECORDS);
      const context = await held.running;

      launcher.send(MESSAGES[message]);

      await expectRefused(launcher, `^'${message}' came while 'records' was not yet answered$`);
      await aborted(context);
      held.release();
    },
  );

  test('two messages in one piece are refused as well', async () => {
    const { connect } = await host({});
    const launcher = await connect('greeted');
    launcher.send(INITIALIZE, RECORDS);
    const answer = await launcher.next();
    expect(answer).toEqual({
      type: 'refused',
      reason: "'records' came while 'initialize' was not yet answered",
    });
  });
});

describe('a launcher that can not be trusted is refused:', () => {
  test.each([
    [
      'it speaks other versions',
      'connect',
      { ...HELLO, versions: [2, 3] },
      /^the launcher speaks versions \[ 2, 3 \] .*; expected 1$/,
    ],
    ['it speaks no version', 'connect', { type: 'hello' }, /^the launcher speaks versions undefined /],
    [
      'it reads another stream',
      'greeted',
      { ...INITIALIZE, streamArn: 'arn:aws:kinesis:eu-west-1:999999999999:stream/orders' },
      /^the launcher reads arn:.*:999999999999:.*; expected arn:.*:111122223333:stream\/orders$/,
    ],
    [
      'it reads it does not say what',
      'greeted',
      { ...INITIALIZE, streamArn: undefined },
      /^the launcher reads undefined; expected arn:/,
    ],
    [
      'it names no shard',
      'greeted',
      { ...INITIALIZE, shardId: undefined },
      /^'initialize' has no 'shardId'$/,
    ],
    ['its message is unknown', 'active', { type: 'surprise' }, /^unknown message 'surprise'$/],
    ['its message is not JSON', 'active', frameOf('J', '{'), /^a control frame is not JSON: /],
    ['its frame has an unknown type', 'active', frameOf('X', ''), /^a frame has type 0x58; /],
    [
      'its frame is too long',
      'connect',
      Buffer.from('GET / HTTP/1.1\r\n'),
      /^a frame says it has 1195725856 bytes; /,
    ],
    [
      'its records do not add up',
      'active',
      frameOf('R', Buffer.alloc(13)),
      /^a records frame has 1 bytes after the last of its 0 records$/,
    ],
  ] as const)('%s', async (_name, how, message, reason) => {
    const { log, connect } = await host({});
    const launcher = await connect(how);

    launcher.send(message);

    await expectRefused(launcher, reason);
    expect(log.lines.at(-1)).toMatchObject({
      msg: 'the launcher broke the protocol',
      err: { type: 'ProtocolError', message: expect.stringMatching(reason) },
    });
  });

  test('what else it sends is not looked at, and the reason still gets out', async () => {
    const { log, connect } = await host({});
    const launcher = await connect();
    const junk = Buffer.alloc(300_000, encodeControl({ type: 'surprise' }));
    launcher.send({ type: 'surprise' }, junk);
    launcher.send(junk);

    await expectRefused(launcher, "^unknown message 'surprise'$");
    launcher.socket.end(junk);
    await launcher.closed;
    expect(log.messages('warn')).toEqual(['the launcher broke the protocol']);
  });
});

describe('a connection that is cut', () => {
  test('between messages is nothing special', async () => {
    const { log, connect } = await host({ checkpointIntervalMs: 1e9 });
    const launcher = await connect();
    await launcher.ask(RECORDS);
    launcher.socket.end();
    await launcher.closed;
    expect(log.messages('warn')).toEqual([]);
  });

  test('within a frame is logged', async () => {
    const { log, connect } = await host({});
    const launcher = await connect();
    launcher.socket.end(RECORDS.subarray(0, 20));
    await launcher.closed;
    expect(log.messages('warn')).toEqual(['the connection ended within a frame']);
  });

  test("within a handler aborts its signal, and the batch's other records do not come", async () => {
    const held = heldHandler();
    const { log, connect } = await host({ handler: held.handler });
    const launcher = await connect();
    launcher.send(RECORDS);
    const context = await held.running;

    launcher.cut();
    await aborted(context);
    held.release();
    await new Promise(setImmediate);

    expect(held.calls).toHaveLength(1);
    expect(log.messages('warn')).toEqual(["the connection ended before 'records' was answered"]);
  });

  test('within a handler that then fails is no unhandled rejection', async () => {
    let called = () => {};
    const running = new Promise<void>((resolve) => {
      called = resolve;
    });
    const { log, connect } = await host({
      handler: async ({ sequenceNumber }, { signal }) => {
        if (sequenceNumber === '1') return;
        called();
        await once(signal, 'abort');
        throw signal.reason;
      },
    });
    const launcher = await connect();
    launcher.send(RECORDS);
    await running;

    launcher.cut();
    await expectEventually(() => log.messages('warn').length === 2);

    expect(log.messages('warn')).toEqual([
      "the connection ended before 'records' was answered",
      'a record that was begun is left unfinished: it comes again',
    ]);
    expect(log.messages('error')).toEqual([]);
  });

  test('within a checkpoint makes it fail', async () => {
    const { log, connect } = await host({});
    const launcher = await connect();
    expect(await launcher.ask(RECORDS)).toMatchObject({ type: 'checkpoint' });

    launcher.cut();
    await expectEventually(() => log.messages('warn').length === 2);

    expect(log.messages('warn')).toEqual([
      "the connection ended before 'records' was answered",
      'checkpoint failed',
    ]);
    expect(log.lines.at(-1)?.err?.message).toBe('ConnectionClosed: the launcher is gone');
  });

  test('within a final checkpoint is an error, at once', async () => {
    const { log, connect } = await host({ checkpointIntervalMs: 1e9 });
    const launcher = await connect();
    await launcher.ask(RECORDS);
    expect(await launcher.ask({ type: 'shutdownRequested' })).toMatchObject({ type: 'checkpoint' });

    launcher.cut();
    await expectEventually(() => log.messages('error').length === 1);

    expect(log.messages('error')).toEqual([
      expect.stringMatching(
        /^the last checkpoint of .* could not be stored: ConnectionClosed: the launcher is gone$/,
      ),
    ]);
  });
});

/** Waits for what follows within the event loop's next turns. */
async function expectEventually(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition() && turns < 10_000; turns++) await new Promise(setImmediate);
  expect(condition()).toBe(true);
}

describe("the reason of 'failed' fits a control frame", () => {
  // Six bytes each in JSON.
  const long = '\u0001'.repeat(200_000);
  const thrower = () => {
    throw new Error(long);
  };
  const processor = (method: string) => ({ processor: { [method]: thrower } });

  test.each<[string, object, (launcher: ScriptedLauncher) => Promise<unknown>]>([
    ['of a handler', { handler: thrower }, (launcher) => launcher.ask(RECORDS)],
    [
      'of the on-failure queue too',
      { handler: thrower, onFailure: { send: async () => thrower() } },
      (launcher) => launcher.ask(RECORDS),
    ],
    ['of processRecords', processor('processRecords'), (launcher) => launcher.ask(RECORDS)],
    [
      'of shutdownRequested',
      processor('shutdownRequested'),
      (launcher) => launcher.ask({ type: 'shutdownRequested' }),
    ],
    ['of shardEnded', processor('shardEnded'), (launcher) => launcher.ask({ type: 'shardEnded' })],
    ['of leaseLost', processor('leaseLost'), (launcher) => launcher.ask({ type: 'leaseLost' })],
    [
      'of the last checkpoint',
      { checkpointIntervalMs: 1e9 },
      async (launcher) => {
        await launcher.ask(RECORDS);
        let answer = await launcher.ask({ type: 'shutdownRequested' });
        while ((answer as { type: string }).type === 'checkpoint') {
          const error = { name: 'ThrottlingException', message: 'x'.repeat(60_000) };
          answer = await launcher.ask({ type: 'checkpointed', error });
        }
        return answer;
      },
    ],
  ])('%s', async (_name, options, fail) => {
    const { connect } = await host(options);
    const launcher = await connect();
    const answer = await fail(launcher);
    expect(answer).toMatchObject({ type: 'failed', reason: expect.stringMatching(/characters more\)/) });
    expect(encodeControl(answer as never).length).toBeLessThan(Frame.maxControlLength);
  });

  test('after a stop that lost the lease', async () => {
    const stopping = new AbortController();
    const { connect } = await host({ ...processor('shutdownRequested'), stopping });
    const launcher = await connect();
    launcher.send({ type: 'leave', reason: 'leaseLost' });
    stopping.abort();
    const answer = await launcher.ask({ type: 'shutdownRequested' });
    expect(answer).toMatchObject({ type: 'failed', kind: 'checkpoint' });
    expect(encodeControl(answer as never).length).toBeLessThan(Frame.maxControlLength);
  });
});
