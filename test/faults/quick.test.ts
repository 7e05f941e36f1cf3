import { type Lab, startLab } from '../../lab/lab.js';
import { faultCases } from './cases/all.js';
import { runCase } from './run-case.js';

/** Of each kind one; all of them: ./scripts/faults. */
const QUICK = [
  'the handler throws always',
  'the on-failure queue is down',
  'a batch handler reports failures',
  'DynamoDB refuses connections',
  'Kinesis cuts connections within answers',
  'shard iterators expire',
  'the resource policy is removed and restored, fan-out',
  'a split and a merge',
];
/** At most; each waits for what must come about, and says what did not. */
const TIMEOUT_MS = 600_000;

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

// Several at once: they mostly wait.
test.concurrent.each(QUICK)(
  '%s',
  async (name) => {
    const [faultCase] = faultCases.filter((one) => one.name === name);
    if (faultCase === undefined) throw new Error('there is no such case');

    expect(await runCase(lab, faultCase)).toMatchObject({
      name,
      verdict: { lost: 0, orderKept: true, problems: [] },
    });
  },
  TIMEOUT_MS,
);

test('every name is of one case', () => {
  const names = faultCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
