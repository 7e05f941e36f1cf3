import { RetentionWatch } from '../../src/delivery/retention-watch.js';
import { memoryLog } from '../helpers/memory-log.js';
import { recordOf } from '../helpers/records.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function watching({ retentionMs }: { retentionMs: number | undefined } = { retentionMs: DAY_MS }) {
  const { logger, lines } = memoryLog();
  return { watch: new RetentionWatch(retentionMs, logger), lines };
}

const arrivedAt = (...times: string[]) =>
  times.map((time) => recordOf({ approximateArrivalTimestamp: new Date(time) }));

test('a shard that is behind by less says nothing', () => {
  const { watch, lines } = watching();
  for (const behind of [0, undefined, 12 * HOUR_MS, 22 * HOUR_MS, 0]) watch.heard([], behind);

  expect(lines).toEqual([]);
});

test('records that expire before they are read are reported once, and once when they do not any more', () => {
  const { watch, lines } = watching();
  watch.heard(arrivedAt('2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z'), 20 * HOUR_MS);
  watch.heard(arrivedAt('2026-11-20T14:00:00Z', '2026-11-20T14:10:00Z'), DAY_MS + 1);
  watch.heard(arrivedAt('2026-11-20T15:00:00Z'), DAY_MS);
  watch.heard([], 22 * HOUR_MS);
  watch.heard(arrivedAt('2026-11-21T15:00:00Z'), 20 * HOUR_MS);
  watch.heard([], 0);

  expect(lines).toMatchObject([
    {
      level: 40,
      millisBehindLatest: DAY_MS + 1,
      retentionHours: 24,
      from: '2026-11-20T11:00:00.000Z',
      until: '2026-11-20T14:00:00.000Z',
      msg: expect.stringMatching(
        /^the shard is 24\.0 h behind, and its stream retains records for 24\.0 h: .* between 2026-11-20T11:00:00\.000Z and 2026-11-20T14:00:00\.000Z \(3\.0 h\) may have expired/,
      ),
    },
    {
      level: 30,
      from: '2026-11-20T11:00:00.000Z',
      until: '2026-11-21T15:00:00.000Z',
      msg: expect.stringMatching(/^the shard is within the retention period of its stream again/),
    },
  ]);
});

test('the lag that Kinesis reports at the oldest record counts, although it is a little less', () => {
  const { watch, lines } = watching();
  watch.heard([], DAY_MS - 60_000);

  expect(lines).toMatchObject([{ level: 40, msg: expect.stringMatching(/^the shard is 24\.0 h behind/) }]);
});

test('it begins anew after it has recovered', () => {
  const { watch, lines } = watching();
  for (const behind of [DAY_MS, 0, DAY_MS, 0]) watch.heard([], behind);

  expect(lines.map(({ level }) => level)).toEqual([40, 30, 40, 30]);
});

test('without a known retention period there is nothing to compare with', () => {
  const { watch, lines } = watching({ retentionMs: undefined });
  const { watch: given } = watching();
  watch.heard([], 400 * DAY_MS);
  given.heard([], undefined);

  expect(lines).toEqual([]);
});
