import type { KinesisRecord } from '../../src/delivery/record-handler.js';

/** Every byte value once. */
export const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
/** What a producer may choose: not ASCII, a line separator of JavaScript, a control character, a quote. */
export const ODD_KEY = 'pé漢\u2028\u0001"';
/** As long as Kinesis's own. */
export const SEQUENCE_NUMBER = '49590338271490256608559692538361571095921575989136588898';

export function recordOf(fields: Partial<KinesisRecord> = {}): KinesisRecord {
  return {
    data: Buffer.from('data'),
    partitionKey: 'key',
    sequenceNumber: '1',
    subSequenceNumber: 0,
    approximateArrivalTimestamp: undefined,
    ...fields,
  };
}

/** Records with the sequence numbers 1 to `count`. */
export function records(count: number): KinesisRecord[] {
  return Array.from({ length: count }, (_, index) => recordOf({ sequenceNumber: String(index + 1) }));
}
