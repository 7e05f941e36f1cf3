import { jest } from '@jest/globals';
import { StallWatch } from '../../src/delivery/stall-watch.js';
import { memoryLog } from '../helpers/memory-log.js';
import { recordOf } from '../helpers/records.js';

const LIMIT_MS = 60_000;
const RECORD = recordOf({ sequenceNumber: '7' });

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function watching(emptyBatches = true, limitMs = LIMIT_MS) {
  const log = memoryLog();
  const watch = new StallWatch(limitMs, emptyBatches, log.logger);
  const reports = () => log.lines.filter(({ level }) => level === 50);
  return { watch, log, reports };
}

const pass = (ms: number) => jest.advanceTimersByTime(ms);

test('a handler that is at a record for too long is reported, and again each time that long', () => {
  const { watch, reports } = watching();
  watch.heard(0);
  watch.at('handling', RECORD, 2);
  pass(LIMIT_MS - 1);
  expect(reports()).toEqual([]);
  pass(LIMIT_MS + 1);
  expect(reports()).toMatchObject([
    {
      msg: 'no progress for 60 s: the handler is still at this record',
      sequenceNumber: '7',
      attempt: 2,
      seconds: 60,
      millisBehindLatest: 0,
    },
    { seconds: 120 },
  ]);
});

test('a record that fails again and again is reported', () => {
  const { watch, reports } = watching();
  watch.at('retrying', RECORD, 4);
  pass(LIMIT_MS);
  expect(reports()).toMatchObject([
    { msg: expect.stringContaining('the handler fails on this record'), attempt: 4 },
  ]);
});

test('silence is reported, where KCL should send empty batches at least', () => {
  const { reports } = watching(true);
  pass(LIMIT_MS);
  expect(reports()).toMatchObject([{ msg: expect.stringContaining('KCL sends nothing') }]);
});

test('silence is not reported where it is elsewhere, with its reason; a record is', () => {
  const log = memoryLog();
  const watch = new StallWatch(LIMIT_MS, true, log.logger, () => true);
  pass(LIMIT_MS);
  expect(log.lines).toEqual([]);
  watch.at('handling', RECORD, 1);
  pass(LIMIT_MS);
  expect(log.lines).toHaveLength(1);
});

test('where it need not, it is reported only while the shard is behind', () => {
  const { watch, reports } = watching(false);
  watch.heard(0);
  pass(2 * LIMIT_MS);
  expect(reports()).toEqual([]);
  watch.heard(5_000);
  watch.waiting();
  pass(2 * LIMIT_MS);
  expect(reports().length).toBeGreaterThan(0);
});

test('empty batches are progress at the newest record, and where they come nearer to it', () => {
  const { watch, reports } = watching();
  for (const behind of [0, 0, undefined, 9e9, 8e9, 7e9, 0]) {
    pass(LIMIT_MS * 0.9);
    watch.heard(behind);
    watch.waiting();
  }
  expect(reports()).toEqual([]);
});

test('empty batches of a shard that stays behind are none', () => {
  const { watch, reports } = watching();
  watch.heard(5_000);
  for (let batch = 0; batch < 3; batch++) {
    pass(LIMIT_MS / 2);
    watch.heard(5_000 + batch);
    watch.waiting();
  }
  expect(reports()).toMatchObject([
    { msg: expect.stringContaining('KCL finds no records, although the shard is behind') },
  ]);
});

test('progress after a report is said once', () => {
  const { watch, log } = watching();
  pass(LIMIT_MS);
  watch.progress();
  watch.progress();
  expect(log.lines.filter(({ level }) => level === 30).map(({ msg }) => msg)).toEqual([
    'the shard makes progress again',
  ]);
});

test.each([
  ['with a limit of 0', 0],
  ['after its end', LIMIT_MS],
])('%s nothing is reported', (_name, limitMs) => {
  const { watch, reports } = watching(true, limitMs);
  watch.close();
  pass(10 * LIMIT_MS);
  expect(reports()).toEqual([]);
});
