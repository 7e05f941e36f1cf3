import { malformedAggregates } from '../../integration/helpers/aggregates.js';
import type { FaultCase } from '../fault-case.js';

/** Longer than the lease lasts in these tests: 4 s. */
const OUTLASTS_LEASES_MS = 15_000;

/** What other people's bytes and other workers do. */
export const otherCases: readonly FaultCase[] = [
  ...(['host', 'multilang'] as const).map(
    (TRANSPORT): FaultCase => ({
      name: `KPL aggregates that can't be taken apart, ${TRANSPORT}`,
      exits: [],
      duplicates: 'none',
      env: { TRANSPORT },
      logs: /can't be taken apart/,
      async disturb({ putAlso, caughtUp }) {
        await putAlso(malformedAggregates());
        await caughtUp();
      },
    }),
  ),
  {
    name: 'three workers start a new application at once',
    workers: 3,
    exits: [],
    duplicates: 'since the checkpoint',
    disturb: ({ caughtUp }) => caughtUp(),
  },
  {
    name: 'DynamoDB refuses the index of the lease table',
    exits: [],
    duplicates: 'since the checkpoint',
    logs: /assigned to this worker can't be found/,
    async disturb({ dynamodb, wait }) {
      const end = dynamodb.disturb(({ operation }) =>
        operation === 'Query' ? { error: 'ResourceNotFoundException' } : undefined,
      );
      await wait(OUTLASTS_LEASES_MS);
      end();
    },
  },
];
