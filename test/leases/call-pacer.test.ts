import { setTimeout as sleep } from 'node:timers/promises';
import { callPacer } from '../../src/leases/call-pacer.js';

const EVERY_MS = 20;

test('an event loop that was held up makes up for nothing: the turns that were due meanwhile do not go at once', async () => {
  const turn = callPacer(1000 / EVERY_MS);
  let went = 0;
  const all = Promise.all(
    Array.from({ length: 30 }, async () => {
      await turn(new AbortController().signal);
      went++;
    }),
  );
  await sleep(EVERY_MS * 1.5);
  const before = went;
  for (const until = performance.now() + EVERY_MS * 15; performance.now() < until; );
  // Timers that are due are called before.
  await new Promise(setImmediate);

  // One, or some more on a machine that stands still just then; 15 were due.
  expect(went - before).toBeLessThan(8);
  await all;
});

test('who has given up takes no turn, and holds nobody up', async () => {
  const turn = callPacer(10);
  const given = turn(AbortSignal.abort(new Error('given up')));
  const next = turn(new AbortController().signal);

  await expect(given).rejects.toThrow('given up');
  await expect(next).resolves.toBeUndefined();
});
