import { fileURLToPath } from 'node:url';
import { noteReplaced } from '../../../src/worker/multilang/child-environment.js';
import { ALL_BYTES, ODD_KEY } from '../../helpers/records.js';
import { STREAM } from '../../helpers/stream.js';
import { MultilangDaemon, recordsMessage } from '../helpers/multilang-daemon.js';

const started: MultilangDaemon[] = [];
function daemon(env?: NodeJS.ProcessEnv): MultilangDaemon {
  const made = new MultilangDaemon(env);
  started.push(made);
  return made;
}
async function initialized(env?: NodeJS.ProcessEnv): Promise<MultilangDaemon> {
  const made = daemon(env);
  await made.initialize();
  return made;
}
afterEach(() => {
  for (const made of started.splice(0)) made.kill();
});

const done = (responseFor: string) => ({ action: 'status', responseFor });
const CHECKPOINT_1 = { action: 'checkpoint', sequenceNumber: '1', subSequenceNumber: 5 };
const NEVER = { CHECKPOINT_INTERVAL_MS: '1000000000' };

test("a shard's whole life", async () => {
  const child = await initialized();

  expect(await child.deliver('a', 'b')).toEqual({ ...CHECKPOINT_1, sequenceNumber: '2' });
  expect(await child.ask({ action: 'checkpoint', sequenceNumber: '2', error: null })).toEqual(
    done('processRecords'),
  );
  expect(await child.ask({ action: 'processRecords', records: [] })).toEqual(done('processRecords'));
  expect(await child.ask({ action: 'shutdownRequested' })).toEqual(done('shutdownRequested'));
  expect(await child.ask({ action: 'shardEnded' })).toEqual({ action: 'checkpoint', sequenceNumber: null });
  expect(await child.ask({ action: 'checkpoint' })).toEqual(done('shardEnded'));
  child.end();

  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.log.filter(({ level }) => level >= 40)).toEqual([]);
  expect(child.log[0]).toMatchObject({ msg: 'shard taken', stream: STREAM.arn, from: 'LATEST' });
});

test('the handler finds the environment as it was given, without the settings for KCL', async () => {
  const given = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' };
  const { AWS_ENDPOINT_URL: _, ...others } = given;
  const child = await initialized(noteReplaced({ ...others, AWS_USE_FIPS_ENDPOINT: 'false' }, given));
  await child.deliver('environment');
  child.end();
  await child.ended;
  const found = child.log.find(({ msg }) => msg === 'environment') ?? {};
  expect(Object.fromEntries(Object.entries(found).filter(([name]) => /^[A-Z_]+$/.test(name)))).toEqual(given);
});

test('shutdownRequested makes the final checkpoint, leaseLost makes none', async () => {
  const child = await initialized(NEVER);
  expect(await child.deliver('a')).toEqual(done('processRecords'));
  expect(await child.ask({ action: 'shutdownRequested' })).toEqual(CHECKPOINT_1);
  expect(await child.ask({ action: 'checkpoint' })).toEqual(done('shutdownRequested'));
  expect(await child.ask({ action: 'leaseLost' })).toEqual(done('leaseLost'));
  child.end();
  expect(await child.ended).toEqual({ code: 0, signal: null });
});

test('a record processor that fails behind its own checkpoints goes on behind them', async () => {
  const HANDLER = fileURLToPath(new URL('../handlers/own-checkpoints.js', import.meta.url));
  const child = await initialized({ HANDLER, MAX_ATTEMPTS: '2', RETRY_DELAY_MS: '1' });
  let answer = await child.deliver('a', 'b', 'fails once', 'd');
  const positions: unknown[] = [];
  while ((answer as { action: string } | undefined)?.action === 'checkpoint') {
    positions.push((answer as { sequenceNumber: string }).sequenceNumber);
    answer = await child.ask({ action: 'checkpoint', error: null });
  }
  expect(answer).toEqual(done('processRecords'));
  expect(positions).toEqual(['1', '2', '3', '4']);
});

describe('handled records that are not checkpointed', () => {
  const lost = /1 handled record was not checkpointed and comes again/;

  test('when the lease is lost are counted in a warning', async () => {
    const child = await initialized(NEVER);
    expect(await child.deliver('a')).toEqual(done('processRecords'));
    expect(await child.ask({ action: 'leaseLost' })).toEqual(done('leaseLost'));
    child.end();
    expect(await child.ended).toEqual({ code: 0, signal: null });
    const warnings = child.log.filter(({ level }) => level === 40).map(({ msg }) => msg);
    expect(warnings).toContainEqual(expect.stringMatching(lost));
  });

  test('when the lease is lost while the worker stops end it with 5', async () => {
    const child = await initialized({ ...NEVER, STOP_ON_SIGTERM: 'true' });
    expect(await child.deliver('stop')).toEqual(done('processRecords'));
    expect(await child.ask({ action: 'leaseLost' })).toBeUndefined();
    expect(await child.ended).toEqual({ code: 5, signal: null });
    expect(child.lastLine).toMatchObject({ level: 60, msg: expect.stringMatching(lost), exitCode: 5 });
  });

  test('when the daemon closes stdin without a word are counted in a warning', async () => {
    const child = await initialized(NEVER);
    expect(await child.deliver('a')).toEqual(done('processRecords'));
    child.end();
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.lastLine).toMatchObject({ level: 40, msg: expect.stringMatching(lost) });
  });
});

