import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { isNamed } from '../../aws/known-errors/known-errors.js';
import { LEASE_INDEX } from '../../policy/actions.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure, type TableTarget } from '../target.js';
import type { KnownIdentity } from './credentials.js';
import { type ItemAction, tryOnItems } from './item-calls.js';
import { LEASE_KEY } from './lease-table.js';

type Item = 'query' | 'scan' | 'get' | 'put' | 'update' | 'delete';

interface Trial {
  readonly asserts: string;
  readonly action: string;
  /** What it is done to, after the table's ARN. */
  readonly on?: string;
  /** Done to a table of this name it changes nothing. */
  call(target: TableTarget, signal: AbortSignal): Promise<unknown>;
}

const onItems = (action: ItemAction, asserts: string): Trial => ({
  asserts,
  action,
  call: ({ name, dynamodb }, signal) => tryOnItems(action, { name, key: LEASE_KEY, dynamodb }, signal),
});

const TRIALS: Record<Item, Trial> = {
  query: {
    asserts: `can find a worker's leases by the index ${LEASE_INDEX}`,
    action: 'dynamodb:Query',
    on: `/index/${LEASE_INDEX}`,
    call: ({ name, dynamodb }, abortSignal) =>
      dynamodb.send(
        new QueryCommand({
          TableName: name,
          IndexName: LEASE_INDEX,
          KeyConditionExpression: 'leaseOwner = :owner',
          ExpressionAttributeValues: { ':owner': { S: 'cross-account-kcl-preflight' } },
          Limit: 1,
        }),
        { abortSignal },
      ),
  },
  scan: {
    asserts: 'can list the leases',
    action: 'dynamodb:Scan',
    call: ({ lookup }) => lookup.itemPage(0),
  },
  get: onItems('dynamodb:GetItem', 'can get a lease'),
  put: onItems('dynamodb:PutItem', 'can make a lease'),
  update: onItems('dynamodb:UpdateItem', 'can renew a lease and write a checkpoint'),
  delete: onItems('dynamodb:DeleteItem', 'can delete a lease'),
};

/** Why the index can't be queried: DynamoDB describes it otherwise than it answers for minutes after it was made. */
async function indexNotThere({ lookup }: TableTarget, { message }: Error): Promise<Verdict<undefined>> {
  const table = await lookup.describe().catch(() => undefined); // reported by lease-table
  if (table === undefined) return passed('allowed; there is no table yet', undefined);
  if (table.TableStatus === 'CREATING') return passed('allowed; the table is being created', undefined);
  const index = table.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === LEASE_INDEX);
  // See lease-table-index.
  if (index === undefined) return passed('allowed; there is no index yet', undefined);
  if (index.IndexStatus === 'CREATING') {
    return passed('allowed; the index is being created, which takes some minutes', undefined);
  }
  return {
    status: 'warning',
    message: `the index ${LEASE_INDEX} is ${index.IndexStatus}, and DynamoDB does not answer by it: ${message}`,
    remedy:
      'Wait some minutes: until DynamoDB answers by the index, workers find none of the leases that are assigned to them. KCL asks again about once a second.',
  };
}

/** Tries an action on the items without changing one. DynamoDB asks the policies before it looks for the table. */
export function leaseTableItemCheck(target: TableTarget, item: Item, identity: Check<KnownIdentity>): Check {
  const { asserts, action, on, call } = TRIALS[item];
  return defineCheck({
    id: `lease-table-${item}`,
    asserts,
    fixedBy: 'reader',
    needs: [identity],
    async run([caller], signal): Promise<Verdict<undefined>> {
      try {
        await call(target, signal);
        return passed('allowed', undefined);
      } catch (error) {
        const notThere = isNamed(error, 'table-missing');
        if (on !== undefined && (notThere || isNamed(error, 'invalid-value'))) {
          return await indexNotThere(target, error as Error);
        }
        if (notThere) return passed('allowed; there is no table yet', undefined);
        return ownFailure(error, { action, resource: target.arn(caller, on) });
      }
    },
  });
}
