import { LagHistory, SLOT_MS, SLOTS } from '../../src/monitoring/lag-history.js';

const NOW = 1_000_000 * SLOT_MS;

test('a slot has the most that was told in it', () => {
  const lag = new LagHistory();
  for (const value of [100, 700, 300]) lag.add(NOW, value);

  expect(lag.points(NOW).at(-1)).toBe(700);
});

test('points are oldest first, with gaps where nothing was told', () => {
  const lag = new LagHistory();
  lag.add(NOW, 1);
  lag.add(NOW + 2 * SLOT_MS, 3);

  expect(lag.points(NOW + 2 * SLOT_MS).slice(-4)).toEqual([undefined, 1, undefined, 3]);
});

test('what is older than the plot is gone, and does not come back', () => {
  const lag = new LagHistory();
  lag.add(NOW, 9);
  const later = NOW + SLOTS * SLOT_MS;

  expect(lag.points(later - SLOT_MS)[0]).toBe(9);
  expect(lag.points(later).every((point) => point === undefined)).toBe(true);
  lag.add(later, 0);
  expect(lag.points(later).at(-1)).toBe(0);
});

test('nothing was told yet', () => {
  expect(new LagHistory().points(NOW)).toEqual(new Array(SLOTS).fill(undefined));
});

test('a clock that is set back hides what is in its future', () => {
  const lag = new LagHistory();
  lag.add(NOW, 5);

  expect(lag.points(NOW - 10 * SLOT_MS).every((point) => point === undefined)).toBe(true);
});
