import { ShardDelivery } from '../../../src/delivery/shard-delivery.js';
import { UncheckpointedRecords } from '../../../src/delivery/uncheckpointed-records.js';
import { LauncherLog } from '../../../src/worker/launcher-log.js';
import { noteChildEntry } from '../../../src/worker/multilang/children.js';
import { checkpoints } from '../../helpers/checkpoints.js';
import { deliverySettings } from '../../helpers/delivery-settings.js';
import { memoryLog } from '../../helpers/memory-log.js';
import { records } from '../../helpers/records.js';
import { STREAM } from '../../helpers/stream.js';

/** A parent that gets the log of a child, from which it counts; and what the child delivers. */
function childAndParent() {
  const counted = new UncheckpointedRecords();
  const parent = new LauncherLog(memoryLog().logger, {
    onChildEntry: (entry) => noteChildEntry(counted, entry),
  });
  const child = memoryLog();
  const settings = { ...deliverySettings(() => {}), checkpointIntervalMs: 1e9, logger: child.logger };
  const delivery = () => new ShardDelivery(settings, STREAM, 's0');
  const counts = () => {
    for (const line of child.lines.splice(0)) parent.line(JSON.stringify(line), 'stderr');
    return [counted.records, counted.shards];
  };
  return { delivery, counts, parent };
}

test('what a child loses its lease with is counted, until a child has checkpointed it', async () => {
  const { delivery, counts } = childAndParent();
  const first = delivery();
  await first.deliver(records(5), 0, checkpoints().checkpoint);
  await first.leaseLost();
  expect(counts()).toEqual([5, 1]);

  const second = delivery();
  await second.deliver(records(3), 0, checkpoints().checkpoint);
  await second.shutdownRequested(checkpoints().checkpoint);
  expect(counts()).toEqual([2, 1]);
  await second.leaseLost();

  const third = delivery();
  await third.deliver(records(5).slice(3), 0, checkpoints().checkpoint);
  await third.shutdownRequested(checkpoints().checkpoint);
  expect(counts()).toEqual([0, 0]);
});

test("the shard's end is a checkpoint too", async () => {
  const { delivery, counts } = childAndParent();
  const first = delivery();
  await first.deliver(records(5), 0, checkpoints().checkpoint);
  await first.leaseLost();
  await delivery().shardEnded(checkpoints().checkpoint);
  expect(counts()).toEqual([0, 0]);
});

test.each([
  { uncheckpointed: 5 },
  { uncheckpointed: 5, stream: 1, shard: 2, sequenceNumber: '3' },
  { uncheckpointed: 5, stream: 'a', shard: 'b', sequenceNumber: 'LATEST' },
  { uncheckpointed: '5', stream: 'a', shard: 'b', sequenceNumber: '3' },
])('other lines count for nothing: %j', (fields) => {
  const { parent, counts } = childAndParent();
  parent.line(JSON.stringify({ level: 40, msg: 'hello', ...fields }), 'stderr');
  expect(counts()).toEqual([0, 0]);
});
