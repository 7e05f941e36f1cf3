import { InvalidArgumentError } from 'commander';
import { durationText, parseDuration } from '../../src/cli/duration.js';

test.each([
  ['30', 30_000],
  ['30s', 30_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['500ms', 500],
  ['1.5m', 90_000],
])('%s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '0', '0s', '-1s', '10 m', '1d', 's', '1m30s', '1e3', '0.4ms', '99999h'])(
  '%j is refused',
  (text) => {
    expect(() => parseDuration(text)).toThrow(InvalidArgumentError);
  },
);

test.each([
  [400, '1s'],
  [59_001, '1m 0s'],
  [580_000, '9m 40s'],
])('%d ms are told as %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
