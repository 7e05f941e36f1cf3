import { type Fields, isFields } from '../iam/api-call.js';

/** A record as the emulator holds it. */
export interface HeldRecord {
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Buffer;
}

/** What is served of it instead; `partitionKey: null` leaves the key out, as Kinesis does. */
export interface ServedRecord {
  readonly partitionKey?: string | null;
  readonly data?: Buffer;
}

/** Undefined serves the record as it is held. */
export type RecordRewrite = (record: HeldRecord) => ServedRecord | undefined;

/** Of one answer of GetRecords (API reference); one record is always served. */
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

/**
 * What streams of AWS have and the emulator's can't: a summary with the record distribution strategy and the largest
 * record, records without a partition key, records above 1 MiB.
 */
export class ServedStreams {
  readonly #summaries = new Map<string, Fields>();
  readonly #rewrites = new Map<string, RecordRewrite>();
  readonly #subscriptions = new Set<() => void>();

  /** Adds fields to what DescribeStreamSummary answers, such as `RecordDistributionStrategy: 'AUTO'`. */
  describe(streamArn: string, fields: Fields): void {
    this.#summaries.set(streamArn, { ...this.#summaries.get(streamArn), ...fields });
  }

  rewrite(streamArn: string, rewrite: RecordRewrite): void {
    this.#rewrites.set(streamArn, rewrite);
  }

  /**
   * Ends each subscription that is open now, as Kinesis and the emulator do after five minutes. The emulator notices only
   * seconds later, and refuses the next subscription until then, as Kinesis does within 5 s of the call before.
   *
   * @return how many
   */
  endSubscriptions(): number {
    const open = [...this.#subscriptions];
    this.#subscriptions.clear();
    for (const end of open) end();
    return open.length;
  }

  get openSubscriptions(): number {
    return this.#subscriptions.size;
  }

  /** @return to be called when the subscription is over */
  subscribed(end: () => void): () => void {
    this.#subscriptions.add(end);
    return () => this.#subscriptions.delete(end);
  }

  /** @return the answer with the added fields; undefined if there are none */
  summary(streamArn: string, answer: Fields): Fields | undefined {
    const added = this.#summaries.get(streamArn);
    if (added === undefined || !isFields(answer.StreamDescriptionSummary)) return undefined;
    return { ...answer, StreamDescriptionSummary: { ...answer.StreamDescriptionSummary, ...added } };
  }

  /**
   * The records as they are served, in answers or events of at most 10 MiB.
   *
   * @param records as they are in JSON or CBOR
   * @return undefined if they are served as they are held
   */
  records(streamArn: string, records: unknown): Fields[][] | undefined {
    const rewrite = this.#rewrites.get(streamArn);
    if (rewrite === undefined || !Array.isArray(records)) return undefined;
    const parts: Fields[][] = [[]];
    let bytes = 0;
    for (const record of records.filter(isFields)) {
      const served = rewritten(record, rewrite);
      const size = bytesOf(served.Data).length;
      const last = parts.at(-1) ?? [];
      if (last.length > 0 && bytes + size > MAX_ANSWER_BYTES) {
        parts.push([served]);
        bytes = size;
      } else {
        last.push(served);
        bytes += size;
      }
    }
    return parts;
  }
}

function rewritten(record: Fields, rewrite: RecordRewrite): Fields {
  const { partitionKey, data } =
    rewrite({
      sequenceNumber: String(record.SequenceNumber),
      partitionKey: String(record.PartitionKey),
      data: bytesOf(record.Data),
    }) ?? {};
  const served: Record<string, unknown> = { ...record };
  if (partitionKey === null) delete served.PartitionKey;
  else if (partitionKey !== undefined) served.PartitionKey = partitionKey;
  // JSON has base64, CBOR the bytes.
  if (data !== undefined) served.Data = typeof record.Data === 'string' ? data.toString('base64') : data;
  return served;
}

function bytesOf(data: unknown): Buffer {
  if (typeof data === 'string') return Buffer.from(data, 'base64');
  return data instanceof Uint8Array
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.alloc(0);
}
