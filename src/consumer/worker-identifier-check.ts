import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type LoadedConfig, WORKER_IDENTIFIER_KEYS } from '../config/load.js';
import { AccessError, ConfigurationError } from '../errors/errors.js';
import type { Logger } from '../log/logger.js';
import { readTables } from '../streams/former-tables.js';
import { otherWorkerAlive } from '../streams/worker-identifier.js';

/**
 * Refuses a workerIdentifier that a living worker has. After that worker was killed it waits instead, some
 * failoverTimeMillis.
 *
 * @throws ConfigurationError naming where it is set
 * @throws AccessError if the lease table can't be read any more
 */
export async function checkWorkerIdentifier(
  { config, kclProperties, sources }: LoadedConfig,
  dynamodb: DynamoDBClient,
  logger: Logger,
): Promise<void> {
  const key = WORKER_IDENTIFIER_KEYS.find((one) => kclProperties[one] !== undefined);
  const worker = key && kclProperties[key];
  if (worker === undefined) return;
  const use = {
    worker,
    failoverTimeMs: config.leaseWrites.failoverTimeMillis,
    readTable: () => readTables(dynamodb, config.tables),
  };
  try {
    const seen = await otherWorkerAlive(use, logger);
    if (seen === undefined) return;
    throw new ConfigurationError([
      {
        key: sources[key as string] ?? 'workerIdentifier',
        message:
          `'${worker}' is the identifier of a worker that is alive: ${seen}. Both would handle every record; ` +
          'give each worker its own, or leave it out',
      },
    ]);
  } catch (error) {
    // Said of the lease table already: the credentials are Java's alone.
    if (!(config.javaCredentials && error instanceof AccessError)) throw error;
  }
}
