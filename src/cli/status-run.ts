import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDynamoDBClient } from '../aws/clients.js';
import type { KclTables } from '../aws/kcl-tables.js';
import { AccessError } from '../errors/errors.js';
import { readTables } from '../streams/former-tables.js';
import { LeaseRenewals } from '../streams/lease-renewals.js';
import type { LeaseTable } from '../streams/lease-table.js';
import { leaseTableTarget, problem } from './lease-table-options.js';
import type { StatusOptions } from './status.js';
import { renderStatus, type StatusOutput } from './status-output.js';

/** Between two readings with --watch, in ms. */
const WATCH_MS = 5_000;
const CLEAR_SCREEN = '\x1b[2J\x1b[H';

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
  tables: KclTables,
  region: string,
  output: StatusOutput,
): Promise<void> {
  const table = await read(client, tables, region);
  process.stdout.write(renderStatus({ table, readAt: Date.now(), watched: undefined }, output));
}

/** Until a signal, or until nobody reads what is printed. Once there was a reading, one that fails is told and made again. */
async function watch(
  client: DynamoDBClient,
  tables: KclTables,
  region: string,
  output: StatusOutput,
): Promise<void> {
  const renewals = new LeaseRenewals();
  const since = Date.now();
  const clear = process.stdout.isTTY && output === 'text' ? CLEAR_SCREEN : '';
  let picture: string | undefined;
  while (process.stdout.writable) {
    try {
      const table = await read(client, tables, region);
      const readAt = Date.now();
      renewals.look(table.leases, readAt);
      picture = clear + renderStatus({ table, readAt, watched: { since, renewals } }, output);
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

async function read(client: DynamoDBClient, tables: KclTables, region: string): Promise<LeaseTable> {
  const table = await readTables(client, tables);
  if (table !== undefined) return table;
  throw new AccessError(`there is no lease table ${tables.lease} in ${region}`, {
    hint: 'Check --application-name, --lease-table and the region (--lease-table-region), and the account of the credentials; a new application makes its table when it first starts, and one that was deleted must be restored (docs/operation.md).',
  });
}
