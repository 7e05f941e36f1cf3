import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../../src/cli/duration.js';

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
