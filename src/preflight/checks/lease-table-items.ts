import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { LEASE_INDEX } from '../../policy/actions.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure, type TableTarget } from '../table-target.js';
import type { KnownIdentity } from './credentials.js';
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

/** No key of a lease. */
const KEY = { [LEASE_KEY]: { S: 'cross-account-kcl-preflight' } };
/** Can't hold, so that nothing is written. */
const NEVER = `attribute_exists(${LEASE_KEY}) AND attribute_not_exists(${LEASE_KEY})`;

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
    call: ({ name, dynamodb }, abortSignal) =>
      dynamodb.send(new ScanCommand({ TableName: name, Limit: 1 }), { abortSignal }),
  },
  get: {
    asserts: 'can get a lease',
    action: 'dynamodb:GetItem',
    call: ({ name, dynamodb }, abortSignal) =>
      dynamodb.send(new GetItemCommand({ TableName: name, Key: KEY }), { abortSignal }),
  },
  put: {
    asserts: 'can make a lease',
    action: 'dynamodb:PutItem',
    call: ({ name, dynamodb }, abortSignal) =>
      dynamodb.send(new PutItemCommand({ TableName: name, Item: KEY, ConditionExpression: NEVER }), {
        abortSignal,
      }),
  },
  update: {
    asserts: 'can renew a lease and write a checkpoint',
    action: 'dynamodb:UpdateItem',
    call: ({ name, dynamodb }, abortSignal) =>
      dynamodb.send(
        new UpdateItemCommand({
          TableName: name,
          Key: KEY,
          UpdateExpression: 'REMOVE leaseCounter',
          ConditionExpression: NEVER,
        }),
        { abortSignal },
      ),
  },
  delete: {
    asserts: 'can delete a lease',
    action: 'dynamodb:DeleteItem',
    call: ({ name, dynamodb }, abortSignal) =>
      dynamodb.send(new DeleteItemCommand({ TableName: name, Key: KEY, ConditionExpression: NEVER }), {
        abortSignal,
      }),
  },
};

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
        const { name } = error as Error;
        if (name === 'ConditionalCheckFailedException') return passed('allowed', undefined);
        if (name === 'ResourceNotFoundException') return passed('allowed; there is no table yet', undefined);
        // An index that is missing: see lease-table-index.
        if (name === 'ValidationException' && on !== undefined) {
          return passed('allowed; there is no index yet', undefined);
        }
        return ownFailure(error, { action, resource: target.arn(caller, on) });
      }
    },
  });
}
