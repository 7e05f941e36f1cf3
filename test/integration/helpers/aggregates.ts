import { createHash } from 'node:crypto';
import agg from 'aws-kinesis-agg';
import protobuf from 'protobufjs/minimal.js';
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

/** The message of an aggregate as it is, valid or not, with what makes it one: magic number and checksum. */
export function checksummed(partitionKey: string, message: Buffer): RecordToPut {
  const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
  const checksum = createHash('md5').update(message).digest();
  return { partitionKey, data: Buffer.concat([magic, message, checksum]) };
}

/** Aggregates with the right checksum that can't be taken apart. */
export function malformedAggregates(): RecordToPut[] {
  const field = (tag: number, value: Buffer | string | number) =>
    typeof value === 'number'
      ? protobuf.Writer.create().uint32(tag).uint64(value)
      : protobuf.Writer.create().uint32(tag).bytes(Buffer.from(value));
  const message = (...fields: protobuf.Writer[]) => Buffer.concat(fields.map((one) => one.finish()));
  const KEY = 10;
  const HASH_KEY = 18;
  const RECORD = 26;
  const record = (...fields: protobuf.Writer[]) => field(RECORD, message(...fields));
  const data = field(26, 'secret data');
  return [
    checksummed('index', message(field(KEY, 'k'), record(field(8, 5), data))), // 30 bytes
    checksummed('second', message(field(KEY, 'k'), record(field(8, 0), data), record(field(8, 1), data))),
    checksummed('64 bits', message(field(KEY, 'k'), record(field(8, 2 ** 32), data))),
    checksummed('no hash key', message(field(KEY, 'k'), record(field(8, 0), field(16, 0), data))),
    checksummed(
      'text for a hash key',
      message(field(KEY, 'k'), field(HASH_KEY, 'secret'), record(field(8, 0), field(16, 0), data)),
    ),
    checksummed('long key', message(field(KEY, 'k'.repeat(70_000)), record(field(8, 0), data))),
    checksummed('no data', message(field(KEY, 'k'), record(field(8, 0)))),
    checksummed('no message', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])),
  ];
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
