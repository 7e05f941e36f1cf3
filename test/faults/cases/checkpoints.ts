import { join } from 'node:path';
import { projectRoot } from '../../../lab/project-root.js';
import type { FaultCase, Scene } from '../fault-case.js';
import type { Env } from '../helpers/fleet-worker.js';

const TRANSPORTS = ['host', 'multilang'] as const;
const OWN_CHECKPOINTS: Env = {
  HANDLER: join(projectRoot, 'build', 'test', 'faults', 'handlers', 'own-checkpoints.js'),
  MAX_ATTEMPTS: '2',
  RETRY_DELAY_MS: '50',
};

/** What is handled and not checkpointed, and the other way round. */
export const checkpointCases: readonly FaultCase[] = TRANSPORTS.flatMap((transport) => [
  {
    name: `a record processor fails once behind its own checkpoint, ${transport}`,
    exits: [],
    duplicates: 'none',
    env: { ...OWN_CHECKPOINTS, TRANSPORT: transport },
    logs: /"msg":"the record handler failed, trying again"/,
    async disturb({ putAlso, caughtUp, wait }) {
      await putAlso([{ partitionKey: 'poison', data: Buffer.from('{}') }]);
      // It fails in a batch after that.
      await wait(5_000);
      await caughtUp();
    },
  },
  {
    name: `the leases are lost, and then the worker is stopped, ${transport}`,
    exits: [0],
    duplicates: 'since the checkpoint',
    env: { TRANSPORT: transport },
    logs: /"msg":"stopped; \d+ handled records? of [12] shards? .* not checkpointed and comes? again/,
    async disturb(scene) {
      const end = withoutWrites(scene);
      await scene.until('both leases are lost', () => logged(scene, /^lease lost: \d+ handled record/) >= 2);
      await stopped(scene);
      end();
    },
  },
  {
    // KCL calls leaseLost once the batch is over: by then the worker stops.
    name: `the leases are lost while the worker stops, ${transport}`,
    exits: [5],
    duplicates: 'since the checkpoint',
    env: { TRANSPORT: transport },
    logs: /handled records? (was|were) not checkpointed and comes? again\), could not be stored/,
    async disturb(scene) {
      const end = withoutWrites(scene);
      await scene.until('a renewal has failed', () => logged(scene, /while renewing a lease/) >= 1);
      await stopped(scene);
      end();
    },
  },
]);

function withoutWrites({ dynamodb }: Scene): () => void {
  return dynamodb.disturb(({ operation }) =>
    operation === 'UpdateItem' ? { error: 'InternalServerError', status: 500 } : undefined,
  );
}

function logged({ workers }: Scene, message: RegExp): number {
  return workers.flatMap(({ current }) => current.log.filter(({ msg }) => message.test(msg))).length;
}

async function stopped({ workers, until }: Scene): Promise<void> {
  for (const worker of workers) worker.signal('SIGTERM');
  await until('it has ended', () => workers.every(({ exits }) => exits.length > 0));
}
