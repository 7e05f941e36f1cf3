import { eventOf } from './helpers/events.js';
import { ALL_HANDLED, functionOf } from './helpers/function.js';

const handleRecord = () => {};
const NOTICE = /^a record whose handler hangs is never given up, whatever ON_FAILURE says/;

test.each([
  ['longer than an invocation', '60000', '1'],
  ['with all attempts longer', '10000', '6'],
  ['up to the deadline, which is before the timeout', '59500', '1'],
  ['without end', '0', '1'],
])(
  'a time limit %s is told of once, at the first invocation',
  async (_what, HANDLER_TIMEOUT_MS, MAX_ATTEMPTS) => {
    const { invoke, log } = functionOf(
      { handleRecord },
      { HANDLER_TIMEOUT_MS, MAX_ATTEMPTS, ON_FAILURE: 'skip' },
    );
    expect(log.lines).toEqual([]);

    expect(await invoke(eventOf(1))).toEqual(ALL_HANDLED);
    expect(await invoke(eventOf(1))).toEqual(ALL_HANDLED);

    expect(log.messages('warn')).toEqual([expect.stringMatching(NOTICE)]);
    expect(log.messages('warn')[0]).toMatch(
      `HANDLER_TIMEOUT_MS is ${HANDLER_TIMEOUT_MS}${HANDLER_TIMEOUT_MS === '0' ? ', which is without end' : ''}, ` +
        `MAX_ATTEMPTS ${MAX_ATTEMPTS}, and an invocation has `,
    );
  },
);

test.each([
  ['that fits', { HANDLER_TIMEOUT_MS: '10000', MAX_ATTEMPTS: '5', ON_FAILURE: 'skip' }],
  ['of a function that gives nothing up', { HANDLER_TIMEOUT_MS: '0', ON_FAILURE: 'stop' }],
])('a time limit %s is not', async (_what, env) => {
  const { invoke, log } = functionOf({ handleRecord }, env);

  await invoke(eventOf(1));

  expect(log.lines).toEqual([]);
});
