import type { GlobalSecondaryIndexDescription, TableDescription } from '@aws-sdk/client-dynamodb';
import { DEFAULT_LEASE_WRITES, type LeaseWrites } from '../../config/table-keys.js';
import { LEASE_INDEX } from '../../policy/actions.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import type { FoundTable } from './lease-table.js';
import type { Summary } from './stream-summary.js';

/** In failoverTimeMillis. A renewal is one write unit. */
const RENEWALS = 3;
/** The leader's lock and the worker's load, written about every 10 s by a worker. */
const OTHER_WRITES_PER_SECOND = 0.2;

/** Whether a table with provisioned capacity can take the renewals of the leases; checkpoints come on top. */
export function leaseTableCapacityCheck(
  table: Check<FoundTable>,
  summaries: readonly Check<Summary>[],
  { failoverTimeMillis, newTableUnits }: LeaseWrites = DEFAULT_LEASE_WRITES,
): Check {
  return defineCheck({
    id: 'lease-table-capacity',
    asserts: 'has a lease table with capacity for the renewals of all leases',
    fixedBy: 'reader',
    needs: [table, ...summaries],
    async run([found, ...streams]): Promise<Verdict<undefined>> {
      const made = found === 'missing' ? undefined : found;
      const units = made ? unitsOf(made) : newTableUnits;
      if (units === undefined)
        return passed(made ? 'it is on demand' : 'KCL creates it on demand', undefined);
      const shards = streams.reduce((sum, { OpenShardCount = 0 }) => sum + OpenShardCount, 0);
      const needed = Math.ceil((shards * RENEWALS * 1000) / failoverTimeMillis + OTHER_WRITES_PER_SECOND);
      const index = made?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === LEASE_INDEX);
      const facts = `${made ? '' : 'KCL creates it with '}${units} write units${ofIndex(index)}; the leases of ${shards} open shards take ${needed} a second, and checkpoints more`;
      if (units >= needed) return passed(facts, undefined);
      return {
        status: 'warning',
        message: `${facts}: DynamoDB throttles renewals, and leases are lost`,
        remedy: made
          ? 'Change the table to on demand (aws dynamodb update-table --billing-mode PAY_PER_REQUEST), or provision more; a warning too where auto scaling adds units later.'
          : `Leave out billingMode, and KCL creates it on demand; or set initialLeaseTableWriteCapacity = ${needed} or more.`,
        value: undefined,
      };
    },
  });
}

/** @returns undefined on demand */
function unitsOf({ BillingModeSummary, ProvisionedThroughput }: TableDescription): number | undefined {
  if (BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST') return undefined;
  return ProvisionedThroughput?.WriteCapacityUnits || undefined;
}

function ofIndex(index: GlobalSecondaryIndexDescription | undefined): string {
  const units = index?.ProvisionedThroughput?.WriteCapacityUnits ?? 0;
  return units === 0 ? '' : ` (its index ${units})`;
}
