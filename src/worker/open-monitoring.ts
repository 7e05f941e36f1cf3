import { createDynamoDBClient } from '../aws/clients.js';
import type { WorkerConfig } from '../config/load.js';
import { packageVersion } from '../jvm/package-version.js';
import { readLeaseTable, tableLookups } from '../leases/lease-table-reader.js';
import type { Logger } from '../log/logger.js';
import { HeldLeases } from '../monitoring/held-leases.js';
import { Monitoring } from '../monitoring/monitoring.js';
import type { LauncherEvents } from './launcher.js';

/** Where stallWarningMs = 0 turns the reports off. */
const DEFAULT_UNREAD_LIMIT_MS = 60_000;

/**
 * Health, metrics and the status page, if the configuration has a port for them.
 *
 * @throws EnvironmentError if the port can't be had
 */
export async function openMonitoring(
  config: WorkerConfig,
  logger: Logger,
  leases = new HeldLeases(),
): Promise<Monitoring | undefined> {
  const { httpHost: host, httpPort: port, applicationName: application, transport } = config;
  if (port === undefined) return undefined;
  const [first, ...others] = config.streams.map(({ stream }) => stream);
  return Monitoring.open(
    { host, port },
    {
      version: packageVersion(),
      application,
      transport,
      streams: [first as (typeof others)[number], ...others],
      leases,
      unreadLimitMs: config.stallWarningMs || DEFAULT_UNREAD_LIMIT_MS,
      readLeaseTable: () => readOnce(config),
    },
    logger,
  );
}

/** What the launcher tells, as the monitoring wants to know it. */
export function eventsFor({ worker }: Monitoring): LauncherEvents {
  return {
    onWorkerState({ state, worker: id }) {
      if (state === 'STARTED') worker.kclStarted(id ?? '');
      else worker.stopping();
    },
    onAggregates: (aggregates) => worker.aggregatesNotTakenApart(aggregates),
    onExit: () => worker.jvmEnded(),
  };
}

/** With a client of its own: nobody may ever ask. */
async function readOnce(config: WorkerConfig) {
  const dynamodb = createDynamoDBClient({
    region: config.leaseTableRegion,
    endpoint: config.dynamoDBEndpoint,
  });
  try {
    return await readLeaseTable(tableLookups(dynamodb, config.tables));
  } finally {
    dynamodb.destroy();
  }
}
