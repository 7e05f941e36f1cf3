import type { Figure } from './section.js';

/** The least, median and most of the values; the median of an even number of values is the mean of the middle two. */
export function figure(values: readonly number[]): Figure {
  if (values.length === 0) {
    throw new RangeError('figure() got no values, expected at least one');
  }
  const sorted = [...values].sort((left, right) => left - right);
  const at = (index: number) => sorted[index] as number;
  const middle = (sorted.length - 1) / 2;
  return {
    least: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    most: at(sorted.length - 1),
  };
}

/** Each round's value divided by the peer's value of the same round, so that a slow minute of the machine slows both. */
export function ratios(values: readonly number[], of: readonly number[]): Figure {
  if (values.length !== of.length) {
    throw new RangeError(`ratios() got ${values.length} and ${of.length} values, expected as many of each`);
  }
  return figure(values.map((value, round) => value / (of[round] as number)));
}
