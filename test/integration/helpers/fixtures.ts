import { join } from 'node:path';
import { ConsumerProcess } from '../../../lab/consumer-process.js';
import { createStream, type Lab, putRecords, type RecordToPut } from '../../../lab/lab.js';
import { type LeaseRow, readLeases } from '../../../lab/lease-table.js';
import { projectRoot } from '../../../lab/project-root.js';

export const TRANSPORTS = ['host', 'multilang'] as const;

let streams = 0;

/** A stream of the owner's with records, and one of the same name in the reader's account with decoys. */
export async function sharedStream(
  lab: Lab,
  records: readonly RecordToPut[],
  shards = 4,
): Promise<{ arn: string; application: string }> {
  const name = `orders-${++streams}`;
  const arn = await createStream(lab.owner, name, shards);
  const decoy = await createStream(lab.reader, name, shards);
  await putRecords(lab.reader, decoy, decoys(20));
  await putRecords(lab.owner, arn, records);
  return { arn, application: `cross-account-kcl-${lab.owner.id}-${name}` };
}

export const DECOY = 'decoy';

function decoys(count: number): RecordToPut[] {
  return Array.from({ length: count }, (_, index) => ({
    partitionKey: `${DECOY}-${index}`,
    data: Buffer.from(DECOY),
  }));
}

export function handlerFile(name: string): string {
  return join(projectRoot, 'build', 'test', 'integration', 'handlers', `${name}.js`);
}

/** Starts a consumer, and ends it after the test whatever happens. */
export async function withConsumer<T>(
  lab: Lab,
  streamArn: string,
  env: Record<string, string>,
  use: (consumer: ConsumerProcess) => Promise<T>,
): Promise<T> {
  const consumer = new ConsumerProcess(lab, { streamArn, env });
  try {
    return await use(consumer);
  } finally {
    await consumer.dispose();
  }
}

export async function leasesOf(lab: Lab, application: string): Promise<LeaseRow[]> {
  return readLeases(lab.reader, application);
}

/** What the tests compare: the keys and bytes, in the order within each shard. */
export function byShard<T extends { shard: string }>(entries: readonly T[]): Map<string, T[]> {
  const shards = new Map<string, T[]>();
  for (const entry of entries) shards.set(entry.shard, [...(shards.get(entry.shard) ?? []), entry]);
  return shards;
}
