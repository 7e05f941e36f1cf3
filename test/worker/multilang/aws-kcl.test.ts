/** The same lines go to aws-kcl and to our session: the same lines must come out. Decision 0028 has what aws-kcl lacks. */
import { EventEmitter } from 'node:events';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import kcl, { type Checkpointer, type RecordProcessor } from 'aws-kcl';
import fc from 'fast-check';
import { type Checkpoint, CheckpointError } from '../../../src/delivery/position.js';
import { type DaemonMessage, parseMessage, toRecords } from '../../../src/worker/multilang/messages.js';
import { MultilangSession } from '../../../src/worker/multilang/session.js';
import { ODD_KEY } from '../../helpers/records.js';
import { MultilangDaemon, recordsMessage } from '../helpers/multilang-daemon.js';
import { converse, ScriptedShard, type Turn, Written } from '../helpers/scripted-shard.js';

/** What the shard is called with, and what is written. */
interface Conversation {
  readonly calls: readonly unknown[];
  readonly lines: readonly string[];
}

async function withOurs(turns: readonly Turn[]): Promise<Conversation> {
  const shard = new ScriptedShard(turns);
  const written = new Written();
  const session = new MultilangSession({
    takeShard: () => shard,
    send: (message) => written.add(JSON.stringify(message)),
    fail: (error) => {
      throw error;
    },
  });
  const send = (line: string) => session.receive(parseMessage(Buffer.from(line)) as DaemonMessage);
  await converse(turns, written, send);
  return { calls: shard.calls, lines: written.lines };
}

async function withAwsKcl(turns: readonly Turn[]): Promise<Conversation> {
  const shard = new ScriptedShard(turns);
  const written = new Written();
  const input = new PassThrough();
  const output = new Writable({
    write(text: Buffer, _encoding, done) {
      expect(String(text)).toMatch(/^\n.*\n$/);
      written.add(String(text).trim());
      done();
    },
  });
  const child = kcl(processorOf(shard), input, output);
  child.run();
  // Node's readline, which aws-kcl reads with, ends a line at these in some versions.
  const send = (line: string) =>
    input.write(`${line.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`);
  await converse(turns, written, send);
  child.cleanup();
  return { calls: shard.calls, lines: written.lines };
}

/** As a program for aws-kcl would call the same shard. */
function processorOf(shard: ScriptedShard): RecordProcessor {
  const checkpointWith =
    (checkpointer: Checkpointer): Checkpoint =>
    (position) =>
      new Promise((resolve, reject) => {
        const answered = (error: string | null | undefined) =>
          error ? reject(new CheckpointError(error, '')) : resolve();
        if (position === undefined) checkpointer.checkpoint(answered);
        else checkpointer.checkpoint(position.sequenceNumber, answered);
      });
  return {
    initialize({ sequenceNumber, subSequenceNumber }, done) {
      const from = { sequenceNumber: String(sequenceNumber), subSequenceNumber: subSequenceNumber ?? 0 };
      void shard.initialize(from).then(done);
    },
    processRecords({ records, millisBehindLatest, checkpointer }, done) {
      const batch = toRecords(records);
      void shard.deliver(batch, millisBehindLatest ?? undefined, checkpointWith(checkpointer)).then(done);
    },
    leaseLost: (_input, done) => void shard.leaseLost().then(done),
    shardEnded: ({ checkpointer }, done) => void shard.shardEnded(checkpointWith(checkpointer)).then(done),
    shutdownRequested: ({ checkpointer }, done) =>
      void shard.shutdownRequested(checkpointWith(checkpointer)).then(done),
  };
}

const withoutSubSequenceNumber = (line: string) =>
  JSON.stringify({ ...(JSON.parse(line) as object), subSequenceNumber: undefined });

const sequenceNumber = fc.bigInt({ min: 0n, max: 10n ** 56n }).map(String);
const position = fc.record({ sequenceNumber, subSequenceNumber: fc.nat() });
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value);
const record = fc.record({
  action: fc.constant('record'),
  data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  partitionKey: orNull(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(ODD_KEY))),
  sequenceNumber,
  subSequenceNumber: orNull(fc.nat()),
  approximateArrivalTimestamp: orNull(fc.nat()),
});
const turnOf = (message: fc.Arbitrary<{ action: string }>, checkpoint = orNull(position)) =>
  fc.record({
    message,
    checkpoints: fc.array(
      checkpoint.map((it) => it ?? undefined),
      { maxLength: 3 },
    ),
    answers: fc.array(orNull(fc.constantFrom('ThrottlingException', 'ShutdownException')), { maxLength: 3 }),
  });
