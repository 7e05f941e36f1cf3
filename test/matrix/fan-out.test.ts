import { testThoroughly } from '../helpers/thorough.js';
import { rowsOf, runWithAll } from './helpers/daemon.js';
import { Share } from './helpers/share.js';
import { expectNeeded } from './helpers/table.js';

const MATRIX_MS = 600_000;
const WAY = 'KCL, fan-out from an encrypted stream';
/** KCL's cleaning of leases calls them, minutes after a shard has ended; docs/policy.md names them. */
const LATER = ['kinesis:GetShardIterator', 'kinesis:GetRecords'];

test('fan-out from a stream that is not encrypted: the printed policies are enough', async () => {
  const share = await Share.open({ for: 'kcl', fanOut: true });
  try {
    expect(await runWithAll(share)).toEqual([]);
  } finally {
    await share.lab.stop();
  }
});

describe('fan-out from an encrypted stream', () => {
  let share: Share;
  beforeAll(async () => {
    share = await Share.open({ for: 'kcl', fanOut: true, encrypted: true });
  });
  afterAll(() => share.lab.stop());

  test('the printed policies are enough', async () => {
    expect(await runWithAll(share)).toEqual([]);
  });

  testThoroughly(
    'each printed action is needed, by its own calls alone',
    async () => {
      // Lease table and metrics are those of polling.
      const rows = await rowsOf(
        share,
        ({ statement, action = '' }) =>
          /^(LeaseTable|FormerTables|Metrics)/.test(statement) || LATER.includes(action),
      );
      expectNeeded(WAY, share.grants('any'), rows);
    },
    MATRIX_MS,
  );
});
