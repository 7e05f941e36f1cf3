import { rowsOf, runWith } from './helpers/pollers.js';
import { Share } from './helpers/share.js';
import { expectNeeded } from './helpers/table.js';

/** Whether a poller with a consumer makes these is not documented; docs/policy.md names them. */
const OF_POLLING = ['kinesis:GetShardIterator', 'kinesis:GetRecords'];

describe.each([
  ['Lambda, polling an encrypted stream', false, []],
  ['Lambda, fan-out from an encrypted stream', true, OF_POLLING],
] as const)('%s', (name, fanOut, undocumented) => {
  let share: Share;
  beforeAll(async () => {
    share = await Share.open({ for: 'lambda', fanOut, encrypted: true });
  });
  afterAll(() => share.lab.stop());

  test('the printed policies are enough', async () => {
    expect(await runWith(share)).toEqual({ failed: [], read: true });
  });

  test('each printed action is needed, by its own calls alone', async () => {
    const skipped = (action = '') => (undocumented as readonly string[]).includes(action);
    expectNeeded(name, share.grants(''), await rowsOf(share, ({ action }) => skipped(action)));
  });
});

test.each([
  ['polling', false],
  ['fan-out', true],
])('%s without encryption: the printed policies are enough', async (_way, fanOut) => {
  const share = await Share.open({ for: 'lambda', fanOut });
  try {
    expect(await runWith(share)).toEqual({ failed: [], read: true });
  } finally {
    await share.lab.stop();
  }
});
