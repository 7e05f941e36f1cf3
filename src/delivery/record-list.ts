import type { KinesisRecord } from './record-handler.js';

/** A batch's records in their order, from the first; an array of them is one. */
export interface RecordList {
  readonly length: number;
  /** How many bytes of data all of them have; undefined where that is to be summed up. */
  readonly dataBytes?: number;
  /** @param index 0 or more */
  at(index: number): KinesisRecord | undefined;
  slice(start: number, end: number): KinesisRecord[];
}

export function dataBytesOf(records: RecordList): number {
  if (records.dataBytes !== undefined) return records.dataBytes;
  return records.slice(0, records.length).reduce((sum, { data }) => sum + data.length, 0);
}
