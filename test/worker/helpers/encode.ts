import type { KinesisRecord } from '../../../src/delivery/record-handler.js';

/** A records frame as the launcher sends it, with its length; written after docs/protocol.md, not after frames.ts. */
export function encodeRecords(records: readonly KinesisRecord[], millisBehindLatest?: number): Buffer {
  const header = Buffer.alloc(13);
  header.write('R');
  header.writeUInt32BE(records.length, 1);
  header.writeBigInt64BE(BigInt(millisBehindLatest ?? -1), 5);
  return withLength(Buffer.concat([header, ...records.map(encodeRecord)]));
}

function encodeRecord(record: KinesisRecord): Buffer {
  const partitionKey = Buffer.from(record.partitionKey ?? '');
  const header = Buffer.alloc(23);
  header.writeUInt32BE(record.data.length, 0);
  header.writeBigInt64BE(BigInt(record.approximateArrivalTimestamp?.getTime() ?? -1), 4);
  header.writeBigInt64BE(BigInt(record.subSequenceNumber), 12);
  header.writeUInt16BE(partitionKey.length, 20);
  header.writeUInt8(record.sequenceNumber.length, 22);
  return Buffer.concat([header, partitionKey, Buffer.from(record.sequenceNumber), record.data]);
}

/** A frame of that type and body. */
export function frameOf(type: string, body: string | Buffer): Buffer {
  return withLength(Buffer.concat([Buffer.from(type, 'latin1'), Buffer.from(body)]));
}

export function withLength(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}
