import { type HeldLease, HeldLeases } from '../../src/monitoring/held-leases.js';
import { ReadWatch } from '../../src/monitoring/read-watch.js';
import { memoryLog } from '../helpers/memory-log.js';
import { STREAM } from '../helpers/stream.js';
import { DENIED, EXPIRED, notRead, readLease } from './helpers/held-leases.js';

const LIMIT_MS = 60_000;
const CONSUMER = `${STREAM.arn}/consumer/reader:1700000000`;

let watch: ReadWatch | undefined;
afterEach(() => watch?.close());

function watched() {
  const leases = new HeldLeases();
  const log = memoryLog();
  const options = { limitMs: LIMIT_MS, consumers: new Map([[STREAM.arn, CONSUMER]]) };
  const opened = new ReadWatch(leases, options, log.logger);
  watch = opened;
  return {
    lines: log.lines,
    report: (held: readonly HeldLease[], at = 0, failingCalls: readonly (typeof EXPIRED)[] = []) =>
      leases.take({ leases: held, failingCalls }, at),
    look: (at: number) => opened.look(at),
    isUnread: (shard: string) => opened.isUnread(STREAM.arn, shard),
  };
}

test('a shard that is not read is reported after the limit, and again each time that long', () => {
  const { lines, report, look } = watched();
  report([notRead('s1'), readLease('s2')]);
  for (let at = 0; at < 3 * LIMIT_MS; at += 1_000) look(at);

  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatchObject({
    level: 50,
    stream: STREAM.arn,
    shard: 's1',
    operation: 'GetShardIterator',
    errorCode: 'AccessDeniedException',
    failures: 7,
    seconds: 60,
    msg: `no progress for 60 s: the lease of s1 is held, and the shard is not read: GetShardIterator: AccessDeniedException: ${DENIED.message} (7 times). \`cross-account-kcl preflight\` says whose policy must change`,
  });
});

test('its end is reported, once', () => {
  const { lines, report, look } = watched();
  report([notRead('s1')]);
  look(LIMIT_MS);
  report([readLease('s1')], LIMIT_MS);
  look(LIMIT_MS + 1);
  look(LIMIT_MS + 2);

  expect(lines.slice(1)).toMatchObject([{ level: 30, shard: 's1', msg: 'the shard is read again' }]);
});

test('of a lease that is lost nothing more is said', () => {
  const { lines, report, look } = watched();
  report([notRead('s1')]);
  look(LIMIT_MS);
  report([], LIMIT_MS);
  look(2 * LIMIT_MS);

  expect(lines).toHaveLength(1);
});

test('a shard that is read in between, or waits for its parents, is not', () => {
  const { lines, report, look } = watched();
  const waits: HeldLease = { ...notRead('s2'), state: 'waits for its parents' };
  report([notRead('s1'), waits]);
  report([{ ...notRead('s1'), since: 1 }, waits], LIMIT_MS / 2);
  look(LIMIT_MS);
  expect(lines).toEqual([]);
  look(1.5 * LIMIT_MS);
  expect(lines).toHaveLength(1);
});

test.each([
  [false, 'KCL has not initialized it; its last warnings say why'],
  [true, 'KCL has not read it; its last warnings say why'],
])('without a failure of Kinesis, initialized: %p', (initialized, reason) => {
  const { lines, report, look } = watched();
  const { failure: _, ...lease } = notRead('s1');
  report([{ ...lease, initialized }]);
  look(LIMIT_MS);

  expect(lines[0]?.msg).toContain(reason);
});

test('a denied subscription may be of a consumer that was deleted', () => {
  const { lines, report, look } = watched();
  report([{ ...notRead('s1'), failure: { ...DENIED, operation: 'SubscribeToShard' } }]);
  look(LIMIT_MS);

  expect(lines[0]?.msg).toContain('or the owner has deleted the consumer, and its policy with it');
  expect(lines[0]?.msg).toContain(
    `aws kinesis describe-stream-consumer --consumer-arn ${CONSUMER} --region `,
  );
});

test('calls of DynamoDB that fail for the limit are reported; those of Kinesis and of credentials are elsewhere', () => {
  const { lines, report, look } = watched();
  const call = { ...EXPIRED, credentials: false, since: Date.now() - LIMIT_MS };
  report([], 0, [
    call,
    { ...call, service: 'DynamoDB', operation: 'Query', code: 'ValidationException' },
    { ...call, service: 'DynamoDB', credentials: true },
  ]);
  look(0);
  look(LIMIT_MS / 2);

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: 50, service: 'DynamoDB', operation: 'Query' });
  expect(lines[0]?.msg).toMatch(/^DynamoDB fails for 60 s, 3 times: Query: ValidationException: /);
});

test('knows which shards it reports', () => {
  const { report, isUnread } = watched();
  report([notRead('s1'), readLease('s2')]);

  expect([isUnread('s1'), isUnread('s2'), isUnread('s3')]).toEqual([true, false, false]);
});
