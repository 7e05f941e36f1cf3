import { batchesOf, halves } from '../../../lab/event-source/batches.js';
import { numbers, recordsOf } from './helpers/records.js';

test('batches of at most so many', () => {
  expect([...batchesOf(recordsOf(5), 2)].map(numbers)).toEqual(['1 2', '3 4', '5']);
});

test('and of what an event holds, in base64', () => {
  const batches = [...batchesOf(recordsOf(10, { bytes: 1024 * 1024 }), 100)];

  expect(batches.map(({ length }) => length)).toEqual([4, 4, 2]);
});

test('halves', () => {
  expect(halves([1, 2, 3])).toEqual([[1, 2], [3]]);
});
