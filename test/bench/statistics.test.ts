import { figure, ratios } from '../../bench/statistics.js';

test.each([
  [[3], { least: 3, median: 3, most: 3 }],
  [[10, 9, 100], { least: 9, median: 10, most: 100 }],
  [[4, 1, 3, 2], { least: 1, median: 2.5, most: 4 }],
])('the figure of %j', (values, expected) => {
  expect(figure(values)).toEqual(expected);
});

test('ratios are those of each round, not of the medians', () => {
  expect(ratios([1, 20, 3], [2, 10, 3])).toEqual({ least: 0.5, median: 1, most: 2 });
});

test('no values, or not as many of each, are an error', () => {
  expect(() => figure([])).toThrow('expected at least one');
  expect(() => ratios([1, 2], [1])).toThrow('got 2 and 1 values');
});
