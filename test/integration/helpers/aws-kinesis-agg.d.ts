/** The part of aws-kinesis-agg 4.2.8 that is used; the types that the package has lack it. */
declare module 'aws-kinesis-agg' {
  export interface AggregatedRecord {
    partitionKey: string;
    data: Buffer;
  }

  export class RecordAggregator {
    /** @throws Error if the aggregate would be larger than 1 MiB */
    addUserRecord(record: { partitionKey: string; explicitHashKey?: string; data: Uint8Array }): void;
    checkIfUserRecordFits(record: {
      partitionKey: string;
      explicitHashKey?: string;
      data: Uint8Array;
    }): boolean;
    build(): AggregatedRecord;
  }

  /** `data` are base64. */
  export interface PackedRecord {
    partitionKey: string;
    data: string;
  }

  const agg: {
    RecordAggregator: typeof RecordAggregator;
    deaggregateSync(
      record: PackedRecord & { sequenceNumber: string },
      computeChecksums: boolean,
      done: (error?: Error, records?: PackedRecord[]) => void,
    ): void;
  };
  export default agg;
}
