import { jest } from '@jest/globals';
import type { LeaseTable } from '../../src/leases/lease-table.js';
import { LeaseView } from '../../src/monitoring/lease-view.js';
import { ownedBy, tableOf } from './helpers/lease-tables.js';

/** By fake time, performance.now too. */
function viewOf(...answers: (LeaseTable | Error | Promise<never>)[]) {
  jest.useFakeTimers();
  const read = jest.fn(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { view: new LeaseView(read), read };
}

afterEach(() => {
  jest.useRealTimers();
});

test('it is read when it is asked for, and not again for 10 s', async () => {
  const { view, read } = viewOf(tableOf(), tableOf());
  expect(read).not.toHaveBeenCalled();

  await view.get();
  jest.advanceTimersByTime(10_000);
  await view.get();
  expect(read).toHaveBeenCalledTimes(1);
  jest.advanceTimersByTime(1);
  await view.get();
  expect(read).toHaveBeenCalledTimes(2);
});

test('two who ask at once cause one reading', async () => {
  const { view, read } = viewOf(tableOf());

  const [a, b] = await Promise.all([view.get(), view.get()]);

  expect(read).toHaveBeenCalledTimes(1);
  expect(a.table).toBe(b.table);
});

test('a failure is told, keeps what was there before, and is not tried again at once', async () => {
  const table = tableOf();
  const { view, read } = viewOf(table, new Error('throttled'));
  const { readAt } = await view.get();
  jest.advanceTimersByTime(10_001);

  expect(await view.get()).toMatchObject({ table, readAt, error: 'throttled' });
  await view.get();
  expect(read).toHaveBeenCalledTimes(2);
});

test('the readings tell which lease was renewed', async () => {
  const counting = (N: string) => tableOf({ ...ownedBy('a', 's1'), leaseCounter: { N } });
  const { view } = viewOf(counting('7'), counting('8'));
  const { renewals } = await view.get();
  jest.advanceTimersByTime(10_001);
  const { table, readAt } = await view.get();

  expect(table?.leases.map((lease) => renewals.renewedAt(lease))).toEqual([readAt]);
});

test('nobody waits for a DynamoDB that does not answer for longer than 2 s', async () => {
  const { view } = viewOf(new Promise<never>(() => {}));

  const asked = view.get();
  await jest.advanceTimersByTimeAsync(2_000);

  expect(await asked).toMatchObject({ table: undefined, readAt: undefined, error: undefined });
});
