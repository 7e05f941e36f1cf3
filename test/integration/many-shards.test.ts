import { type Lab, startLab } from '../../lab/lab.js';
import { testThoroughly } from '../helpers/thorough.js';
import { GRACE_MS, ReplayedFleet } from './helpers/replayed-fleet.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

async function withFleet(
  shards: number,
  patienceMs: number,
  use: (fleet: ReplayedFleet) => Promise<void>,
): Promise<void> {
  const fleet = await ReplayedFleet.open(lab, shards, patienceMs);
  try {
    await use(fleet);
  } finally {
    await fleet.dispose();
  }
}

/** More than all that may take its time, so that what takes too long says so itself. */
const limitOf = ({ waits, stops, patienceMs }: { waits: number; stops: number; patienceMs: number }) =>
  waits * patienceMs + stops * (GRACE_MS + 10_000) + 60_000;

/** Every record once at least, in order, parents first; and every shard that was closed is read to its end. */
async function expectReadWhole(fleet: ReplayedFleet, count: number): Promise<void> {
  const { verdict, shards, leases } = await fleet.end();
  expect(verdict).toMatchObject({ problems: [], lost: 0, orderKept: true });
  expect(shards.filter(({ open }) => open)).toHaveLength(count);
  // KCL deletes the lease of a shard once its children are read, so some are gone.
  const ends = shards.filter(({ open }) => !open).map(({ id }) => leases.get(id) ?? 'SHARD_END');
  expect(new Set(ends)).toEqual(new Set(['SHARD_END']));
}

/** Reads `before` shards that become `after` while the one worker hands over to another. */
const handOver = (before: number, after: number, patienceMs: number) =>
  withFleet(before, patienceMs, async (fleet) => {
    const first = fleet.start();
    await fleet.untilOpenShardsAreRead();
    await fleet.updateShardCount(after);
    const second = fleet.start();
    await fleet.untilGivenShards(second);
    await fleet.stop(first);
    await expectReadWhole(fleet, after);
  });

const FEW = { waits: 4, stops: 2, patienceMs: 120_000 };
test(
  '32 shards become 48 while one worker reads them and another takes over: all is read',
  () => handOver(32, 48, FEW.patienceMs),
  limitOf(FEW),
);

const MANY = { waits: 4, stops: 2, patienceMs: 300_000 };
testThoroughly(
  '100 shards become 150 while one worker reads them and another takes over: all is read',
  () => handOver(100, 150, MANY.patienceMs),
  limitOf(MANY),
);

const STEPS = [200, 100, 200, 300];
const ROLLING = { waits: 3 * STEPS.length + 2, stops: 2 * STEPS.length + 2, patienceMs: 300_000 };
testThoroughly(
  '100 → 200 → 100 → 200 → 300 shards, in pages, with a rolling restart of two workers at each: all is read',
  () =>
    withFleet(100, ROLLING.patienceMs, async (fleet) => {
      let workers = [fleet.start(), fleet.start()];
      for (const target of STEPS) {
        await fleet.untilOpenShardsAreRead();
        await fleet.updateShardCount(target);
        for (const old of workers) {
          const next = fleet.start();
          await fleet.untilGivenShards(next);
          await fleet.stop(old);
          workers = [...workers.filter((worker) => worker !== old), next];
        }
      }
      await expectReadWhole(fleet, 300);
    }),
  limitOf(ROLLING),
);
