import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { WorkerConfig } from '../config/load.js';
import type { StreamSource } from '../config/streams.js';
import { AccessError, EpochError } from '../errors/errors.js';
import type { Logger } from '../log/logger.js';
import { checkConsumer, checkStream, type StreamSummary } from './check-stream.js';
import { decideEpoch, epochsOf, OTHER_EPOCHS, otherForm } from './creation-epoch.js';
import { compareLeases } from './foreign-leases.js';
import type { LeaseTable } from './lease-table.js';
import { readLeaseTable, type TableLookups } from './lease-table-reader.js';
import type { StreamLookup } from './lookup.js';
import { reportExpired } from './report-expired.js';

/** What preflight and this ask for, each call once for both. */
export interface ApplicationLookup {
  readonly kinesis: KinesisClient;
  /** In the order of the streams. */
  readonly streams: readonly StreamLookup[];
  readonly tables: TableLookups;
}

/** A stream that exists and can be read, with all that KCL must be told of it. */
export interface TrackedStream extends Omit<StreamSource, 'creationEpoch'> {
  /** Seconds since 1970; undefined in the single-stream form. */
  readonly creationEpoch: number | undefined;
  /** When it was created, in seconds since 1970; undefined if Kinesis could not be asked. */
  readonly createdAt: number | undefined;
  /** How long its records are retained, in ms; undefined as createdAt. */
  readonly retentionMs: number | undefined;
}

/**
 * Checks every configured stream and consumer, finds out the creation epochs, and compares them with the leases.
 *
 * @throws AccessError, EpochError or LeaseTableError
 */
export async function trackStreams(
  config: Pick<WorkerConfig, 'allowEpochChange' | 'javaCredentials'> & Beginning,
  { kinesis, streams, tables }: ApplicationLookup,
  logger: Logger,
): Promise<TrackedStream[]> {
  const auto = config.streams.some(({ creationEpoch }) => creationEpoch === 'auto');
  const optional = <T>(what: string, call: Promise<T>) =>
    config.javaCredentials ? unlessRefused(what, call, logger) : call;
  const checks = checkAll(config.streams, streams);
  const summaries = (await (auto ? checks : optional('the streams', checks))) ?? [];
  const found = await optional(
    'the lease table',
    readLeaseTable(tables).then((read) => read ?? 'missing'),
  );
  const table = found === 'missing' ? undefined : found;
  const without = found === 'missing' ? 'missing' : found?.leases.length === 0 ? 'empty' : undefined;
  // With other credentials than KCL's it may be another account's table that is missed.
  if (without && !config.javaCredentials) warnOfNoLeases(without, config, logger);
  const problem = table && otherForm(table, config.streams[0].creationEpoch !== undefined);
  if (problem) throw problem;
  if (table) warnOfTable(table, logger);
  const leases = table?.leases ?? [];
  const tracked = config.streams.map((source, index) =>
    trackStream(source, summaries[index], leases, config.allowEpochChange, logger),
  );
  if (table) {
    await compareLeases(table, tracked, streams, logger);
    await reportExpired(table, tracked, kinesis, logger);
  }
  return tracked;
}

/** @throws EpochError */
function trackStream(
  source: StreamSource,
  summary: StreamSummary | undefined,
  leases: LeaseTable['leases'],
  allowChange: boolean,
  logger: Logger,
): TrackedStream {
  const { stream, creationEpoch: configured } = source;
  if (summary === undefined) {
    const creationEpoch = typeof configured === 'number' ? configured : undefined;
    return { ...source, creationEpoch, createdAt: undefined, retentionMs: undefined };
  }
  const { status, openShards, creationEpoch: createdAt, retentionMs } = summary;
  const about = { stream: stream.arn, status, openShards };
  if (configured === undefined) {
    logger.info(about, 'stream found');
    return { ...source, creationEpoch: undefined, createdAt, retentionMs };
  }
  const decision = decideEpoch({ stream, configured, ofStream: createdAt, leases, allowChange });
  if ('refusal' in decision) throw new EpochError(decision.refusal, { remedy: decision.remedy });
  const { epoch: creationEpoch, source: epochFrom, warning } = decision;
  const others = epochsOf(stream, leases).filter((epoch) => epoch !== creationEpoch);
  if (warning) logger.warn({ stream: stream.arn }, warning);
  else if (others.length > 0) logger.warn({ stream: stream.arn, creationEpoch, others }, OTHER_EPOCHS);
  logger.info({ ...about, creationEpoch, epochFrom }, 'stream found');
  return { ...source, creationEpoch, createdAt, retentionMs };
}

function warnOfTable({ name, hasIndex, former = [] }: LeaseTable, logger: Logger): void {
  if (!hasIndex) {
    logger.warn(
      { table: name },
      'the lease table has no index LeaseOwnerToLeaseKeyIndex: KCL adds it now, which takes some minutes and needs dynamodb:UpdateTable',
    );
  }
  const unread = former.find(({ error }) => error !== undefined);
  if (unread) {
    logger.warn(
      { table: unread.name, reason: unread.error },
      'which workers are alive is unknown: a table of KCL 3.0 to 3.4, to which they may report, could not be read',
    );
  }
}

/**
 * With other credentials than KCL's, which Java alone knows, a refusal says nothing. The launcher, which has them,
 * compares the lease table once more; only `auto` needs an answer here.
 */
async function unlessRefused<T>(what: string, call: Promise<T>, logger: Logger): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    logger.warn(
      { err: error },
      `${what} can't be checked before the start: KCL's credentials are set for Java, and the default chain of this process has no access`,
    );
    return undefined;
  }
}

function checkAll(
  sources: readonly StreamSource[],
  lookups: readonly StreamLookup[],
): Promise<StreamSummary[]> {
  return Promise.all(
    lookups.map(async (lookup, index) => {
      const summary = await checkStream(lookup);
      const consumer = sources[index]?.consumer;
      if (consumer) await checkConsumer(lookup, consumer);
      return summary;
    }),
  );
}

/** What decides on where an application without leases begins. */
export type Beginning = Pick<
  WorkerConfig,
  'streams' | 'tables' | 'initialPositionInStream' | 'initialPositionInStreamExtended'
>;

/** Where there are no checkpoints. Nothing tells a new application from one whose lease table was deleted or emptied. */
export function warnOfNoLeases(
  found: 'missing' | 'empty',
  {
    streams,
    tables: { lease: table },
    initialPositionInStream,
    initialPositionInStreamExtended: at,
  }: Beginning,
  logger: Logger,
): void {
  const ofApplication = at?.toString() ?? initialPositionInStream ?? 'TRIM_HORIZON';
  const positions = [...new Set(streams.map(({ initialPosition = ofApplication }) => initialPosition))];
  logger.warn(
    { table, positions },
    `${found === 'missing' ? `there is no lease table ${table}: KCL makes a new one, and` : `the lease table ${table} has no leases:`} ${positions.map(whatIsRead).join(', or ')}. If the application has run before, its checkpoints are lost: stop the worker, and restore the table before the next start`,
  );
}

function whatIsRead(position: string): string {
  switch (position) {
    case 'TRIM_HORIZON':
      return 'everything that is retained is read (TRIM_HORIZON)';
    case 'LATEST':
      return 'only records that are put from now on are read (LATEST)';
    default:
      return `everything since ${position} (seconds since 1970) is read`;
  }
}
