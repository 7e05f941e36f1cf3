import type { RecordHandler } from '../../src/index.js';
import { DeadlineError } from '../../src/lambda/deadline.js';
import { EnvironmentGuard, graceMs } from '../../src/lambda/environment-guard.js';
import { memoryLog } from '../helpers/memory-log.js';
import { eventOf } from './helpers/events.js';
import { ALL_HANDLED, from, functionOf } from './helpers/function.js';

const TIMEOUT_MS = 800;
const until = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

test('a handler is told before the function times out; what it gives up then is reported, and not given up', async () => {
  const reasons: unknown[] = [];
  const handleRecord: RecordHandler = async ({ sequenceNumber }, { signal }) => {
    if (sequenceNumber !== '2') return;
    await until(signal);
    reasons.push(signal.reason);
    throw signal.reason;
  };
  const { invoke, log } = functionOf({ handleRecord }, { ON_FAILURE: 'skip' });

  expect(await invoke(eventOf(3), TIMEOUT_MS)).toEqual(from('2'));

  expect(reasons).toEqual([expect.any(DeadlineError)]);
  expect(log.lines.at(-1)).toMatchObject({
    level: 50,
    sequenceNumber: '2',
    handled: 1,
    err: {
      type: 'DeadlineError',
      message: expect.stringMatching(
        /^the function's timeout is near: \d+ ms before it what is at hand is aborted$/,
      ),
    },
  });
});

test('what ends in time counts; the next record is not begun', async () => {
  const seen: string[] = [];
  const handleRecord: RecordHandler = async ({ sequenceNumber }, { signal }) => {
    seen.push(sequenceNumber);
    if (sequenceNumber === '2') await until(signal);
  };
  const { invoke, log } = functionOf({ handleRecord });

  expect(await invoke(eventOf(4), TIMEOUT_MS)).toEqual(from('3'));
  expect(seen).toEqual(['1', '2']);
  expect(log.lines).toMatchObject([
    {
      level: 40,
      msg: 'no time left: 2 records not begun, and Lambda hands them over again',
      sequenceNumber: '3',
      handled: 2,
      notBegun: 2,
    },
  ]);
  expect(log.lines[0]).not.toHaveProperty('err');
});

test('a wait between two attempts ends too', async () => {
  const handleRecord: RecordHandler = () => {
    throw new Error('boom');
  };
  const { invoke } = functionOf(
    { handleRecord },
    { MAX_ATTEMPTS: '1000', RETRY_DELAY_MS: '1000000', RETRY_MAX_DELAY_MS: '1000000' },
  );

  expect(await invoke(eventOf(2), TIMEOUT_MS)).toEqual(from('1'));
});

test("one that takes longer than the handler's own time limit has failed as under KCL", async () => {
  const seen: string[] = [];
  const handleRecord: RecordHandler = async ({ sequenceNumber }, { signal, attempt }) => {
    seen.push(`${sequenceNumber}, attempt ${attempt}`);
    await until(signal);
    signal.throwIfAborted();
  };
  const { invoke, log } = functionOf({ handleRecord }, { HANDLER_TIMEOUT_MS: '20', MAX_ATTEMPTS: '2' });

  expect(await invoke(eventOf(2))).toEqual(from('1'));

  expect(seen).toEqual(['1, attempt 1', '1, attempt 2']);
  expect(log.lines.at(-1)).toMatchObject({
    err: { message: expect.stringContaining('it took longer than 20 ms (handlerTimeoutMs)') },
  });
});

describe('a handler that does not end', () => {
  test('is reported before the function times out, and none runs beside it', async () => {
    const seen: string[] = [];
    let free = () => {};
    const handleRecord: RecordHandler = ({ sequenceNumber }) => {
      seen.push(`${sequenceNumber} begins`);
      if (seen.length > 1) return undefined;
      return new Promise<void>((resolve) => {
        free = () => {
          seen.push(`${sequenceNumber} ends`);
          resolve();
        };
      });
    };
    const { invoke } = functionOf({ handleRecord });
    expect(await invoke(eventOf(1), TIMEOUT_MS)).toEqual(from('1'));

    const again = invoke(eventOf(1));
    setTimeout(free, 100);

    expect(await again).toEqual(ALL_HANDLED);
    expect(seen).toEqual(['1 begins', '1 ends', '1 begins']);
  });

  test.each([
    [60_000, 5_000],
    [20_000, 5_000],
    [8_000, 2_000],
    [800, 200],
  ])('of an invocation of %i ms the next one waits %i ms for it', (remainingMs, expected) => {
    expect(graceMs(remainingMs)).toBe(expected);
  });

  test('and not even then, ends the environment', async () => {
    const codes: number[] = [];
    const { logger, messages } = memoryLog();
    const guard = new EnvironmentGuard((code) => void codes.push(code));
    guard.leave(new Promise(() => {}));

    await guard.check(logger, 40);

    expect(codes).toEqual([1]);
    expect(messages('error')).toEqual([
      expect.stringContaining('a handler of an earlier invocation is still at work'),
    ]);
  });
});
