import { setTimeout as sleep } from 'node:timers/promises';
import { PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import type { Account } from './account.js';
import { batches } from './batches.js';
import { EmulatorError } from './emulator-error.js';

/** Of one PutRecords request (Kinesis API reference); bytes count data and partition keys. */
const limits = { records: 500, bytes: 5 * 1024 * 1024 };
const retry = { attempts: 8, firstDelayMs: 50 };

export interface RecordToPut {
  partitionKey: string;
  data: Uint8Array;
  explicitHashKey?: string;
}

export interface PutResult {
  shardId: string;
  sequenceNumber: string;
}

/**
 * Puts any number of records; the result is in the order of the input. PutRecords may refuse some records of a
 * request, and these are put again: then they come after others of their shard that stood behind them.
 *
 * @throws EmulatorError when records are still refused in the last attempt
 */
export async function putRecords(
  account: Account,
  streamArn: string,
  records: readonly RecordToPut[],
): Promise<PutResult[]> {
  const results: PutResult[] = [];
  // One that is over the limit by itself is for Kinesis to refuse.
  for (const batch of batches(records, bytesOf, limits))
    results.push(...(await putBatch(account, streamArn, batch)));
  return results;
}

async function putBatch(
  account: Account,
  streamArn: string,
  batch: readonly RecordToPut[],
): Promise<PutResult[]> {
  const results: PutResult[] = [];
  let waiting = batch.map((record, index) => ({ index, entry: toEntry(record) }));
  let refusal: string | undefined;
  for (let attempt = 0; attempt < retry.attempts; attempt++) {
    // Full jitter, as AWS advises.
    if (attempt > 0) await sleep(Math.random() * retry.firstDelayMs * 2 ** attempt);
    const answer = await account.kinesis.send(
      new PutRecordsCommand({ StreamARN: streamArn, Records: waiting.map(({ entry }) => entry) }),
    );
    waiting = waiting.filter(({ index }, position) => {
      const { ShardId, SequenceNumber, ErrorCode, ErrorMessage } = answer.Records?.[position] ?? {};
      if (ShardId === undefined || SequenceNumber === undefined) {
        refusal = `${ErrorCode}: ${ErrorMessage}`;
        return true;
      }
      results[index] = { shardId: ShardId, sequenceNumber: SequenceNumber };
      return false;
    });
    if (waiting.length === 0) return results;
  }
  throw new EmulatorError(
    `${waiting.length} of ${batch.length} records were refused in ${retry.attempts} attempts, last with ${refusal}`,
  );
}

function bytesOf({ data, partitionKey }: RecordToPut): number {
  return data.byteLength + Buffer.byteLength(partitionKey);
}

function toEntry({ partitionKey, data, explicitHashKey }: RecordToPut): PutRecordsRequestEntry {
  const entry = { PartitionKey: partitionKey, Data: data };
  return explicitHashKey === undefined ? entry : { ...entry, ExplicitHashKey: explicitHashKey };
}
