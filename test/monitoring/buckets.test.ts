import fc from 'fast-check';
import { Buckets } from '../../src/monitoring/buckets.js';

test('a value on a bound belongs to its bucket, as `le` says', () => {
  const buckets = new Buckets([1, 5]);
  for (const value of [0, 1, 1.1, 5, 5.1, 1e9]) buckets.observe(value);

  expect([...buckets.counts]).toEqual([2, 2, 2]);
});

test('every value is in one bucket, and in the sum', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true })), (values) => {
      const buckets = new Buckets([0.001, 0.1, 1, 60]);
      for (const value of values) buckets.observe(value);

      expect(buckets.counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
      expect(buckets.sum).toBeCloseTo(values.reduce((sum, value) => sum + value, 0));
    }),
  );
});
