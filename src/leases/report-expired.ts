import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Logger } from '../log/logger.js';
import { positionOf } from './checkpoint-position.js';
import { expiredRecords } from './expired-records.js';
import {
  hasSequenceNumber,
  isLeaseOf,
  knownReports,
  type Lease,
  type LeaseTable,
  type TracedStream,
} from './lease-table.js';

/** The start waits no longer than this, in ms; what was not answered by then is said. */
const LIMIT_MS = 5_000;
/** Each asks for another shard. */
const CONCURRENT_SHARDS = 20;
/** A worker that has reported within this time is alive, in ms: by default it does every 10 s. */
const ALIVE_MS = 60_000;

/** Warns of each shard whose checkpoint is older than what the stream retains, unless a live worker has its lease. */
export async function reportExpired(
  table: LeaseTable,
  tracked: readonly (TracedStream & { readonly retentionMs: number | undefined })[],
  kinesis: KinesisClient,
  logger: Logger,
): Promise<void> {
  const { leases, workers } = table;
  const reports = knownReports(table);
  const now = Date.now();
  const alive = new Set(
    workers.filter(({ reportedAt = 0 }) => now - reportedAt * 1000 < ALIVE_MS).map(({ id }) => id),
  );
  const isRead = ({ owner }: Lease) => owner !== undefined && alive.has(owner);
  const asked = tracked.flatMap((source) =>
    leases
      .filter((lease) => isLeaseOf(source, lease) && hasSequenceNumber(lease) && !isRead(lease))
      .map((lease) => ({ source, lease })),
  );
  const signal = AbortSignal.timeout(LIMIT_MS);
  let unknown = 0;
  let reason: unknown;
  const look = async ({ source, lease }: (typeof asked)[number]) => {
    const { stream, retentionMs } = source;
    if (retentionMs === undefined) return;
    try {
      const position = await positionOf(kinesis, stream, lease, signal);
      const expired = position && expiredRecords(lease, position, retentionMs, reports, now);
      if (!expired) return;
      const { shard, from, until, text } = expired;
      logger.warn({ stream: stream.arn, shard, checkpoint: lease.checkpoint, from, until }, text);
    } catch (error) {
      unknown++;
      reason ??= error;
    }
  };
  const waiting = asked.values();
  const worker = async () => {
    for (const next of waiting) await look(next);
  };
  await Promise.all(Array.from({ length: CONCURRENT_SHARDS }, worker));
  if (unknown > 0) {
    logger.warn(
      { err: reason, shards: unknown },
      'whether records have expired unread is unknown of some shards: Kinesis could not be asked at their checkpoints',
    );
  }
}
