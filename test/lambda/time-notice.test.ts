import { eventOf } from './helpers/events.js';
import { ALL_HANDLED, functionOf } from './helpers/function.js';

const handleRecord = () => {};
const NOTICE = /^a record whose handler takes too long may never be given up, whatever ON_FAILURE says: /;

/** An invocation has 60 s, and aborts what is at hand a second before. */
test.each([
  ['longer than an invocation', { HANDLER_TIMEOUT_MS: '60000' }, 'its attempts may take 65000 ms'],
  ['with the time to end longer', { HANDLER_TIMEOUT_MS: '55000' }, 'its attempts may take 60000 ms'],
  [
    'with all attempts longer',
    { HANDLER_TIMEOUT_MS: '10000', MAX_ATTEMPTS: '4' },
    'its attempts may take 60000 ms (MAX_ATTEMPTS 4 × HANDLER_TIMEOUT_MS 10000 and 5000 to end, with the pauses between)',
  ],
  [
    'with the pauses longer',
    { HANDLER_TIMEOUT_MS: '1000', MAX_ATTEMPTS: '5', RETRY_DELAY_MS: '5000', RETRY_MAX_DELAY_MS: '8000' },
    'its attempts may take 59000 ms', // 5 × 6 s, and 5, 8, 8 and 8 s between them
  ],
  [
    'with pauses far too many to be counted one by one',
    { HANDLER_TIMEOUT_MS: '1', MAX_ATTEMPTS: '1000000000', RETRY_DELAY_MS: '1', RETRY_MAX_DELAY_MS: '1' },
    'its attempts may take 5001999999999 ms',
  ],
  [
    'without end',
    { HANDLER_TIMEOUT_MS: '0' },
    'HANDLER_TIMEOUT_MS is 0, which is without end, and an invocation has 5',
  ],
])('a time limit %s is told of once, at the first invocation', async (_what, env, message) => {
  const { invoke, log } = functionOf({ handleRecord }, { ON_FAILURE: 'skip', ...env });
  expect(log.lines).toEqual([]);

  expect(await invoke(eventOf(1))).toEqual(ALL_HANDLED);
  expect(await invoke(eventOf(1))).toEqual(ALL_HANDLED);

  expect(log.messages('warn')).toEqual([expect.stringMatching(NOTICE)]);
  expect(log.lines).toEqual([expect.objectContaining({ requestId: 'request-1' })]);
  expect(log.messages('warn')[0]).toContain(message);
  const { HANDLER_TIMEOUT_MS } = env;
  expect(log.messages('warn')[0]).toMatch(
    HANDLER_TIMEOUT_MS === '0' ? /; give it an end$/ : /; lower them, or raise the function's timeout$/,
  );
});

test.each([
  [
    "that fits, as the template's",
    { HANDLER_TIMEOUT_MS: '5000', MAX_ATTEMPTS: '5', RETRY_DELAY_MS: '200', ON_FAILURE: 'skip' },
  ],
  [
    'without pauses',
    { HANDLER_TIMEOUT_MS: '5000', MAX_ATTEMPTS: '5', RETRY_DELAY_MS: '0', ON_FAILURE: 'skip' },
  ],
  ['of a function that gives nothing up', { HANDLER_TIMEOUT_MS: '0', ON_FAILURE: 'stop' }],
])('a time limit %s is not', async (_what, env) => {
  const { invoke, log } = functionOf({ handleRecord }, env);

  await invoke(eventOf(1));

  expect(log.lines).toEqual([]);
});
