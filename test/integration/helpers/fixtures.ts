import { join } from 'node:path';
import { createStream, type Lab, putRecords, type RecordToPut } from '../../../lab/lab.js';
import { projectRoot } from '../../../lab/project-root.js';
import { WorkerProcess } from '../../../lab/worker-process.js';
import type { Lease } from '../../../src/leases/lease-table.js';
import { readLeaseTable, tableLookups } from '../../../src/leases/lease-table-reader.js';

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

/** Several streams, as they are given in the environment. */
export function streamsEnv(...arns: string[]): Record<string, string> {
  return Object.fromEntries(arns.map((arn, index) => [`STREAMS_${index + 1}_STREAM_ARN`, arn]));
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
export async function withWorker<T>(
  lab: Lab,
  streamArn: string | undefined,
  env: Record<string, string>,
  use: (consumer: WorkerProcess) => Promise<T>,
): Promise<T> {
  const consumer = new WorkerProcess(lab, { ...(streamArn === undefined ? {} : { streamArn }), env });
  try {
    return await use(consumer);
  } finally {
    await consumer.dispose();
  }
}

export async function leasesOf(lab: Lab, application: string): Promise<Lease[]> {
  return (await readLeaseTable(tableLookups(lab.reader.dynamodb, { lease: application })))?.leases ?? [];
}

/** What the tests compare: the keys and bytes, in the order within each shard. */
export function byShard<T extends { shard: string }>(entries: readonly T[]): Map<string, T[]> {
  const shards = new Map<string, T[]>();
  for (const entry of entries) shards.set(entry.shard, [...(shards.get(entry.shard) ?? []), entry]);
  return shards;
}