const turnFor = (action: string) => turnOf(fc.constant({ action }));
const initialize = fc.record({
  message: fc.record({
    action: fc.constant('initialize'),
    shardId: fc.string(),
    sequenceNumber: fc.oneof(sequenceNumber, fc.constantFrom('LATEST', 'TRIM_HORIZON')),
    subSequenceNumber: orNull(fc.nat()),
  }),
  checkpoints: fc.constant([]),
  answers: fc.constant([]),
});
const processRecords = turnOf(
  fc.record({
    action: fc.constant('processRecords'),
    records: fc.array(record, { maxLength: 5 }),
    millisBehindLatest: orNull(fc.nat()),
  }),
);
const leaseLost = fc.constant({ message: { action: 'leaseLost' }, checkpoints: [], answers: [] });
const life = fc
  .tuple(
    initialize,
    fc.array(processRecords, { maxLength: 4 }),
    fc.array(turnFor('shutdownRequested'), { maxLength: 1 }),
    fc.oneof(turnFor('shardEnded'), leaseLost),
  )
  .map(([first, batches, requested, end]): Turn[] => [first, ...batches, ...requested, end]);

test('a shard hears the same and says the same, but for the sub-sequence number of a checkpoint', async () => {
  await fc.assert(
    fc.asyncProperty(life, async (turns) => {
      const [ours, theirs] = [await withOurs(turns), await withAwsKcl(turns)];
      expect(ours.calls).toEqual(theirs.calls);
      expect(ours.lines.map(withoutSubSequenceNumber)).toEqual(theirs.lines);
    }),
  );
});

test('a program for aws-kcl writes the same, run by aws-kcl and as the handler of our child', async () => {
  const PROGRAM = fileURLToPath(new URL('../handlers/aws-kcl-program.js', import.meta.url));
  const messages = [
    { action: 'initialize', shardId: 'shardId-000000000003', sequenceNumber: 'TRIM_HORIZON' },
    recordsMessage('a', 'b'),
    { action: 'checkpoint', sequenceNumber: '2', error: null },
    { action: 'processRecords', records: [], millisBehindLatest: 0 },
    recordsMessage('c', 'd', 'e'),
    { action: 'checkpoint', sequenceNumber: '3' },
    { action: 'shardEnded' },
    { action: 'checkpoint' },
  ];
  const written = async (child: MultilangDaemon) => {
    for (const message of messages) await child.ask(message);
    child.end();
    expect(await child.ended).toEqual({ code: 0, signal: null });
    return child.stdout;
  };
  const ofAwsKcl = await written(new MultilangDaemon({}, PROGRAM));
  const ours = await written(new MultilangDaemon({ HANDLER: PROGRAM }));
  expect(ours.replaceAll(',"subSequenceNumber":0', '')).toBe(ofAwsKcl);
  expect(ours.split('"subSequenceNumber":0')).toHaveLength(3);
});

describe('what aws-kcl has no public way for', () => {
  /** Every error of a line is thrown into the emitter of the line: in a process, nothing can catch it. */
  function sent(line: string, output = new PassThrough()) {
    const input = Object.assign(new EventEmitter(), { resume() {}, pause() {} });
    const refusals = new PassThrough();
    const done = (_input: unknown, call: () => void) => call();
    const processor = { initialize: done, processRecords: done, leaseLost: done, shardEnded: done };
    const child = kcl(processor, input as unknown as Readable, output, refusals);
    child.run();
    try {
      input.emit('data', Buffer.from(`${line}\n`));
    } finally {
      child.cleanup();
    }
    return { answer: output.read() as unknown, refusal: String(refusals.read()) };
  }

  test('an unknown action: it calls a method that it does not have', () => {
    expect(() => sent('{"action":"dance"}')).toThrow(/_reportError is not a function/);
  });

  test('a line that is not JSON, and an answer to no checkpoint: its own errors', () => {
    expect(() => sent('hello')).toThrow(SyntaxError);
    expect(() => sent('{"action":"checkpoint"}')).toThrow(/callback is not a function/);
  });

  test('a line without an action: it is not answered, and the daemon waits', () => {
    expect(sent('{"records":[]}')).toEqual({
      answer: null,
      refusal: 'Invalid action received: {"records":[]}\n',
    });
  });

  test('an output that is full: it throws, although the message goes out', () => {
    const full = () => sent('{"action":"leaseLost"}', new PassThrough({ highWaterMark: 1 }));
    expect(full).toThrow('Kinesis Client Library is in an invalid state');
  });
});
