import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { explainCall } from '../aws/call-error.js';
import type { KclTables } from '../aws/kcl-tables.js';
import { isMissing } from '../aws/known-errors/known-errors.js';
import { AccessError } from '../errors/errors.js';
import type { Logger } from '../log/logger.js';
import { type FormerContents, isMoved, withFormerTables } from './former-tables.js';
import { type LeaseTable, parseItems } from './lease-table.js';
import { type TableLookup, tableLookup } from './lookup.js';

const INDEX = 'LeaseOwnerToLeaseKeyIndex';
const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 500;

export type TableLookups = { readonly [Table in keyof KclTables]: TableLookup };
/** Those of KCL 3.0 to 3.4 are looked for where their names are known. */
export type ReadableTables = Pick<TableLookups, 'lease'> & Partial<TableLookups>;

export function tableLookups<Names extends Partial<KclTables>>(
  dynamodb: DynamoDBClient,
  names: Names,
  signal?: AbortSignal,
): { readonly [Table in keyof Names]: TableLookup } {
  const lookups = Object.entries(names).map(([table, name]) => [table, tableLookup(dynamodb, name, signal)]);
  return Object.fromEntries(lookups) as { [Table in keyof Names]: TableLookup };
}

/** The same tables, to be read anew. */
export function lookAgain<Tables extends Partial<TableLookups>>(tables: Tables): Tables {
  const lookups = Object.entries(tables).map(([table, lookup]) => [table, lookup.again()]);
  return Object.fromEntries(lookups) as Tables;
}

/**
 * Reads the lease table as readTables does, and explains a failure.
 *
 * @returns undefined if there is no lease table
 * @throws AccessError if the lease table can't be read
 */
export async function readLeaseTable(tables: ReadableTables): Promise<LeaseTable | undefined> {
  try {
    return await readTables(tables);
  } catch (error) {
    throw explainCall(error, {
      failure: `the lease table ${tables.lease.name} can't be used`,
      service: 'DynamoDB',
      action: 'dynamodb:DescribeTable and dynamodb:Scan on it',
      allowedBy: 'The IAM policy of this role',
      missing: { reason: 'there is no such table', remedy: 'Check the name of the application.' },
      endpointKey: 'dynamoDBEndpoint (DYNAMO_DB_ENDPOINT)',
    });
  }
}

/**
 * Reads the lease table, and what KCL keeps beside it where KCL 3.0 to 3.4 has run the application: KCL 3.5 continues to
 * use these tables. One of them that can't be read is named in `former`.
 *
 * @returns undefined if there is no lease table
 * @throws what the AWS SDK throws if the lease table can't be read
 */
export async function readTables(tables: ReadableTables): Promise<LeaseTable | undefined> {
  const { name, describe, items } = tables.lease;
  try {
    const description = await describe();
    const hasIndex =
      description?.GlobalSecondaryIndexes?.some(({ IndexName }) => IndexName === INDEX) ?? false;
    return await addFormerTables({ name, ...parseItems(await items()), hasIndex }, tables);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function addFormerTables(
  table: LeaseTable,
  { coordinatorState, workerMetrics }: ReadableTables,
): Promise<LeaseTable> {
  // The leader has its lock in the lease table only if the others are not used, or not any more.
  if (table.leader !== undefined) return table;
  const state = coordinatorState && (await readFormerTable(coordinatorState));
  if (state === undefined || isMoved(state)) return table;
  return withFormerTables(table, state, workerMetrics && (await readFormerTable(workerMetrics)));
}

/** @returns undefined if there is no such table */
async function readFormerTable({ name, ...lookup }: TableLookup): Promise<FormerContents | undefined> {
  let found = false;
  try {
    // Before Scan: the policy for an application without these tables allows only to ask for them.
    await lookup.describe();
    found = true;
    return { table: { name, found }, items: await lookup.items() };
  } catch (error) {
    if (isMissing(error)) return undefined;
    return { table: { name, found, error: (error as Error).message }, items: [] };
  }
}

/**
 * Waits while the lease table is being created: by another worker of a new application, or from a backup.
 *
 * @returns the tables as they are to be read then
 * @throws AccessError if it is still being created after two minutes
 */
export async function untilCreated(
  tables: TableLookups,
  logger: Logger,
  patienceMs = PATIENCE_MS,
): Promise<TableLookups> {
  const beganAt = performance.now();
  const { name } = tables.lease;
  for (let looks = 0, now = tables; ; looks++, now = lookAgain(now)) {
    if ((await statusOf(now.lease)) !== 'CREATING') return now;
    if (looks === 0)
      logger.info({ table: name }, 'the lease table is being created: waiting until it is ACTIVE');
    if (performance.now() - beganAt >= patienceMs) {
      throw new AccessError(`the lease table ${name} is still being created after ${patienceMs / 1000} s`, {
        remedy: 'Start again when it is ACTIVE; a restore from a backup may take hours.',
      });
    }
    await sleep(LOOK_EVERY_MS);
  }
}

async function statusOf({ describe }: TableLookup): Promise<string | undefined> {
  try {
    return (await describe())?.TableStatus;
  } catch {
    return undefined; // readLeaseTable gets the same error, and explains it
  }
}
