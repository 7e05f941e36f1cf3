/** What one request may hold. */
export interface BatchLimits {
  readonly records: number;
  readonly bytes: number;
}

/** Records as batches within the limits, in their order; one that is over the limit by itself is alone. */
export function* batches<T>(
  records: readonly T[],
  bytesOf: (record: T) => number,
  limits: BatchLimits,
): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = bytesOf(record);
    if (batch.length > 0 && (batch.length === limits.records || bytes + size > limits.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
