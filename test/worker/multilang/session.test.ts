import { ProtocolError } from '../../../src/errors/errors.js';
import { type DaemonMessage, parseMessage } from '../../../src/worker/multilang/messages.js';
import { MultilangSession } from '../../../src/worker/multilang/session.js';
import { converse, ScriptedShard, type Turn, Written } from '../helpers/scripted-shard.js';

const INITIALIZE: Turn = {
  message: { action: 'initialize', shardId: 's0', sequenceNumber: 'LATEST' } as DaemonMessage,
  checkpoints: [],
  answers: [],
};

/** A session with a shard that does what the turns say, and what comes of it. */
function open(turns: readonly Turn[]) {
  const shard = new ScriptedShard(turns);
  const written = new Written();
  const failures: unknown[] = [];
  const session = new MultilangSession({
    takeShard: () => shard,
    send: (message) => written.add(JSON.stringify(message)),
    fail: (error) => failures.push(error),
  });
  const send = (line: string) => session.receive(parseMessage(Buffer.from(line)) as DaemonMessage);
  return { session, shard, written, failures, send };
}

async function conversation(...others: Turn[]) {
  const turns = [INITIALIZE, ...others];
  const { written, send, shard } = open(turns);
  await converse(turns, written, send);
  return { written: written.lines.slice(1), calls: shard.calls.slice(1) };
}

test('a checkpoint carries its sub-sequence number, and none without a position', async () => {
  const { written } = await conversation(
    {
      message: { action: 'shutdownRequested' },
      checkpoints: [{ sequenceNumber: '5', subSequenceNumber: 9 }],
      answers: [null],
    },
    { message: { action: 'shardEnded' }, checkpoints: [undefined], answers: [null] },
  );
  expect(written).toEqual([
    '{"action":"checkpoint","sequenceNumber":"5","subSequenceNumber":9}',
    '{"action":"status","responseFor":"shutdownRequested"}',
    '{"action":"checkpoint","sequenceNumber":null}',
    '{"action":"status","responseFor":"shardEnded"}',
  ]);
});

test('a checkpoint that is requested while another is under way is refused here', async () => {
  const { shard, send, written } = open([INITIALIZE]);
  const refusals: unknown[] = [];
  shard.shutdownRequested = async (checkpoint) => {
    const first = checkpoint();
    await checkpoint().catch((error: unknown) => refusals.push(error));
    await first;
  };
  await converse([INITIALIZE, { ...INITIALIZE, message: { action: 'shutdownRequested' } }], written, send);
  expect(refusals).toMatchObject([{ reason: 'Busy' }]);
  expect(written.lines.filter((line) => line.includes('checkpoint'))).toHaveLength(1);
});

describe('the shutdown of KCL 1.x', () => {
  test.each([
    ['ZOMBIE', 'leaseLost'],
    ['TERMINATE', 'shardEnded'],
  ])('%s is passed on as %s, and answered as what it is', async (reason, called) => {
    const message = { action: 'shutdown', reason };
    const { written, calls } = await conversation({ message, checkpoints: [], answers: [] });
    expect(calls).toEqual([called]);
    expect(written).toEqual(['{"action":"status","responseFor":"shutdown"}']);
  });

  test.each([{ reason: 'REQUESTED' }, {}, { reason: {} }])(
    'with %j is none that is known',
    async (fields) => {
      const { send, written } = open([INITIALIZE]);
      await converse([INITIALIZE], written, send);
      expect(() => send(JSON.stringify({ action: 'shutdown', ...fields }))).toThrow(
        new ProtocolError('the daemon sent an unknown action: "shutdown"'),
      );
    },
  );

  test('is not taken for one in the text of another message', async () => {
    const error = '"action":"shutdown","reason":"ZOMBIE"';
    const { calls, written } = await conversation({
      message: { action: 'shutdownRequested' },
      checkpoints: [undefined],
      answers: [error],
    });
    expect(calls).toEqual(['shutdownRequested', error]);
    expect(written.at(-1)).toBe('{"action":"status","responseFor":"shutdownRequested"}');
  });
});

test('a failure has no answer, and is passed on', async () => {
  const { shard, send, written, failures } = open([INITIALIZE]);
  await converse([INITIALIZE], written, send);
  const failure = new Error('boom');
  shard.leaseLost = () => Promise.reject(failure);
  send('{"action":"leaseLost"}');
  await new Promise(setImmediate);
  expect(failures).toEqual([failure]);
  expect(written.lines).toHaveLength(1);
});

test.each([
  ['{"action":"initialize"}', "the daemon sent 'initialize' without 'shardId'"],
  ['{"action":"processRecords","records":[]}', "a message came before 'initialize'"],
  ['{"action":"checkpoint"}', 'the daemon answered a checkpoint that was not requested'],
  ['{"action":"__proto__"}', 'the daemon sent an unknown action: "__proto__"'],
])('%s is refused at the start', (line, message) => {
  expect(() => open([]).send(line)).toThrow(new ProtocolError(message));
});

test('the end of the messages is passed on, if there is a shard', async () => {
  const without = open([]);
  without.session.end();
  expect(without.shard.calls).toEqual([]);
  const { session, shard, send, written } = open([INITIALIZE]);
  await converse([INITIALIZE], written, send);
  session.end();
  expect(shard.calls.at(-1)).toBe('disconnected');
});
