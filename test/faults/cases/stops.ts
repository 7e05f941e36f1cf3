import { shard } from '../../integration/helpers/reshard.js';
import type { FaultCase, Scene } from '../fault-case.js';

const TRANSPORTS = ['host', 'multilang'] as const;
/** KCL has asked Kinesis for an iterator of a shard: then the record processor is initialized, a child started. */
const BEGINS_A_SHARD = /^Initializing shard /;

/** SIGTERM before the shards are read. At other moments: test/stopping/. */
export const stopCases: readonly FaultCase[] = TRANSPORTS.flatMap((transport): FaultCase[] => [
  {
    name:
      transport === 'multilang'
        ? 'SIGTERM while the children start, multilang'
        : 'SIGTERM while the shards are taken',
    exits: [0, 0],
    duplicates: 'none',
    env: { TRANSPORT: transport },
    async disturb(scene) {
      await restart(scene, 1);
      await scene.until('it begins a shard', () => logged(scene, BEGINS_A_SHARD));
      await restart(scene, 2);
    },
  },
  {
    name: `SIGTERM while a shard can't be initialized, ${transport}`,
    exits: [0, 0],
    duplicates: 'none',
    env: { TRANSPORT: transport },
    async disturb(scene) {
      const end = scene.kinesis.disturb(({ operation, fields }) =>
        operation === 'GetShardIterator' && fields.ShardId === shard(0)
          ? { error: 'AccessDeniedException' }
          : undefined,
      );
      await restart(scene, 1);
      await scene.until('it was refused', () => scene.kinesis.disturbedCalls() >= 2);
      await scene.until('the other shard is read', () => (scene.workers[0]?.current.ledger.length ?? 0) > 0);
      await restart(scene, 2);
      end();
    },
  },
]);

/** Until it has ended for the nth time; then it is started again. */
async function restart({ workers: [worker], until }: Scene, times: number): Promise<void> {
  worker?.signal('SIGTERM');
  await until('the worker is started again', () => worker?.runs.length === times + 1);
}

function logged({ workers: [worker] }: Scene, text: RegExp): boolean {
  return worker?.current.log.some(({ msg }) => text.test(msg)) === true;
}
