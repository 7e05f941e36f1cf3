import { batchesOf, halves } from '../../../lab/event-source/batches.js';
import { numbers, recordsOf } from './helpers/records.js';

test('batches of at most so many', () => {
  expect([...batchesOf(recordsOf(5), 2)].map(numbers)).toEqual(['1 2', '3 4', '5']);
});

test('and of what an event holds, in base64', () => {
  const batches = [...batchesOf(recordsOf(10, { bytes: 1024 * 1024 }), 100)];

  expect(batches.map(({ length }) => length)).toEqual([4, 4, 2]);
});

test('with the partition keys', () => {
  const records = recordsOf(5_000).map((record) => ({ ...record, PartitionKey: 'ä'.repeat(256) }));
  const [first] = batchesOf(records, 10_000);

  expect(first?.length).toBeLessThan(4_097);
});

test('halves', () => {
  expect(halves([1, 2, 3])).toEqual([[1, 2], [3]]);
});
