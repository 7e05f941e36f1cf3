import { headlineJson, headlineText, isWhole } from '../../bench/headline.js';

const headline = {
  wholeTreeVsJava: 0.876,
  wholeTreeVsStock: 0.3,
  nodeCpuSecondsPerGB: 0.958,
  restartToFirstRecordSeconds: 4.96,
};

test('the last line, which scripts read', () => {
  expect(headlineText(headline)).toBe(
    'bench: whole tree 0.88 × plain Java KCL warm, 0.30 × stock; Node 0.96 CPU-s per GB; first record after 5.0 s',
  );
  expect(isWhole(headline)).toBe(true);
});

test('what could not be measured is n/a, and the whole is not whole', () => {
  const without = { ...headline, wholeTreeVsStock: undefined };
  expect(headlineText(without)).toBe(
    'bench: whole tree 0.88 × plain Java KCL warm, n/a × stock; Node 0.96 CPU-s per GB; first record after 5.0 s',
  );
  expect(isWhole(without)).toBe(false);
});

test('in the JSON, what could not be measured is null', () => {
  const without = { ...headline, wholeTreeVsStock: undefined, nodeCpuSecondsPerGB: Number.NaN };
  expect(headlineJson(without)).toEqual({
    wholeTreeVsJava: 0.876,
    wholeTreeVsStock: null,
    nodeCpuSecondsPerGB: null,
    restartToFirstRecordSeconds: 4.96,
  });
});
