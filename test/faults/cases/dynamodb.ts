import type { Effect } from '../../../lab/gate/gate.js';
import type { FaultCase } from '../fault-case.js';

/** Longer than the lease lasts in these tests: 4 s. */
const OUTLASTS_LEASES_MS = 15_000;

const CHECKPOINT_FAILED = /"msg":"checkpoint failed"/;

/** The lease table, where leases are renewed and checkpoints stored. */
export const dynamodbCases: readonly FaultCase[] = [
  // The SDK tries throttled and hanging calls again by itself, for longer than that: nothing is logged.
  during('DynamoDB throttles (ProvisionedThroughputExceededException)', {
    error: 'ProvisionedThroughputExceededException',
  }),
  during('DynamoDB throttles (ThrottlingException)', { error: 'ThrottlingException' }),
  during('DynamoDB takes 3 s a call', { delayMs: 3_000 }),
  during('DynamoDB hangs', { hang: true }),
  during('DynamoDB answers 500', { error: 'InternalServerError', status: 500 }, CHECKPOINT_FAILED),
  during('DynamoDB denies access', { error: 'AccessDeniedException' }, /while renewing a lease/),
  gone('DynamoDB refuses connections', OUTLASTS_LEASES_MS),
  gone('DynamoDB is gone for 60 s', 60_000),
  gone('DynamoDB is gone for 60 s, fan-out', 60_000, { fanOut: true }),
  {
    name: 'DynamoDB refuses the last checkpoints of a stop',
    exits: [5],
    duplicates: 'since the checkpoint',
    logs: /not everything stopped within|could not be stored/,
    async disturb({ dynamodb, workers, until, wait }) {
      const end = dynamodb.disturb(({ operation }) =>
        operation === 'UpdateItem' ? { error: 'ProvisionedThroughputExceededException' } : undefined,
      );
      await wait(2_000);
      for (const worker of workers) {
        worker.signal('SIGTERM');
        await until('it has ended', () => worker.exits.length > 0);
      }
      end();
    },
  },
];

function during(name: string, effect: Effect, logs?: RegExp): FaultCase {
  return {
    name,
    ...(logs && { logs }),
    exits: [],
    duplicates: 'since the checkpoint',
    async disturb({ dynamodb, wait }) {
      const end = dynamodb.disturb(() => effect);
      await wait(OUTLASTS_LEASES_MS);
      end();
    },
  };
}

function gone(name: string, ms: number, way: Pick<FaultCase, 'fanOut'> = {}): FaultCase {
  return {
    name,
    ...way,
    // The lease may be lost before a checkpoint has failed.
    logs: /"msg":"checkpoint failed"|while renewing a lease/,
    exits: [],
    duplicates: 'since the checkpoint',
    async disturb({ dynamodb, wait }) {
      await dynamodb.shut();
      await wait(ms);
      await dynamodb.open();
    },
  };
}
