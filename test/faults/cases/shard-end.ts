import { join } from 'node:path';
import type { Fault } from '../../../lab/gate/gate.js';
import { type RecordToPut, splitShard } from '../../../lab/lab.js';
import { projectRoot } from '../../../lab/project-root.js';
import { QUARTER, shard } from '../../integration/helpers/reshard.js';
import type { FaultCase, Scene } from '../fault-case.js';

const HANDLER = join(projectRoot, 'build', 'test', 'faults', 'handlers', 'poisoned.js');
const TRANSPORTS = ['host', 'multilang'] as const;

/** KCL takes "not found" for the end of a shard; here the shard is closed, and the worker lags in it. */
export const shardEndCases: readonly FaultCase[] = TRANSPORTS.flatMap((transport) => [
  deletedConsumer(transport),
  shardNotFound(transport),
]);

function deletedConsumer(transport: string): FaultCase {
  let consumerArn: string | undefined;
  return {
    ...lagging(`a split, and the consumer is deleted while a worker lags, ${transport}`),
    fanOut: true,
    env: () => ({ HANDLER, TRANSPORT: transport, ...(consumerArn && { CONSUMER_ARN: consumerArn }) }),
    async disturb(scene) {
      const { stream, kinesis, workers } = scene;
      await lagBehindASplit(scene);
      workers[0]?.hold();
      // What Kinesis answers once the consumer is gone; the gate asks its policy first, which is gone too.
      const end = kinesis.disturb(notFound(['SubscribeToShard']));
      consumerArn = await stream.replaceConsumer();
      kinesis.cut();
      await ended(scene);
      end();
      workers[0]?.release();
      await scene.caughtUp();
    },
  };
}

function shardNotFound(transport: string): FaultCase {
  return {
    ...lagging(`a split, and Kinesis does not find the shard while a worker lags, ${transport}`),
    // KCL fetches three answers ahead; the next worker has much to read.
    env: (starts) => ({ HANDLER, TRANSPORT: transport, ...(starts === 0 && { KCL_MAX_RECORDS: '20' }) }),
    async disturb(scene) {
      const { kinesis, workers } = scene;
      await lagBehindASplit(scene);
      workers[0]?.hold();
      const end = kinesis.disturb(notFound(['GetRecords', 'GetShardIterator']));
      await ended(scene);
      end();
      workers[0]?.release();
      await scene.caughtUp();
    },
  };
}

function lagging(name: string) {
  return {
    name,
    shards: 1,
    exits: [3],
    duplicates: 'since the checkpoint',
    logs: /The checkpoints stay/,
  } as const;
}

/** Some of them are on their way to the worker, others still in the shard, when it is closed. */
async function lagBehindASplit({ lab, stream, putAlso, wait }: Scene): Promise<void> {
  const slow: RecordToPut[] = Array.from({ length: 200 }, () => ({
    partitionKey: 'takes 30 ms',
    data: Buffer.from('{}'),
  }));
  await putAlso(slow);
  await wait(3_000);
  await putAlso(slow);
  await splitShard(lab.owner, stream.arn, shard(0), QUARTER);
}

function notFound(operations: readonly string[]): Fault {
  return ({ operation }) =>
    operations.includes(operation) ? { error: 'ResourceNotFoundException' } : undefined;
}

function ended({ workers, until }: Scene): Promise<void> {
  return until('the worker has ended', () => workers[0]?.exits.length === 1);
}
