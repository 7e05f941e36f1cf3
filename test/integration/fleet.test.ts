import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, putRecords, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { Putter } from '../faults/helpers/putter.js';
import { handlerFile, sharedStream } from './helpers/fixtures.js';
import { Fleet, killBoth, shardsTaken } from './helpers/fleet.js';

const SHARDS = 4;

let lab: Lab;
let folder: string;
beforeAll(async () => {
  lab = await startLab();
  folder = mkdtempSync(join(tmpdir(), 'xak-fleet-'));
});
afterAll(async () => {
  await lab.stop();
  rmSync(folder, { recursive: true });
});

async function withFleet(use: (fleet: Fleet, streamArn: string) => Promise<void>): Promise<void> {
  const { arn, application } = await sharedStream(lab, [], SHARDS);
  const fleet = new Fleet(lab, arn, application);
  try {
    await use(fleet, arn);
  } finally {
    await fleet.dispose();
  }
}

test('a worker that joins is given shards in the middle of their batches, and no record twice; once the first is killed it reads all', () =>
  withFleet(async (fleet, arn) => {
    const orders = await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 300 * SHARDS));
    const before = orders.map(({ shardId: shard, sequenceNumber }) => ({ shard, sequenceNumber }));
    const env = { HANDLER: handlerFile('hurried'), HURRY_FILE: join(folder, 'hurry') };
    const first = fleet.start(env);
    await first.until('the first reads every shard', () => shardsTaken(first).length === SHARDS);
    const second = fleet.start(env);
    await second.until('the second is given a shard', () => shardsTaken(second).length > 0);
    writeFileSync(env.HURRY_FILE, '');
    await fleet.untilHandled(before);

    expect(fleet.handled).toBe(before.length); // none twice
    expect(first.ledger.length).toBeGreaterThan(0);
    expect(second.ledger.length).toBeGreaterThan(0);
    expect(first.log.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^shard shardId-\d+: told Node .* to leave, because of handover$/),
    );

    const putter = new Putter(lab, arn);
    const reads = second.ledger.length;
    await second.until('the second reads on', () => second.ledger.length > reads);
    killBoth(first); // the leader, which gives the shards out
    await second.until('it has every shard', () => new Set(shardsTaken(second)).size === SHARDS);
    await putter.stop();
    const put = [...before, ...putter.put];
    await fleet.untilHandled(put);

    const verdict = await fleet.judge(put, 'since the checkpoint');
    expect(verdict).toMatchObject({ problems: [], lost: 0, orderKept: true });
  }));

test('a rolling restart hands the shards over: nothing is lost, and no record comes twice', () =>
  withFleet(async (fleet, arn) => {
    const putter = new Putter(lab, arn);
    const old = [fleet.start(), fleet.start()];
    const [first] = old;
    await first?.until('the old ones read', () => new Set(old.flatMap(shardsTaken)).size === SHARDS);

    for (const worker of old) {
      const next = fleet.start();
      await next.until('the new one is given a shard', () => shardsTaken(next).length > 0);
      expect(await worker.stop()).toEqual({ code: 0, signal: null });
    }
    await putter.stop();
    await fleet.untilHandled(putter.put);

    const verdict = await fleet.judge(putter.put, 'none');
    expect(verdict).toMatchObject({ problems: [], lost: 0, duplicates: 0, orderKept: true });
  }));
