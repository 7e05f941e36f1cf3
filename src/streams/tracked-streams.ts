import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { ConsumerConfig } from '../config/load.js';
import type { StreamSource } from '../config/streams.js';
import { AccessError, EpochError, LeaseTableError } from '../errors/errors.js';
import type { Logger } from '../log/logger.js';
import { checkConsumer, checkStream, type StreamSummary } from './check-stream.js';
import { compareLeases } from './compare-leases.js';
import { decideEpoch, epochsOf } from './creation-epoch.js';
import { readTables } from './former-tables.js';
import type { LeaseTable } from './lease-table.js';
import { type Beginning, warnOfNoLeases } from './no-leases.js';
import { reportExpired } from './report-expired.js';
import { someAtOnce } from './some-at-once.js';

export const OTHER_EPOCHS =
  'the lease table also has leases of this stream with other creation epochs, which are not gone on with';

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
 * Asks Kinesis for every configured stream and consumer, finds out the creation epochs, and compares them with the
 * leases.
 *
 * @throws AccessError, EpochError or LeaseTableError
 */
export async function trackStreams(
  config: Pick<ConsumerConfig, 'allowEpochChange' | 'javaCredentials'> & Beginning,
  kinesis: KinesisClient,
  dynamodb: DynamoDBClient,
  logger: Logger,
): Promise<TrackedStream[]> {
  const auto = config.streams.some(({ creationEpoch }) => creationEpoch === 'auto');
  const optional = <T>(what: string, call: Promise<T>) =>
    config.javaCredentials ? unlessRefused(what, call, logger) : call;
  const checks = checkAll(config.streams, kinesis);
  const summaries = (await (auto ? checks : optional('the streams', checks))) ?? [];
  const read = readTables(dynamodb, config.tables).then((found) => found ?? 'missing');
  const found = await optional('the lease table', read);
  const table = found === 'missing' ? undefined : found;
  const without = found === 'missing' ? 'missing' : found?.leases.length === 0 ? 'empty' : undefined;
  // With other credentials than KCL's it may be another account's table that is missed.
  if (without && !config.javaCredentials) warnOfNoLeases(without, config, logger);
  const problem = table && otherForm(table, config.streams[0].creationEpoch !== undefined);
  if (problem) throw problem;
  if (table && !table.hasIndex) {
    logger.warn(
      { table: table.name },
      'the lease table has no index LeaseOwnerToLeaseKeyIndex: KCL adds it now, which takes some minutes and needs dynamodb:UpdateTable',
    );
  }
  const unread = table?.former?.find(({ error }) => error !== undefined);
  if (unread) {
    logger.warn(
      { table: unread.name, reason: unread.error },
      'which workers are alive is unknown: a table of KCL 3.0 to 3.4, to which they may report, could not be read',
    );
  }
  const leases = table?.leases ?? [];
  const tracked = config.streams.map((source, index): TrackedStream => {
    const { stream, creationEpoch: configured } = source;
    const summary = summaries[index];
    if (summary === undefined)
      return { ...source, creationEpoch: numberOf(configured), createdAt: undefined, retentionMs: undefined };
    const { status, openShards, creationEpoch: ofStream, retentionMs } = summary;
    const about = { stream: stream.arn, status, openShards };
    if (configured === undefined) {
      logger.info(about, 'stream found');
      return { ...source, creationEpoch: undefined, createdAt: ofStream, retentionMs };
    }
    const facts = { stream, configured, ofStream, leases, allowChange: config.allowEpochChange };
    const decision = decideEpoch(facts);
    if ('refusal' in decision) throw new EpochError(decision.refusal, { hint: decision.hint });
    const { epoch: creationEpoch, source: epochFrom, warning } = decision;
    const others = epochsOf(stream, leases).filter((epoch) => epoch !== creationEpoch);
    if (warning) logger.warn({ stream: stream.arn }, warning);
    else if (others.length > 0) {
      logger.warn({ stream: stream.arn, creationEpoch, others }, OTHER_EPOCHS);
    }
    logger.info({ ...about, creationEpoch, epochFrom }, 'stream found');
    return { ...source, creationEpoch, createdAt: ofStream, retentionMs };
  });
  if (table) {
    await compareLeases(table, tracked, kinesis, logger);
    await reportExpired(table, tracked, kinesis, logger);
  }
  return tracked;
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

function numberOf(epoch: StreamSource['creationEpoch']): number | undefined {
  return typeof epoch === 'number' ? epoch : undefined;
}

async function checkAll(sources: readonly StreamSource[], kinesis: KinesisClient): Promise<StreamSummary[]> {
  const summaries: StreamSummary[] = [];
  await someAtOnce(sources, async ({ stream, consumer }, index) => {
    summaries[index] = await checkStream(kinesis, stream);
    if (consumer) await checkConsumer(kinesis, stream, consumer);
  });
  return summaries;
}

/** In the other form KCL would find none of its leases, and read everything again. */
export function otherForm(
  { name, leases }: Pick<LeaseTable, 'name' | 'leases'>,
  asTracker: boolean,
): LeaseTableError | undefined {
  const other = leases.find(({ stream }) => (stream !== undefined) !== asTracker);
  if (!other) return undefined;
  const found = `the lease table ${name} has leases like ${other.key}`;
  const again = 'they would not be found, and everything that is retained read again';
  if (asTracker) {
    return new LeaseTableError(
      `${found}, of an application that tracks one stream without its epoch: ${again}`,
      {
        hint: 'To go on with them: streamArn alone, without streamCreationEpoch and streams.<n>. To start anew: another applicationName.',
      },
    );
  }
  return new LeaseTableError(
    `${found}, of an application that tracks streams by ARN and creation epoch: ${again}`,
    {
      hint: 'To go on with them: streamCreationEpoch = auto. To start anew: another applicationName.',
    },
  );
}
