import { type LoadedConfig, WORKER_IDENTIFIER_KEYS } from '../config/load.js';
import { loadHandler } from '../delivery/load-handler.js';
import type { ShardHandler } from '../delivery/shard-handler.js';
import { AccessError, ConfigurationError } from '../errors/errors.js';
import {
  lookAgain,
  readLeaseTable,
  type TableLookups,
  tableLookups,
  untilCreated,
} from '../leases/lease-table-reader.js';
import { streamLookups } from '../leases/lookup.js';
import { type ApplicationLookup, type TrackedStream, trackStreams } from '../leases/tracked-streams.js';
import { otherWorkerAlive } from '../leases/worker-identifier.js';
import type { Logger } from '../log/logger.js';
import { createReaderClients, openPreflight } from '../preflight/from-config.js';
import { passPreflight } from './preflight-gate.js';

export interface Prepared {
  readonly handler: () => ShardHandler;
  readonly streams: readonly TrackedStream[];
}

/**
 * Loads the handler, tries out every access, and checks the streams and the lease table, all at once and with one look at
 * AWS. What preflight finds comes first, since it says more.
 *
 * @throws CrossAccountKclError saying why nothing is started
 */
export async function prepare(loaded: LoadedConfig, logger: Logger): Promise<Prepared> {
  const { config } = loaded;
  const leaving = new AbortController();
  const clients = createReaderClients(config);
  const { request, close } = openPreflight(config, { for: 'kcl' }, clients);
  const lookup = {
    kinesis: clients.kinesis,
    streams: streamLookups(clients.kinesis, config.streams, leaving.signal),
    tables: tableLookups(clients.dynamodb, config.tables, leaving.signal),
  };
  const work: Promise<unknown>[] = [];
  /** It is awaited later, or not at all if something else fails first: until then nobody handles its failure. */
  const inBackground = <T>(one: Promise<T>): Promise<T> => {
    one.catch(() => {});
    work.push(one);
    return one;
  };
  try {
    const preflight = inBackground(passPreflight(config, request, lookup, logger, leaving.signal));
    const handler = await loadHandler(config.handler);
    const { applicationName: application, transport } = config;
    logger.info({ application, transport, streams: config.streams.length }, 'starting');
    const streams = inBackground(track(loaded, lookup, logger));
    await preflight;
    return { handler, streams: await streams };
  } finally {
    leaving.abort();
    void Promise.allSettled(work).then(close);
  }
}

async function track(
  loaded: LoadedConfig,
  lookup: ApplicationLookup,
  logger: Logger,
): Promise<TrackedStream[]> {
  const tables = await untilCreated(lookup.tables, logger);
  const streams = await trackStreams(loaded.config, { ...lookup, tables }, logger);
  await checkWorkerIdentifier(loaded, tables, logger);
  return streams;
}

/**
 * Refuses a workerIdentifier that a living worker has. After that worker was killed it waits instead, some
 * failoverTimeMillis.
 *
 * @throws ConfigurationError naming where it is set
 * @throws AccessError if the lease table can't be read any more
 */
async function checkWorkerIdentifier(
  { config, kclProperties, sources }: LoadedConfig,
  tables: TableLookups,
  logger: Logger,
): Promise<void> {
  const key = WORKER_IDENTIFIER_KEYS.find((one) => kclProperties[one] !== undefined);
  const worker = key && kclProperties[key];
  if (worker === undefined) return;
  // Not as it was before the checks: a worker may have come meanwhile.
  const readTable = () => readLeaseTable(lookAgain(tables));
  try {
    const { failoverTimeMillis: failoverTimeMs } = config.leaseWrites;
    const seen = await otherWorkerAlive({ worker, failoverTimeMs, readTable }, logger);
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
    // The log has it already: the credentials are Java's alone.
    if (!(config.javaCredentials && error instanceof AccessError)) throw error;
  }
}
