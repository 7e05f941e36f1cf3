import { createHash } from 'node:crypto';
import protobuf from 'protobufjs/minimal.js';

/** A record that the KPL packed into another. */
export interface PackedRecord {
  /** null if it is empty, which Kinesis's own never are. */
  readonly partitionKey: string | null;
  /** Shares memory with the aggregate. */
  readonly data: Buffer;
}

/** KPL, "KPL Aggregated Record Format": magic number, protobuf message, MD5 of the message. */
const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
const CHECKSUM_BYTES = 16;
/** A tag of protobuf: the field's number, and how it is written. */
const PARTITION_KEY = (1 << 3) | 2;
const RECORD = (3 << 3) | 2;
const RECORD_PARTITION_KEY_INDEX = (1 << 3) | 0;
const RECORD_DATA = (3 << 3) | 2;

/**
 * The records of a KPL aggregate, in their order; undefined if the data only look like one: the checksum at the end is
 * not their own.
 *
 * @throws Error if the checksum is right and the contents are not, or are no records
 */
export function deaggregate(data: Buffer): PackedRecord[] | undefined {
  if (data.length < MAGIC.length + CHECKSUM_BYTES || !data.subarray(0, MAGIC.length).equals(MAGIC)) {
    return undefined;
  }
  const message = data.subarray(MAGIC.length, -CHECKSUM_BYTES);
  if (!createHash('md5').update(message).digest().equals(data.subarray(-CHECKSUM_BYTES))) return undefined;
  return readMessage(message);
}

/** AggregatedRecord. Explicit hash keys say which shard a record belongs to, which the reader does not need. */
function readMessage(message: Buffer): PackedRecord[] {
  const partitionKeys: string[] = [];
  const records: { partitionKeyIndex: number; data: Buffer }[] = [];
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === PARTITION_KEY) partitionKeys.push(reader.string());
    else if (tag === RECORD) records.push(readRecord(reader.bytes()));
    else reader.skipType(tag & 7);
  }
  if (records.length === 0) throw new Error('there are no records in it');
  return records.map(({ partitionKeyIndex, data }) => {
    const partitionKey = partitionKeys[partitionKeyIndex];
    if (partitionKey === undefined) {
      throw new Error(
        `partition key ${partitionKeyIndex} of a table of ${partitionKeys.length} is asked for`,
      );
    }
    return { partitionKey: partitionKey || null, data };
  });
}

function readRecord(bytes: Uint8Array): { partitionKeyIndex: number; data: Buffer } {
  let partitionKeyIndex: number | undefined;
  let data: Uint8Array | undefined;
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === RECORD_PARTITION_KEY_INDEX) partitionKeyIndex = readIndex(reader);
    else if (tag === RECORD_DATA) data = reader.bytes();
    else reader.skipType(tag & 7);
  }
  if (partitionKeyIndex === undefined || data === undefined) {
    throw new Error('a record in it lacks its partition key or its data');
  }
  return { partitionKeyIndex, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength) };
}

/** Written as 64 bits, of which uint32() would pass over the upper half. */
function readIndex(reader: protobuf.Reader): number {
  const from = reader.pos;
  const index = reader.uint32();
  return reader.pos - from > 4 ? Number.POSITIVE_INFINITY : index;
}
