import { join } from 'node:path';
import { projectRoot } from '../../../lab/project-root.js';
import type { Env, FaultCase } from '../fault-case.js';

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
    name: `DynamoDB refuses writes until the leases are lost, and the worker is stopped, ${transport}`,
    exits: [0],
    duplicates: 'since the checkpoint',
    env: { TRANSPORT: transport },
    async disturb({ dynamodb, workers, until, wait }) {
      const end = dynamodb.disturb(({ operation }) =>
        operation === 'UpdateItem' ? { error: 'InternalServerError', status: 500 } : undefined,
      );
      await wait(9_000);
      for (const worker of workers) {
        worker.signal('SIGTERM');
        await until('it has ended', () => worker.exits.length > 0);
      }
      end();
    },
  },
]);
