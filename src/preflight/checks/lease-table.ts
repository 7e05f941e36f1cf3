import {
  CreateTableCommand,
  type GlobalSecondaryIndexDescription,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { isNamed } from '../../aws/known-errors/known-errors.js';
import { LEASE_INDEX } from '../../policy/actions.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure, type TableTarget } from '../target.js';
import type { KnownIdentity } from './credentials.js';

/** The table as DynamoDB describes it; KCL makes one that is missing. */
export type FoundTable = TableDescription | 'missing';

export const LEASE_KEY = 'leaseKey';
/** Has the schema. */
export const TEMPLATE = 'infra/lease-table.yaml';
const LEASE_OWNER = 'leaseOwner';
/** While its index is made it is UPDATING, and KCL takes it. */
const USABLE: readonly (string | undefined)[] = ['ACTIVE', 'UPDATING'];
/** No index of KCL's. */
const NO_INDEX = 'cross-account-kcl-preflight';

export function leaseTableCheck(target: TableTarget, identity: Check<KnownIdentity>): Check<FoundTable> {
  return defineCheck({
    id: 'lease-table',
    asserts: 'can describe the lease table, and it is ACTIVE if there is one',
    fixedBy: 'reader',
    needs: [identity],
    async run([caller]): Promise<Verdict<FoundTable>> {
      const { name, lookup } = target;
      try {
        return judge(name, (await lookup.describe()) ?? {});
      } catch (error) {
        if (error instanceof ResourceNotFoundException) {
          return passed(
            `allowed; there is no table ${name}: KCL makes it, and reads from the initial position. If the application had one before, restore it first`,
            'missing',
          );
        }
        return ownFailure(error, { action: 'dynamodb:DescribeTable', resource: target.arn(caller) });
      }
    },
  });
}

function judge(name: string, table: TableDescription): Verdict<FoundTable> {
  const { TableStatus: status, KeySchema = [] } = table;
  const keys = KeySchema.map(({ AttributeName }) => AttributeName);
  if (keys.length !== 1 || keys[0] !== LEASE_KEY) {
    return {
      status: 'failed',
      message: `${name} is no lease table: its key is ${keys.join(' and ')}, and not ${LEASE_KEY}`,
      remedy: 'Use another applicationName: the lease table has the name of the application.',
    };
  }
  const type = typeOf(table, LEASE_KEY);
  if (type !== undefined && type !== 'S') {
    return {
      status: 'failed',
      message: `${name} is no lease table: its key ${LEASE_KEY} is of type ${type}, and not S`,
      remedy: `Create it as ${TEMPLATE} does, or let KCL create it.`,
    };
  }
  const facts = `${name} is ${status}, ${capacityOf(table)}`;
  if (USABLE.includes(status)) return passed(facts, table);
  if (status === 'CREATING') {
    return {
      status: 'warning',
      message: `${facts}: another worker makes it now, and \`start\` waits for it`,
      value: table,
    };
  }
  return {
    status: 'failed',
    message: `${facts}, and ACTIVE is needed`,
    remedy:
      status === 'DELETING'
        ? 'Try again when it is gone: KCL makes a new one, and reads from the initial position.'
        : 'Look at the table in the console of DynamoDB, and at its key in KMS.',
  };
}

function typeOf({ AttributeDefinitions = [] }: TableDescription, name: string): string | undefined {
  return AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
}

/** KCL takes any index of that name, asks it for the owner, and finds no leases. */
function wrongIndex(
  table: TableDescription,
  { KeySchema = [] }: GlobalSecondaryIndexDescription,
): Verdict<never> | undefined {
  const keys = KeySchema.map(({ AttributeName }) => AttributeName).join(' and ');
  const type = typeOf(table, LEASE_OWNER) ?? 'S';
  if (KeySchema[0]?.AttributeName === LEASE_OWNER && type === 'S') return undefined;
  return {
    status: 'failed',
    message: `the key of the index ${LEASE_INDEX} is ${keys}${type === 'S' ? '' : ` (${LEASE_OWNER} of type ${type})`}, and KCL asks it by ${LEASE_OWNER} of type S: workers would find none of their leases`,
    remedy: `Delete the index, and create it as ${TEMPLATE} does, or let KCL create it.`,
  };
}

function capacityOf({ BillingModeSummary, ProvisionedThroughput }: TableDescription): string {
  if (BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST') return 'on demand';
  const { ReadCapacityUnits: reads, WriteCapacityUnits: writes } = ProvisionedThroughput ?? {};
  return `provisioned with ${reads} read and ${writes} write units`;
}

/**
 * Asks for a table whose key has no type: DynamoDB never makes it. That it says so, instead of refusing access, is all
 * that can be told without making one.
 */
export function leaseTableCreateCheck(
  target: TableTarget,
  identity: Check<KnownIdentity>,
  table: Check<FoundTable>,
): Check {
  return defineCheck({
    id: 'lease-table-create',
    asserts: 'has the lease table, or may make it',
    fixedBy: 'reader',
    needs: [identity, table],
    async run([caller, found], signal): Promise<Verdict<undefined>> {
      if (found !== 'missing') return passed('it is there', undefined);
      try {
        const command = new CreateTableCommand({
          TableName: target.name,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: LEASE_KEY, KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'anotherKey', AttributeType: 'S' }],
        });
        await target.dynamodb.send(command, { abortSignal: signal });
        return { status: 'error', message: `DynamoDB makes ${target.name} although its key has no type` };
      } catch (error) {
        if (error instanceof ResourceInUseException) return passed('it is there now', undefined);
        if (isNamed(error, 'invalid-value')) {
          return passed('allowed, as far as it can be told without making it', undefined);
        }
        return ownFailure(error, { action: 'dynamodb:CreateTable', resource: target.arn(caller) });
      }
    },
  });
}

/** Deletes an index that does not exist. */
export function leaseTableIndexCheck(
  target: TableTarget,
  identity: Check<KnownIdentity>,
  table: Check<FoundTable>,
): Check {
  return defineCheck({
    id: 'lease-table-index',
    asserts: `has the index ${LEASE_INDEX}, or may add it`,
    fixedBy: 'reader',
    needs: [identity, table],
    async run([caller, found], signal): Promise<Verdict<undefined>> {
      if (found === 'missing') return passed('KCL makes it with the table', undefined);
      const index = found.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === LEASE_INDEX);
      if (index) {
        return wrongIndex(found, index) ?? passed(`it is there, ${index.IndexStatus ?? 'ACTIVE'}`, undefined);
      }
      const allowed = passed(
        'it is missing, as KCL 1 and 2 left it; KCL may add it, which takes some minutes',
        undefined,
      );
      try {
        const command = new UpdateTableCommand({
          TableName: target.name,
          GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: NO_INDEX } }],
        });
        await target.dynamodb.send(command, { abortSignal: signal });
        return allowed;
      } catch (error) {
        // No such index, or another change is under way.
        if (isNamed(error, 'table-missing', 'invalid-value', 'table-in-use')) return allowed;
        return ownFailure(error, { action: 'dynamodb:UpdateTable', resource: target.arn(caller) });
      }
    },
  });
}
