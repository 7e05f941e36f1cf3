import { jest } from '@jest/globals';
import { loadConfig } from '../../src/config/load.js';
import { Backoff } from '../../src/delivery/backoff.js';
import { STREAM } from '../helpers/stream.js';

afterEach(() => jest.restoreAllMocks());

/** How long the attempts of a record that fails at once take with the defaults, in s. */
function span(random: number): number {
  const { config } = loadConfig({ flags: {}, env: { STREAM_ARN: STREAM.arn } });
  jest.spyOn(Math, 'random').mockReturnValue(random);
  const backoff = new Backoff({
    delayMs: config.retryDelayMs,
    maxDelayMs: config.retryMaxDelayMs,
    jitter: 'equal',
  });
  let ms = 0;
  for (let attempt = 1; attempt < config.maxAttempts; attempt++) ms += backoff.next();
  return ms / 1000;
}

test('by default a record is tried for 40 to 81 s, as docs/record-handler.md says', () => {
  expect(span(0)).toBeCloseTo(40.5, 1);
  expect(span(0.999999)).toBeCloseTo(81, 1);
});

test('with equal jitter a wait is never shorter than half of the longest it may be', () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  const backoff = new Backoff({ delayMs: 100, maxDelayMs: 350, jitter: 'equal' });
  expect([1, 2, 3, 4].map(() => backoff.next())).toEqual([50, 100, 175, 175]);
});

test('after a reset the waits begin again, and with full jitter they begin at 0', () => {
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  const backoff = new Backoff({ delayMs: 100, maxDelayMs: 350, jitter: 'full' });
  expect([1, 2, 3, 4].map(() => backoff.next())).toEqual([50, 100, 175, 175]);
  backoff.reset();
  expect(backoff.next()).toBe(50);
});
