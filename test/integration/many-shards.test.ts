import { type Lab, startLab } from '../../lab/lab.js';
import { testThoroughly } from '../helpers/thorough.js';
import { shardsTaken } from './helpers/fleet.js';
import { ReplayedFleet } from './helpers/replayed-fleet.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

async function withFleet(shards: number, use: (fleet: ReplayedFleet) => Promise<void>): Promise<void> {
  const fleet = await ReplayedFleet.open(lab, shards);
  try {
    await use(fleet);
  } finally {
    await fleet.dispose();
  }
}

/** Every record once at least, in order, parents first; and every shard that was closed is read to its end. */
async function expectReadWhole(fleet: ReplayedFleet, count: number): Promise<void> {
  const { verdict, shards, leases } = await fleet.end();
  expect(verdict).toMatchObject({ problems: [], lost: 0, orderKept: true });
  expect(shards.filter(({ open }) => open)).toHaveLength(count);
  // KCL deletes the lease of a shard once its children are read, so some are gone.
  const ends = shards.filter(({ open }) => !open).map(({ id }) => leases.get(id) ?? 'SHARD_END');
  expect(new Set(ends)).toEqual(new Set(['SHARD_END']));
}

test(
  '100 shards become 150 while one worker reads them and another takes over: all is read',
  () =>
    withFleet(100, async (fleet) => {
      const first = fleet.start();
      await first.until('every shard is taken', () => new Set(shardsTaken(first)).size >= 100);
      await fleet.updateShardCount(150);
      const second = fleet.start();
      await second.until('the second is given shards', () => shardsTaken(second).length > 0);
      await fleet.stop(first);
      await expectReadWhole(fleet, 150);
    }),
  400_000,
);

testThoroughly(
  '100 → 200 → 100 → 200 → 300 shards, in pages, with a rolling restart of two workers at each: all is read',
  () =>
    withFleet(100, async (fleet) => {
      let workers = [fleet.start(), fleet.start()];
      let shards = 100;
      for (const target of [200, 100, 200, 300]) {
        const [one] = workers;
        await one?.until('the shards are read', () => fleet.shardsRead >= shards, 300_000);
        await fleet.updateShardCount(target);
        shards += target;
        for (const old of workers) {
          const next = fleet.start();
          await next.until('the new one is given shards', () => shardsTaken(next).length > 0, 300_000);
          await fleet.stop(old);
          workers = [...workers.filter((worker) => worker !== old), next];
        }
      }
      await expectReadWhole(fleet, 300);
    }),
  1_800_000,
);
