import type { Effect, Fault } from '../../../lab/gate/gate.js';
import { mergeShards, splitShard } from '../../../lab/lab.js';
import { QUARTER, shard } from '../../integration/helpers/reshard.js';
import type { FaultCase, Scene } from '../fault-case.js';

const WHILE_MS = 15_000;

/** The stream: nothing of it touches the leases, so that nothing may come again. */
export const kinesisCases: readonly FaultCase[] = [
  ...bothWays('Kinesis answers 500', always({ error: 'InternalFailure', status: 500 })),
  ...bothWays('Kinesis answers 503', always({ error: 'ServiceUnavailable', status: 503 })),
  polling('Kinesis throttles', on('GetRecords', { error: 'ProvisionedThroughputExceededException' })),
  polling('Kinesis throttles (LimitExceededException)', always({ error: 'LimitExceededException' })),
  fanOut('Kinesis throttles', always({ error: 'LimitExceededException' })),
  fanOut('another has the subscription', on('SubscribeToShard', { error: 'ResourceInUseException' })),
  polling('shard iterators expire', on('GetRecords', { error: 'ExpiredIteratorException' })),
  ...bothWays('Kinesis hangs', always({ hang: true })),
  ...bothWays('Kinesis cuts connections before it answers', always({ cut: 'before' })),
  ...bothWays('Kinesis cuts connections within answers', always({ cut: 'within' })),
  ...ways(
    'Kinesis is gone for 60 s',
    async ({ kinesis, wait }) => {
      await kinesis.shut();
      await wait(60_000);
      await kinesis.open();
    },
    { logs: /Connection refused/ },
  ),
  ...ways(
    'the resource policy is removed and restored',
    async ({ stream, kinesis, wait }) => {
      await stream.unshare();
      kinesis.cut();
      await wait(WHILE_MS);
      await stream.share();
    },
    { logs: /because no resource-based policy allows/ },
  ),
  ...ways(
    'KMS access is revoked and given back',
    async ({ stream, wait }) => {
      stream.unshareKey();
      await wait(WHILE_MS);
      stream.shareKey();
    },
    { encrypted: true, logs: /is not authorized to decrypt records/ },
  ),
  ...ways(
    'a split and a merge',
    async ({ lab, stream, wait }) => {
      await splitShard(lab.owner, stream.arn, shard(0), QUARTER);
      await wait(3_000);
      await mergeShards(lab.owner, stream.arn, shard(3), shard(1));
      await wait(3_000);
    },
    { duplicates: 'since the checkpoint' },
  ),
];

function always(effect: Effect): Fault {
  return () => effect;
}

function on(wanted: string, effect: Effect): Fault {
  return ({ operation }) => (operation === wanted ? effect : undefined);
}

function bothWays(name: string, fault: Fault): FaultCase[] {
  return [polling(name, fault), fanOut(name, fault)];
}

function polling(name: string, fault: Fault): FaultCase {
  return { name, exits: [], duplicates: 'none', disturb: during(fault) };
}

function fanOut(name: string, fault: Fault): FaultCase {
  return { ...polling(`${name}, fan-out`, fault), fanOut: true };
}

function during(fault: Fault): FaultCase['disturb'] {
  return async ({ kinesis, wait }) => {
    const end = kinesis.disturb(fault);
    // A subscription that stands makes no call for five minutes.
    kinesis.cut();
    await wait(WHILE_MS);
    end();
  };
}

function ways(
  name: string,
  disturb: (scene: Scene) => Promise<void>,
  more: Partial<Pick<FaultCase, 'encrypted' | 'logs' | 'duplicates'>> = {},
): FaultCase[] {
  const one = { name, exits: [], duplicates: 'none', ...more, disturb } as const;
  return [one, { ...one, name: `${name}, fan-out`, fanOut: true }];
}
