import type { _Record as KinesisRecord } from '@aws-sdk/client-kinesis';

/** Records with the sequence numbers 1 to `count`, each as old as that in ms. */
export function recordsOf(count: number, { bytes = 1, ageMs = 0 } = {}): KinesisRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    SequenceNumber: String(index + 1),
    PartitionKey: 'key',
    Data: Buffer.alloc(bytes),
    ApproximateArrivalTimestamp: new Date(Date.now() - ageMs),
  }));
}

export const numbers = (records: readonly KinesisRecord[]) =>
  records.map(({ SequenceNumber }) => SequenceNumber).join(' ');
