import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDBClient } from '../aws/clients.js';
import { AccessError } from '../errors/errors.js';
import { LeaseRenewals } from '../leases/lease-status.js';
import { readLeaseTable, tableLookups } from '../leases/lease-table-reader.js';
import {
  type FormerTableOptions,
  type LeaseTableOptions,
  type LeaseTableTarget,
  leaseTableTarget,
  problem,
} from './lease-table-options.js';
import { renderStatus, type StatusFacts, type StatusOutput } from './status-output.js';

export interface StatusOptions extends LeaseTableOptions, FormerTableOptions {
  output: StatusOutput;
  watch?: true;
}

/** Between two readings with --watch, in ms. */
const WATCH_MS = 5_000;
const CLEAR_SCREEN = '\x1b[2J\x1b[H';

type Tables = NonNullable<LeaseTableTarget['tables']>;

/** @throws ConfigurationError | AccessError */
export async function printStatus(options: StatusOptions): Promise<void> {
  const { tables, leaseTableRegion: region } = leaseTableTarget(options);
  if (tables === undefined) {
    throw problem('applicationName', 'is missing; several streams have no lease table without one');
  }
  const dynamodb = createDynamoDBClient({ region, endpoint: options.dynamoDbEndpoint });
  try {
    if (options.watch) await watch(dynamodb, tables, region, options.output);
    else await print(dynamodb, tables, region, options.output);
  } finally {
    dynamodb.destroy();
  }
}

async function print(
  client: DynamoDBClient,
  tables: Tables,
  region: string,
  output: StatusOutput,
): Promise<void> {
  const read = await readStatus(client, tables, region);
  process.stdout.write(renderStatus({ ...read, readAt: Date.now(), watched: undefined }, output));
}

/** Until a signal, or until nobody reads what is printed. Once there was a reading, one that fails is told and made again. */
async function watch(
  client: DynamoDBClient,
  tables: Tables,
  region: string,
  output: StatusOutput,
): Promise<void> {
  const renewals = new LeaseRenewals();
  const since = Date.now();
  const clear = process.stdout.isTTY && output === 'text' ? CLEAR_SCREEN : '';
  let picture: string | undefined;
  while (process.stdout.writable) {
    try {
      const read = await readStatus(client, tables, region);
      const readAt = Date.now();
      renewals.look(read.table.leases, readAt);
      picture = clear + renderStatus({ ...read, readAt, watched: { since, renewals } }, output);
      process.stdout.write(picture);
    } catch (error) {
      if (picture === undefined || !(error instanceof AccessError)) throw error;
      if (clear !== '') process.stdout.write(picture);
      process.stderr.write(
        `cross-account-kcl: at ${new Date().toISOString()}: ${error.message}; again in ${WATCH_MS / 1000} s\n`,
      );
    }
    await sleep(WATCH_MS);
  }
}

async function readStatus(
  client: DynamoDBClient,
  tables: Tables,
  region: string,
): Promise<Pick<StatusFacts, 'table' | 'namesUnknown'>> {
  const named = 'coordinatorState' in tables;
  const table = await readLeaseTable(tableLookups(client, tables));
  // With the leader in the lease table everything is there.
  if (table !== undefined) return { table, namesUnknown: !named && table.leader === undefined };
  throw new AccessError(`there is no lease table ${tables.lease} in ${region}`, {
    remedy:
      'Check --application-name, --lease-table and the region (--lease-table-region), and the account of the credentials; a new application makes its table when it first starts, and one that was deleted must be restored (docs/operation.md).',
  });
}