test.each([
  ['TERMINATE', [{ action: 'checkpoint', sequenceNumber: null }]],
  ['ZOMBIE', []],
])(
  'a daemon of KCL 1.x ends a shard with shutdown, %s, and gets the answer to that',
  async (reason, checkpoints) => {
    const child = await initialized(NEVER);
    expect(await child.deliver('a')).toEqual(done('processRecords'));
    let answer = await child.ask({ action: 'shutdown', reason });
    for (const checkpoint of checkpoints) {
      expect(answer).toEqual(checkpoint);
      answer = await child.ask({ action: 'checkpoint' });
    }
    expect(answer).toEqual(done('shutdown'));
    child.end();
    expect(await child.ended).toEqual({ code: 0, signal: null });
  },
);

test('a refused checkpoint is logged and asked for again with the next batch', async () => {
  const child = await initialized();
  await child.deliver('a');
  expect(await child.ask({ action: 'checkpoint', error: 'ThrottlingException' })).toEqual(
    done('processRecords'),
  );
  expect(child.lastLine).toMatchObject({
    level: 40,
    msg: 'checkpoint failed',
    err: { message: expect.stringMatching(/^ThrottlingException/) },
  });
  // After a wait, of 200 ms at most.
  let answer: unknown = done('processRecords');
  while ((answer as { action: string }).action === 'status') {
    answer = await child.ask({ action: 'processRecords', records: [] });
  }
  expect(answer).toEqual(CHECKPOINT_1);
});

describe('records arrive byte by byte as they were put', () => {
  const line = Buffer.from(
    `${JSON.stringify({
      action: 'processRecords',
      records: [
        {
          action: 'record',
          data: ALL_BYTES.toString('base64'),
          partitionKey: `${ODD_KEY}\u2029`,
          sequenceNumber: '9',
          subSequenceNumber: 2,
          approximateArrivalTimestamp: 1_700_000_000_123,
        },
      ],
      millisBehindLatest: 7,
    })}\n`,
  );
  const expected = {
    data: ALL_BYTES.toString('hex'),
    partitionKey: `${ODD_KEY}\u2029`,
    sequenceNumber: '9',
    subSequenceNumber: 2,
    approximateArrivalTimestamp: '2023-11-14T22:13:20.123Z',
  };

  test.each([
    ['in one piece', {}, [line]],
    ['cut within a character', {}, pieces(line, line.indexOf('é') + 1, line.indexOf('漢') + 2)],
    ['cut within a line separator', {}, pieces(line, line.indexOf('\u2028') + 1, line.indexOf('\u2029') + 2)],
    ['under LC_ALL=C', { LC_ALL: 'C' }, [line]],
  ])('%s', async (_name, env, parts) => {
    const child = await initialized({ ...NEVER, ...env });
    for (const part of parts) {
      child.send(part);
      await new Promise(setImmediate); // messages.test.ts cuts for certain
    }
    expect(await child.next()).toEqual(done('processRecords'));
    child.end();
    await child.ended;
    expect(child.log.find(({ msg }) => msg === 'handled')?.record).toEqual(expected);
  });
});

test('what a handler prints goes to stderr', async () => {
  const child = await initialized();
  expect(await child.deliver('noise')).toEqual(CHECKPOINT_1);
  expect(await child.ask({ action: 'checkpoint' })).toEqual(done('processRecords'));
  child.end();

  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('{"action":'))).toEqual(
    [],
  );
  for (const text of ['x'.repeat(100_000), 'info', '(index)', 'direct']) expect(child.stderr).toContain(text);
});

test.each(['throw', 'reject late'])(
  'a handler that fails by %s ends it with 4, after the checkpoint of the records before',
  async (how) => {
    const child = await initialized({ ...NEVER, MAX_ATTEMPTS: '2' });
    expect(await child.deliver('a', how, 'c')).toEqual(CHECKPOINT_1);
    expect(await child.ask({ action: 'checkpoint' })).toBeUndefined();

    expect(await child.ended).toEqual({ code: 4, signal: null });
    expect(child.lastLine).toMatchObject({
      level: 60,
      msg: 'the record handler failed on record 2 (sub-sequence number 5) of shardId-000000000003, arn:aws:kinesis:eu-west-1:111122223333:stream/orders, in attempt 2: Error: boom',
    });
    expect(child.log.filter(({ msg }) => msg === 'handled')).toHaveLength(3);
  },
);

