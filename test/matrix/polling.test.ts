import { testThoroughly } from '../helpers/thorough.js';
import { rowsOf, runWithAll } from './helpers/daemon.js';
import { Share } from './helpers/share.js';
import { expectNeeded } from './helpers/table.js';

const MATRIX_MS = 600_000;

describe.each([
  ['KCL, polling', { for: 'kcl' }, () => false],
  // Only what the encryption adds.
  [
    'KCL, polling an encrypted stream',
    { for: 'kcl', encrypted: true },
    (action?: string) => action !== 'kms:Decrypt',
  ],
] as const)('%s', (name, way, skip) => {
  let share: Share;
  beforeAll(async () => {
    share = await Share.open(way);
  });
  afterAll(() => share.lab.stop());

  test('the printed policies are enough', async () => {
    expect(await runWithAll(share)).toEqual([]);
  });

  testThoroughly(
    'each printed action is needed, by its own calls alone',
    async () => {
      expectNeeded(name, share.grants('any'), await rowsOf(share, ({ action }) => skip(action)));
    },
    MATRIX_MS,
  );
});
