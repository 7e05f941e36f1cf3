import type { FaultCase } from '../fault-case.js';

/** Faults of the services that a worker calls. */
export const serviceCases: readonly FaultCase[] = [
  {
    name: 'no fault',
    exits: [],
    duplicates: 'none',
    async disturb({ wait }) {
      await wait(5_000);
    },
  },
  {
    name: 'DynamoDB throttles',
    exits: [],
    duplicates: 'since the checkpoint',
    async disturb({ dynamodb, wait }) {
      const end = dynamodb.disturb(() => ({ error: 'ProvisionedThroughputExceededException' }));
      await wait(10_000);
      end();
    },
  },
];
