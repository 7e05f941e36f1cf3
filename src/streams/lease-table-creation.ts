import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AccessError } from '../errors/errors.js';
import type { Logger } from '../log/logger.js';

const PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 500;
const CALL_TIMEOUT_MS = 10_000;

/**
 * Waits while the lease table is being created: by another worker of a new application, or from a backup. What else is
 * wrong with it is for the reader of the table to say.
 *
 * @throws AccessError if it is still being created after two minutes
 */
export async function untilCreated(
  client: DynamoDBClient,
  name: string,
  logger: Logger,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const beganAt = performance.now();
  for (let looks = 0; (await statusOf(client, name)) === 'CREATING'; looks++) {
    if (looks === 0)
      logger.info({ table: name }, 'the lease table is being created: waiting until it is ACTIVE');
    if (performance.now() - beganAt >= patienceMs) {
      throw new AccessError(`the lease table ${name} is still being created after ${patienceMs / 1000} s`, {
        hint: 'Start again when it is ACTIVE; a restore from a backup may take hours.',
      });
    }
    await sleep(LOOK_EVERY_MS);
  }
}

async function statusOf(client: DynamoDBClient, name: string): Promise<string | undefined> {
  try {
    const abortSignal = AbortSignal.timeout(CALL_TIMEOUT_MS);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: name }), { abortSignal });
    return Table?.TableStatus;
  } catch {
    return undefined; // readLeaseTable makes the same call, and explains its failure
  }
}
