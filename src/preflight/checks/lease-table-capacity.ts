import type { GlobalSecondaryIndexDescription, TableDescription } from '@aws-sdk/client-dynamodb';
import { LEASE_INDEX } from '../../policy/actions.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import type { FoundTable } from './lease-table.js';
import type { Summary } from './stream-summary.js';

/** A lease is renewed three times in failoverTimeMillis, of 10 s unless it is set. A renewal is one write unit. */
const RENEWALS_PER_SECOND = 0.3;
/** The leader's lock and the worker's load, written about every 10 s by a worker. */
const OTHER_WRITES_PER_SECOND = 0.2;

/** Whether a table with provisioned capacity can take the renewals of the leases; checkpoints come on top. */
export function leaseTableCapacityCheck(
  table: Check<FoundTable>,
  summaries: readonly Check<Summary>[],
): Check {
  return defineCheck({
    id: 'lease-table-capacity',
    asserts: 'has a lease table with capacity for the renewals of all leases',
    fixedBy: 'reader',
    needs: [table, ...summaries],
    async run([found, ...streams]): Promise<Verdict<undefined>> {
      if (found === 'missing') return passed('KCL creates it on demand', undefined);
      const units = found.ProvisionedThroughput?.WriteCapacityUnits ?? 0;
      if (isOnDemand(found) || units === 0) return passed('it is on demand', undefined);
      const shards = streams.reduce((sum, { OpenShardCount = 0 }) => sum + OpenShardCount, 0);
      const needed = Math.ceil(shards * RENEWALS_PER_SECOND + OTHER_WRITES_PER_SECOND);
      const index = found.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === LEASE_INDEX);
      const facts = `${units} write units${ofIndex(index)}; the leases of ${shards} open shards take ${needed} a second, and checkpoints more`;
      if (units >= needed) return passed(facts, undefined);
      return {
        status: 'warning',
        message: `${facts}: DynamoDB throttles renewals, and leases are lost`,
        cure: 'Change the table to on demand (aws dynamodb update-table --billing-mode PAY_PER_REQUEST), or provision more; a warning too where auto scaling adds units later.',
        value: undefined,
      };
    },
  });
}

function isOnDemand({ BillingModeSummary }: TableDescription): boolean {
  return BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST';
}

function ofIndex(index: GlobalSecondaryIndexDescription | undefined): string {
  const units = index?.ProvisionedThroughput?.WriteCapacityUnits ?? 0;
  return units === 0 ? '' : ` (its index ${units})`;
}
