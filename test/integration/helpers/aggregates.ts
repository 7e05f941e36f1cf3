import agg from 'aws-kinesis-agg';
import type { RecordToPut } from '../../../lab/lab.js';
import type { LedgerEntry } from '../../../lab/ledger.js';

/**
 * The records as one KPL aggregate, in the shard of the first one's hash key.
 *
 * A partition key must not look like a small number: aws-kinesis-agg 4.2.8 keeps its table of keys in an object, whose
 * integer-like names come first, and mixes them up.
 */
export function aggregate(...records: RecordToPut[]): RecordToPut {
  const aggregator = new agg.RecordAggregator();
  for (const record of records) aggregator.addUserRecord(record);
  const { partitionKey, data } = aggregator.build();
  const explicitHashKey = records[0]?.explicitHashKey;
  return { partitionKey, data, ...(explicitHashKey === undefined ? {} : { explicitHashKey }) };
}

/** As many of the records as fit into one aggregate, which Kinesis allows 1 MiB. */
export function asManyAsFit(make: (index: number) => RecordToPut): RecordToPut[] {
  const aggregator = new agg.RecordAggregator();
  const records: RecordToPut[] = [];
  for (let record = make(0); aggregator.checkIfUserRecordFits(record); record = make(records.length)) {
    aggregator.addUserRecord(record);
    records.push(record);
  }
  return records;
}

/** The same with another checksum at its end than its own. */
export function withBrokenChecksum({ data, ...rest }: RecordToPut): RecordToPut {
  const broken = Buffer.from(data);
  broken.writeUInt8((broken.at(-1) ?? 0) ^ 1, broken.length - 1);
  return { ...rest, data: broken };
}

/** What a handler is to see of records that went into one record of the stream, or were put as they are. */
export function expected(
  ...records: RecordToPut[]
): Pick<LedgerEntry, 'partitionKey' | 'data' | 'subSequenceNumber'>[] {
  return records.map(({ partitionKey, data }, subSequenceNumber) => ({
    partitionKey,
    data: Buffer.from(data).toString('base64'),
    subSequenceNumber,
  }));
}

export function seen(ledger: readonly LedgerEntry[]): ReturnType<typeof expected> {
  return ledger.map(({ partitionKey, data, subSequenceNumber }) => ({
    partitionKey,
    data,
    subSequenceNumber,
  }));
}

/** How many entries came of each record of the stream, in their order. */
export function sizes(ledger: readonly LedgerEntry[]): number[] {
  const counts = new Map<string, number>();
  for (const { sequenceNumber } of ledger) counts.set(sequenceNumber, (counts.get(sequenceNumber) ?? 0) + 1);
  return [...counts.values()];
}
