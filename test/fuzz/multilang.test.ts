import type { KinesisRecord } from '../../src/delivery/record-handler.js';
import { ProtocolError } from '../../src/errors/errors.js';
import { LineReader } from '../../src/worker/multilang/line-reader.js';
import { parseMessage } from '../../src/worker/multilang/messages.js';
import { MultilangSession, type Shard } from '../../src/worker/multilang/session.js';
import { fuzz } from './helpers/fuzz.js';
import { cut, mutate } from './helpers/mutate.js';
import type { Random } from './helpers/random.js';

const KEYS = ['key', 'pé漢\u2028\u0001"', '\u2029', '\\u2028', '“–”', '😀'.repeat(64)] as const;
/** Of a line, so that long ones come up at all. */
const MAX_LINE_BYTES = 4_096;
const INITIALIZE = { action: 'initialize', shardId: 'shardId-000000000000', sequenceNumber: 'LATEST' };

function message(random: Random): object {
  const action = random.pick([
    'initialize',
    'processRecords',
    'processRecords',
    'leaseLost',
    'shardEnded',
    'shutdownRequested',
    'checkpoint',
    'status',
  ]);
  if (action === 'initialize') return INITIALIZE;
  if (action !== 'processRecords') return { action };
  const records = random.list(3, () => ({
    action: 'record',
    data: random.bytes(random.onceIn(20) ? 3_000 : 20).toString('base64'),
    partitionKey: random.pick(KEYS),
    sequenceNumber: String(random.next()),
    subSequenceNumber: random.pick([0, 7, null]),
    approximateArrivalTimestamp: random.next(),
  }));
  return { action, records, millisBehindLatest: random.below(100) };
}

/** What may come in place of a message. */
function odd(random: Random): string {
  const depth = random.below(800);
  return random.pick([
    '['.repeat(depth) + ']'.repeat(depth),
    `{"action":"processRecords","records":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    'x'.repeat(random.below(2 * MAX_LINE_BYTES)),
    '{"action":{}}',
    '{"action":"__proto__","__proto__":1}',
    '{"action":"processRecords","records":[null,1,{}]}',
    '{"action":"processRecords","records":{"length":1e9}}',
    '{"action":"toString"}',
    '\0',
    '',
  ]);
}

function bytes(random: Random): Buffer {
  const lines = random.list(4, () => (random.onceIn(4) ? odd(random) : JSON.stringify(message(random))));
  return Buffer.from(`${lines.join('\n\n')}\n`);
}

interface Seen {
  messages: string[];
  records: KinesisRecord[];
}

/**
 * The reading end of multilang/child.ts, without a process and a handler. All of it runs within the call, so that what
 * would end the child is thrown here.
 */
function readAll(pieces: readonly Buffer[]): Seen {
  const seen: Seen = { messages: [], records: [] };
  const note = (name: string) => async () => void seen.messages.push(name);
  const shard: Shard = {
    initialize: note('initialize'),
    leaseLost: note('leaseLost'),
    shardEnded: note('shardEnded'),
    shutdownRequested: note('shutdownRequested'),
    deliver(records) {
      seen.records.push(...records.slice(0, records.length));
      return note('processRecords')();
    },
    disconnected() {},
  };
  let taken = false;
  const session = new MultilangSession({
    takeShard() {
      taken = true;
      return shard;
    },
    send() {},
    fail() {},
  });
  const receive = (line: Buffer) => {
    const message = parseMessage(line);
    if (message === undefined) return;
    // A message before `initialize` has a failure of its own, which would hide the others.
    if (!taken) session.receive(INITIALIZE);
    session.receive(message);
  };
  const reader = new LineReader(MAX_LINE_BYTES);
  for (const piece of pieces) {
    for (const line of reader.push(piece)) receive(line);
  }
  receive(reader.end());
  return { ...seen, messages: seen.messages.slice(1) };
}

/** One failure that the child knows how to tell, or messages whose records a handler can take. */
function endOf(pieces: readonly Buffer[]): string {
  let seen: Seen;
  try {
    seen = readAll(pieces);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.message.replaceAll(/\d+/g, 'n').split(/[:(]/)[0] ?? '';
  }
  for (const { partitionKey, sequenceNumber, subSequenceNumber, data } of seen.records) {
    const whole = (partitionKey === null || partitionKey) && typeof sequenceNumber === 'string';
    if (!whole || !Buffer.isBuffer(data) || !Number.isSafeInteger(subSequenceNumber)) {
      throw new Error(
        `a record came as ${JSON.stringify({ partitionKey, sequenceNumber, subSequenceNumber })}`,
      );
    }
  }
  return seen.messages.length > 0 ? 'messages' : 'nothing';
}

fuzz('multilang: lines survive any cutting', (random) => {
  const sent = random
    .list(4, () => message(random))
    .filter((one) => !/status|"checkpoint"/.test(JSON.stringify(one)));
  const text = sent.map((one) => `${JSON.stringify(one)}\n`).join('');
  if (text.split('\n').some((line) => Buffer.byteLength(line) >= MAX_LINE_BYTES)) return 'too long a line';

  const { messages, records } = readAll(cut(Buffer.from(text), random));

  const expected = sent as { action: string; records?: { data: string; partitionKey: string }[] }[];
  const keys = expected.flatMap(({ records = [] }) =>
    records.map(({ data, partitionKey }) => `${partitionKey || null} ${data}`),
  );
  const came = records.map(({ data, partitionKey }) => `${partitionKey} ${data.toString('base64')}`);
  if (messages.join() !== expected.map(({ action }) => action).join() || came.join() !== keys.join()) {
    throw new Error(`of ${text} came ${messages.join()} and ${came.join()}`);
  }
  return `${messages.length} messages`;
});

fuzz('multilang: mutated lines end in messages or in one failure', (random) =>
  endOf(cut(mutate(bytes(random), random, 2), random)),
);

fuzz('multilang: other lines end in messages or in one failure', (random) =>
  endOf(cut(bytes(random), random)),
);
