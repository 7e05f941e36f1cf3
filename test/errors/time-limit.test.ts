import { setImmediate } from 'node:timers/promises';
import { withTimeout } from '../../src/errors/time-limit.js';

const never = new Promise<never>(() => {});

test('work that ends in time gives its result, or its error', async () => {
  await expect(withTimeout(Promise.resolve('done'), 60_000, () => 'late')).resolves.toBe('done');
  await expect(withTimeout(Promise.reject(new Error('no')), 60_000, () => 'late')).rejects.toThrow('no');
});

test('at the time limit the result or the error is that of onTimeout', async () => {
  await expect(withTimeout(never, 1, () => 'late')).resolves.toBe('late');
  const tooLate = () => {
    throw new Error('too late');
  };
  await expect(withTimeout(never, 1, tooLate)).rejects.toThrow('too late');
});

test('work that fails after the time limit is no unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', note);
  try {
    let fail: (reason: Error) => void = () => {};
    const work = new Promise<void>((_resolve, reject) => {
      fail = reject;
    });
    await withTimeout(work, 1, () => {});
    fail(new Error('late'));
    // Node reports it once the microtasks have run.
    await setImmediate();
    expect(unhandled).toEqual([]);
  } finally {
    process.removeListener('unhandledRejection', note);
  }
});