test.each([[null], [undefined], ['']])(
  'a record of a stream that distributes its records by itself has no partition key: %j',
  async (partitionKey) => {
    const child = await initialized(NEVER);
    const record = { action: 'record', data: '', partitionKey, sequenceNumber: '9', subSequenceNumber: 0 };
    child.send(`${JSON.stringify({ action: 'processRecords', records: [record] })}\n`);
    expect(await child.next()).toEqual(done('processRecords'));
    child.end();
    await child.ended;
    expect(child.log.find(({ msg }) => msg === 'handled')?.record).toMatchObject({ partitionKey: null });
  },
);

test('a rejected promise that nobody waits for ends it with 4 and says so', async () => {
  const child = await initialized(NEVER);
  child.send(recordsMessage('let a promise go'));
  expect(await child.ended).toEqual({ code: 4, signal: null });
  expect(child.lastLine).toMatchObject({
    level: 60,
    msg: 'an error escaped from the record handler: Error: nobody waits',
  });
});

test.each([
  ['a line that is not JSON', 'hello {', /^the daemon sent a line that is not JSON: .*hello/],
  ['a cut line', '{"action":"processRecords","records":[', /^the daemon sent a line that is not JSON: /],
  ['an unknown action', '{"action":"dance"}', /^the daemon sent an unknown action: "dance"/],
  ['JSON without an action', '{"records":[]}', /^the daemon sent a line without an action: .*"records"/],
  ['null', 'null', /^the daemon sent a line without an action: .*null/],
  [
    'an answer to no checkpoint',
    '{"action":"checkpoint"}',
    /^the daemon answered a checkpoint that was not requested/,
  ],
  ['no records', '{"action":"processRecords"}', /^the daemon sent 'processRecords' without 'records'/],
  [
    'a record without a position',
    '{"action":"processRecords","records":[{"data":"","partitionKey":"k"}]}',
    /^the daemon sent a record \(number 1\) without 'sequenceNumber'/,
  ],
  [
    'a line that is not UTF-8',
    Buffer.from('"\xff"\n', 'latin1'),
    /^the daemon sent a line that is not UTF-8/,
  ],
])('%s ends it with 5 and says what was wrong', async (_name, line, message) => {
  const child = await initialized();
  expect(await child.ask(line)).toBeUndefined();
  expect(await child.ended).toEqual({ code: 5, signal: null });
  expect(child.lastLine).toMatchObject({ level: 60, msg: expect.stringMatching(message) });
});

test.each(['processRecords', 'leaseLost', 'shardEnded', 'shutdownRequested'])(
  "'%s' before 'initialize' ends it with 5 and says so",
  async (action) => {
    const child = daemon();
    expect(await child.ask({ action, records: [] })).toBeUndefined();
    expect(await child.ended).toEqual({ code: 5, signal: null });
    expect(child.lastLine?.msg).toBe("a message came before 'initialize'");
  },
);

test('SIGTERM and SIGINT do not end it', async () => {
  const child = await initialized(NEVER);
  expect(await child.deliver('signals')).toEqual(done('processRecords'));
  expect(await child.ask({ action: 'shutdownRequested' })).toEqual(CHECKPOINT_1);
});

test('a daemon that no longer reads ends it with 5, and the handler is not blamed', async () => {
  const child = await initialized(NEVER);
  child.stopReading();
  child.send(recordsMessage('a'));
  expect(await child.ended).toEqual({ code: 5, signal: null });
  expect(child.lastLine).toMatchObject({
    level: 60,
    msg: 'the daemon no longer reads what the child answers: write EPIPE',
  });
});

test('the end of stdin ends it with 0, although a timer is open', async () => {
  const child = await initialized(NEVER);
  expect(await child.deliver('timer')).toEqual(done('processRecords'));
  child.end();
  expect(await child.ended).toEqual({ code: 0, signal: null });
});

test.each([
  ['a stream that is no ARN', { STREAM_ARN: 'orders' }, /STREAM_ARN/],
  ['no handler', { HANDLER: undefined }, /handler: there is none: /],
  ['a handler that is not there', { HANDLER: '/nowhere.js' }, /handler: \/nowhere\.js can't be loaded/],
])('%s ends it with 2 before it answers anything', async (_name, env, message) => {
  const child = daemon(env);
  expect(await child.next()).toBeUndefined();
  expect(await child.ended).toEqual({ code: 2, signal: null });
  expect(child.lastLine).toMatchObject({ level: 60, msg: expect.stringMatching(message) });
});

function pieces(bytes: Buffer, ...cuts: number[]): Buffer[] {
  return [0, ...cuts].map((cut, index, starts) => bytes.subarray(cut, starts[index + 1]));
}
