import { createHash } from 'node:crypto';
import type { RecordRewrite } from '../../../lab/gate/gate.js';
import type { RecordToPut } from '../../../lab/lab.js';

/** Kinesis's limit (MaxRecordSizeInKiB); data and partition key together. */
const MAX_RECORD_BYTES = 10 * 1024 * 1024;

/** A record whose data the gate makes `mib` MiB large; it counts from the key's end, so that each has other data. */
export const largeRecord = (mib: number, name: string): RecordToPut => ({
  partitionKey: `${name}-${mib}-MiB`,
  data: Buffer.from(name),
});

/** Makes the records of largeRecord() as large as they say; the emulator takes 1 MiB at most. */
export const enlarge: RecordRewrite = ({ partitionKey, data }) => {
  const [, mib] = /-(\d+)-MiB$/.exec(partitionKey) ?? [];
  return mib === undefined ? undefined : { data: enlarged(partitionKey, data, Number(mib)) };
};

function enlarged(partitionKey: string, name: Buffer, mib: number): Buffer {
  const bytes = Math.min(mib * 1024 * 1024, MAX_RECORD_BYTES - Buffer.byteLength(partitionKey));
  return Buffer.alloc(bytes, createHash('sha512').update(name).digest());
}

/** What the handler `sizes` is to note of them. */
export function expectedSizes(records: readonly RecordToPut[]): string[] {
  return records.map(({ partitionKey, data }) => {
    const large = enlarge({ sequenceNumber: '', partitionKey, data: Buffer.from(data) })?.data ?? data;
    return `${partitionKey} ${createHash('sha256').update(large).digest('base64')}`;
  });
}
