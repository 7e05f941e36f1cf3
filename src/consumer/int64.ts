import { ProtocolError } from '../errors/errors.js';

/** An i64 as a number. Times and sub-sequence numbers don't reach 2^53; from there on it would be another one. */
export function readInt64(view: DataView, offset: number): number {
  const value = view.getInt32(offset) * 0x1_0000_0000 + view.getUint32(offset + 4);
  if (!Number.isSafeInteger(value)) {
    throw new ProtocolError(
      `a records frame has the number ${view.getBigInt64(offset)}, beyond what a time or sub-sequence number can be`,
    );
  }
  return value;
}
