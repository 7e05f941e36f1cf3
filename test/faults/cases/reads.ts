import type { Fault } from '../../../lab/gate/gate.js';
import { shard } from '../../integration/helpers/reshard.js';
import type { FaultCase, Scene } from '../fault-case.js';

/** Sooner than in production, so that it is reported within seconds. */
const STALL = { STALL_WARNING_MS: '3000' };
const EXPIRED: Fault = () => ({
  error: 'ExpiredTokenException',
  message: 'The security token included in the request is expired',
});

/** A lease is held, and its shard is not read. */
export const readCases: readonly FaultCase[] = [
  ...bothTransports({
    name: 'GetShardIterator is refused for one shard from the start',
    exits: [0],
    duplicates: 'none',
    logs: /no progress for \d+ s: the lease of shardId-000000000000 is held.*GetShardIterator: AccessDenied/,
    async disturb(scene) {
      const end = scene.kinesis.disturb(onIterator(shard(0), 'AccessDeniedException', 'no policy allows it'));
      await restart(scene);
      await reported(scene, /is not read: GetShardIterator: /);
      end();
      await scene.caughtUp();
    },
  }),
  ...bothTransports({
    name: 'access is denied for longer than stallWarningMs',
    exits: [],
    duplicates: 'none',
    logs: /is not read: GetRecords: AccessDeniedException: .*because no resource-based policy allows/,
    async disturb(scene) {
      await scene.stream.unshare();
      await reported(scene, /is not read: GetRecords: /);
      await scene.stream.share();
      await scene.caughtUp();
    },
  }),
  ...bothTransports({
    name: 'the consumer is deleted, and its policy with it, fan-out',
    fanOut: true,
    exits: [],
    duplicates: 'none',
    logs: /is not read: SubscribeToShard: AccessDenied.*or the owner has deleted the consumer/,
    async disturb(scene) {
      const end = scene.kinesis.disturb(({ operation }) =>
        /^(SubscribeToShard|DescribeStreamConsumer)$/.test(operation)
          ? {
              error: 'AccessDeniedException',
              message: `no resource-based policy allows kinesis:${operation}`,
            }
          : undefined,
      );
      scene.kinesis.cut();
      await reported(scene, /is not read: SubscribeToShard: /);
      end();
      await scene.caughtUp();
    },
  }),
  ...bothTransports({
    name: 'the checkpoints did not come from this stream',
    exits: [3],
    duplicates: 'none',
    logs: /the stream .* was deleted and made again|did not come from the stream/,
    async disturb(scene) {
      const { kinesis, workers, until } = scene;
      const end = kinesis.disturb((call) =>
        call.operation === 'GetRecords'
          ? { error: 'ExpiredIteratorException' }
          : onIterator(
              undefined,
              'InvalidArgumentException',
              'StartingSequenceNumber 1 used in GetShardIterator is invalid because it did not come from this stream.',
            )(call),
      );
      await until('it has ended', () => workers.every(({ exits }) => exits.length > 0));
      end();
      await scene.caughtUp();
    },
  }),
  ...bothTransports({
    name: 'the credentials expire',
    exits: [3],
    duplicates: 'since the checkpoint',
    logs: /the AWS credentials for .* are not valid since .*ExpiredTokenException/,
    async disturb({ kinesis, dynamodb, workers, until, caughtUp }) {
      const ends = [kinesis.disturb(EXPIRED), dynamodb.disturb(EXPIRED)];
      await until('it has ended', () => workers.every(({ exits }) => exits.length > 0));
      for (const end of ends) end();
      await caughtUp();
    },
  }),
];

function bothTransports(one: FaultCase): FaultCase[] {
  return [
    { ...one, env: STALL },
    { ...one, name: `${one.name}, multilang`, env: { ...STALL, TRANSPORT: 'multilang' } },
  ];
}

function onIterator(of: string | undefined, error: string, message: string): Fault {
  return ({ operation, fields }) =>
    operation === 'GetShardIterator' && (of === undefined || fields.ShardId === of)
      ? { error, message }
      : undefined;
}

async function restart({ workers, until }: Scene): Promise<void> {
  for (const worker of workers) {
    worker.signal('SIGTERM');
    await until('it has ended', () => worker.exits.length > 0);
    await until('it has started again', () => worker.started);
  }
}

async function reported({ workers, until }: Scene, line: RegExp): Promise<void> {
  await until(`the log has ${line}`, () =>
    workers.some(({ current }) => current.log.some(({ msg }) => line.test(msg))),
  );
}
