import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { StreamArn } from '../aws/arn.js';
import type { Logger } from '../log/logger.js';
import { foreignLeases } from './foreign-leases.js';
import type { Lease, LeaseTable } from './lease-table.js';
import { listShards } from './list-shards.js';
import { someAtOnce } from './some-at-once.js';

const TIMEOUT_MS = 15_000;

/** A stream with the epoch of its lease keys; undefined in the single-stream form. */
export interface TracedStream {
  readonly stream: StreamArn;
  readonly creationEpoch: number | undefined;
}

/**
 * The leases of an application that tracks one stream by its ARN alone do not say when their stream was created, so they
 * are compared with its shards; those of streams with an epoch, too, as an epoch may have been chosen by hand.
 *
 * @throws LeaseTableError
 */
export async function compareLeases(
  { name, leases }: LeaseTable,
  tracked: readonly (TracedStream & { readonly createdAt: number | undefined })[],
  kinesis: KinesisClient,
  logger: Logger,
): Promise<void> {
  await someAtOnce(tracked, async (source) => {
    const own = leases.filter((lease) => isLeaseOf(source, lease));
    if (source.createdAt === undefined || own.length === 0) return;
    const { stream } = source;
    const shards = await listShards(kinesis, stream, AbortSignal.timeout(TIMEOUT_MS)).catch(
      (err: unknown) => {
        logger.warn(
          { err, stream: stream.arn },
          "the stream's shards can't be listed: whether the leases are of the stream as it is now is unknown",
        );
      },
    );
    const problem = shards && foreignLeases(stream, name, own, shards);
    if (problem) throw problem;
  });
}

/** Whether KCL would continue from it when it reads the stream. */
export function isLeaseOf(
  { stream: { account, streamName }, creationEpoch }: TracedStream,
  { stream: of }: Lease,
): boolean {
  if (of === undefined) return creationEpoch === undefined;
  return of.account === account && of.streamName === streamName && of.creationEpoch === creationEpoch;
}
