import { setTimeout as sleep } from 'node:timers/promises';
import { turns } from '../../src/preflight/turns.js';

const EVERY_MS = 20;

test('an event loop that was held up makes up for nothing: no two turns come closer than the rate', async () => {
  const turn = turns(1000 / EVERY_MS);
  const went: number[] = [];
  const all = Promise.all(
    Array.from({ length: 10 }, async () => {
      await turn(new AbortController().signal);
      went.push(performance.now());
    }),
  );
  await sleep(EVERY_MS * 1.5);
  for (const until = performance.now() + EVERY_MS * 5; performance.now() < until; );
  await all;

  const gaps = went.slice(1).map((at, index) => at - (went[index] ?? 0));
  // Node's timers may be a millisecond early.
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(EVERY_MS - 2);
});

test('who has given up takes no turn, and holds nobody up', async () => {
  const turn = turns(10);
  const given = turn(AbortSignal.abort(new Error('given up')));
  const next = turn(new AbortController().signal);

  await expect(given).rejects.toThrow('given up');
  await expect(next).resolves.toBeUndefined();
});
