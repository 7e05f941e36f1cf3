import { BatchRunner, type RetryOptions } from '../../../lab/event-source/batch-runner.js';
import type { InvocationResult } from '../../../lab/function/invocation-result.js';
import { numbers, recordsOf } from './helpers/records.js';

const defaults: RetryOptions = {
  reportBatchItemFailures: true,
  bisectBatchOnFunctionError: false,
  maximumRetryAttempts: -1,
  maximumRecordAgeInSeconds: -1,
};

/** A function that fails so often at a record, by its answer or as a whole. */
function runnerOf(
  options: Partial<RetryOptions>,
  { poison, times = 1_000, throws = false }: { poison: string; times?: number; throws?: boolean },
) {
  const invoked: string[] = [];
  const discarded: [string, string, number][] = [];
  const runner = new BatchRunner(
    { ...defaults, ...options },
    {
      async invoke(records): Promise<InvocationResult> {
        invoked.push(numbers(records));
        const fails = records.some(({ SequenceNumber }) => SequenceNumber === poison) && times-- > 0;
        const batchItemFailures = fails ? [{ itemIdentifier: poison }] : [];
        return fails && throws
          ? { requestId: 'r', response: undefined, functionError: 'Unhandled' }
          : { requestId: 'r', response: { batchItemFailures }, functionError: undefined };
      },
      async discard(records, condition, invocations) {
        discarded.push([numbers(records), condition, invocations]);
      },
      signal: new AbortController().signal,
    },
  );
  return { runner, invoked, discarded };
}

test('after a partial failure the next invocation begins at the record that failed', async () => {
  const { runner, invoked, discarded } = runnerOf({}, { poison: '3', times: 2 });

  await runner.run(recordsOf(5));

  expect(invoked).toEqual(['1 2 3 4 5', '3 4 5', '3 4 5']);
  expect(discarded).toEqual([]);
});

test('after an error the whole batch comes again', async () => {
  const { runner, invoked } = runnerOf({}, { poison: '3', times: 1, throws: true });

  await runner.run(recordsOf(4));

  expect(invoked).toEqual(['1 2 3 4', '1 2 3 4']);
});

test('after the last retry all from the record on is given up', async () => {
  const { runner, invoked, discarded } = runnerOf({ maximumRetryAttempts: 1 }, { poison: '3' });

  await runner.run(recordsOf(4));

  expect(invoked).toEqual(['1 2 3 4', '3 4']);
  expect(discarded).toEqual([['3 4', 'RetryAttemptsExhausted', 2]]);
});

test('with bisect the record is given up alone, and splits are no retries', async () => {
  const options = { maximumRetryAttempts: 1, bisectBatchOnFunctionError: true };
  const { runner, invoked, discarded } = runnerOf(options, { poison: '3' });

  await runner.run(recordsOf(6));

  expect(invoked).toEqual(['1 2 3 4 5 6', '3 4 5 6', '3 4', '3', '3', '4', '5 6']);
  expect(discarded).toEqual([['3', 'RetryAttemptsExhausted', 5]]);
});

test('bisect finds a record that nobody named too', async () => {
  const options = { maximumRetryAttempts: 0, bisectBatchOnFunctionError: true };
  const { runner, invoked, discarded } = runnerOf(options, { poison: '4', throws: true });

  await runner.run(recordsOf(4));

  expect(invoked).toEqual(['1 2 3 4', '1 2', '3 4', '3', '4']);
  expect(discarded).toEqual([['4', 'RetryAttemptsExhausted', 3]]);
});

test('what is too old is given up before the function is invoked, and the rest is not', async () => {
  const { runner, invoked, discarded } = runnerOf({ maximumRecordAgeInSeconds: 60 }, { poison: 'none' });
  const old = recordsOf(2, { ageMs: 120_000 });

  await runner.run([...old, ...recordsOf(4).slice(2)]);

  expect(discarded).toEqual([['1 2', 'RecordAgeExceeded', 0]]);
  expect(invoked).toEqual(['3 4']);
});

test('what becomes too old between retries is discarded with its last invocation', async () => {
  const records = recordsOf(1).map((record) => ({ ...record, ApproximateArrivalTimestamp: new Date() }));
  const discarded: [string, number, unknown][] = [];
  let invocations = 0;
  const runner = new BatchRunner(
    { ...defaults, maximumRecordAgeInSeconds: 3_600 },
    {
      async invoke() {
        // In the meantime the hour is over.
        if (++invocations === 2) records[0]?.ApproximateArrivalTimestamp.setTime(0);
        return { requestId: `r-${invocations}`, response: undefined, functionError: 'Unhandled' };
      },
      async discard(_records, condition, count, result) {
        discarded.push([condition, count, result?.requestId]);
      },
      signal: new AbortController().signal,
    },
  );

  await runner.run(records);

  expect(discarded).toEqual([['RecordAgeExceeded', 2, 'r-2']]);
});

test('what a bisect has split is discarded with the last invocation of the whole', async () => {
  const arrived = new Date();
  const records = recordsOf(2).map((record) => ({ ...record, ApproximateArrivalTimestamp: arrived }));
  const discarded: [string, number, unknown][] = [];
  const options = { ...defaults, bisectBatchOnFunctionError: true, maximumRecordAgeInSeconds: 3_600 };
  const runner = new BatchRunner(options, {
    async invoke() {
      // In the meantime the hour is over.
      arrived.setTime(0);
      return { requestId: 'r-1', response: undefined, functionError: 'Unhandled' };
    },
    async discard(given, condition, count, result) {
      discarded.push([`${numbers(given)} ${condition}`, count, result?.requestId]);
    },
    signal: new AbortController().signal,
  });

  await runner.run(records);

  expect(discarded).toEqual([
    ['1 RecordAgeExceeded', 1, 'r-1'],
    ['2 RecordAgeExceeded', 1, 'r-1'],
  ]);
});

test('what Lambda does not take is repeated until it is too old, and is no retry', async () => {
  const old = new Date(Date.now() - 60_000);
  const records = recordsOf(1).map((record) => ({ ...record, ApproximateArrivalTimestamp: old }));
  const discarded: [string, number, unknown][] = [];
  let asked = 0;
  const options = { ...defaults, maximumRetryAttempts: 0, maximumRecordAgeInSeconds: 3_600 };
  const runner = new BatchRunner(options, {
    async invoke() {
      // In the meantime the hour is over.
      if (++asked === 3) old.setTime(0);
      return undefined;
    },
    async discard(_records, condition, invocations, result) {
      discarded.push([condition, invocations, result]);
    },
    signal: new AbortController().signal,
  });

  await runner.run(records);

  expect(asked).toBe(3);
  expect(discarded).toEqual([['RecordAgeExceeded', 0, undefined]]);
});
