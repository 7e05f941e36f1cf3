import { type Lab, startLab } from '../../lab/lab.js';
import { faultCases } from './cases/all.js';
import { type CaseResult, runCase } from './run-case.js';

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
let running: Map<string, Promise<CaseResult>>;
beforeAll(async () => {
  lab = await startLab();
  // All at once: they mostly wait.
  running = new Map(
    faultCases.filter(({ name }) => QUICK.includes(name)).map((one) => [one.name, runCase(lab, one)]),
  );
  await Promise.allSettled(running.values());
}, TIMEOUT_MS);
afterAll(() => lab.stop());

test.each(QUICK)('%s', async (name) => {
  const result = await running.get(name);

  expect(result).toMatchObject({ name, verdict: { lost: 0, orderKept: true, problems: [] } });
});

test('every name is of one case', () => {
  const names = faultCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
