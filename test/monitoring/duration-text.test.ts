import { durationText } from '../../src/monitoring/duration-text.js';

test.each([
  [-3_000, '0s'],
  [0, '0s'],
  [400, '1s'],
  [59_001, '1m 0s'],
  [580_000, '9m 40s'],
  [3_600_000, '1h 0m'],
  [11_100_000, '3h 5m'],
  [187_200_000, '2d 4h'],
])('%d ms are told as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
