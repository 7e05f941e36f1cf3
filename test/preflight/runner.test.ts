import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Check, type CheckId, defineCheck, passed } from '../../src/preflight/check.js';
import { runChecks } from '../../src/preflight/runner.js';

function check<T>(
  id: string,
  run: (values: unknown[]) => Promise<T>,
  needs: readonly Check[] = [],
): Check<T> {
  return defineCheck({
    id: id as CheckId,
    asserts: id,
    fixedBy: 'reader',
    needs,
    run: async (values) => passed('', await run([...(values as unknown[])])),
  });
}

const failing = (id: string, needs: readonly Check[] = []) =>
  defineCheck({
    id: id as CheckId,
    asserts: id,
    fixedBy: 'stream owner',
    needs,
    run: async () => ({ status: 'failed' as const, message: 'no' }),
  });

const statuses = async (checks: readonly Check[], options = {}) =>
  Object.fromEntries(
    (await runChecks(checks, options)).findings.map(({ check: { id }, status, message }) => [
      id,
      message ? `${status}: ${message}` : status,
    ]),
  );

test('what does not need each other runs at once, and what is needed runs once and hands its value on', async () => {
  const log: string[] = [];
  const first = check('first', async () => {
    log.push('first');
    await sleep(50);
    return 21;
  });
  const other = check('other', async () => log.push('other'));
  const twice = ['a', 'b'].map((id) => check(id, async ([value]) => log.push(`${id} ${value}`), [first]));

  expect(await statuses([first, ...twice, other])).toEqual({
    first: 'passed',
    a: 'passed',
    b: 'passed',
    other: 'passed',
  });
  expect(log).toEqual(['first', 'other', 'a 21', 'b 21']);
});

test('what needs a check that does not hold is skipped, with the reason, and so is what needs that', async () => {
  const first = failing('first');
  const second = check('second', async () => 1, [first]);
  const third = check('third', async () => 1, [second]);

  expect(await statuses([third, second, first])).toEqual({
    first: 'failed: no',
    second: 'skipped: needs first, which is failed',
    third: 'skipped: needs second, which is skipped',
  });
});

test('a check that breaks is an error, not a crash; the others go on', async () => {
  const broken = check('broken', () => Promise.reject(new Error('a bug')));

  expect(await statuses([broken, check('well', async () => 1)])).toEqual({
    broken: 'error: the check broke: a bug',
    well: 'passed',
  });
});

test('a check that does not end is an error at its limit, and at the limit of all', async () => {
  const endless = check('endless', () => new Promise(() => {}));

  expect(await statuses([endless], { limitMs: 20 })).toEqual({ endless: 'error: it was not done in time' });
  expect(await statuses([endless], { timeoutMs: 20 })).toEqual({ endless: 'error: it was not done in time' });
});

test('only some: what they need is run and not told', async () => {
  const first = check('first', async () => 1);
  const second = check('second', async () => 1, [first]);

  expect(await statuses([first, second, failing('third')], { only: ['second'] })).toEqual({
    second: 'passed',
  });
});

test('without some: what needs them is skipped', async () => {
  const first = check('first', async () => 1);
  const second = check('second', async () => 1, [first]);

  expect(await statuses([first, second], { skip: ['first'] })).toEqual({
    first: 'skipped: it was left out',
    second: 'skipped: needs first, which is skipped',
  });
});

test('tells when a check begins and ends', async () => {
  const told: string[] = [];
  const first = failing('first');
  await runChecks([first, check('second', async () => 1, [first])], {
    onBegin: ({ id }) => told.push(`begin ${id}`),
    onEnd: ({ check: { id }, status }) => told.push(`${status} ${id}`),
  });

  expect(told).toEqual(['begin first', 'failed first', 'skipped second']);
});

test.each([{ limitMs: 200 }, { timeoutMs: 200 }])(
  '%j holds although garbage is collected meanwhile',
  async (options) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const collecting = setTimeout(collect, 20);
    try {
      const endless = check('endless', () => new Promise(() => {}));
      expect(await statuses([endless], options)).toEqual({ endless: 'error: it was not done in time' });
    } finally {
      clearTimeout(collecting);
    }
  },
  2_000,
);

test('a secret that AWS repeats does not get into what is reported', async () => {
  const refused = defineCheck({
    id: 'get-records',
    asserts: 'refused',
    fixedBy: 'reader',
    needs: [],
    run: async () => ({ status: 'failed' as const, message: 'x-amz-security-token:FwoGZXIvYXdz\n' }),
  });
  expect(await statuses([refused])).toEqual({ 'get-records': 'failed: x-amz-security-token:[hidden]\n' });
});
