/** The part of aws-kcl 2.3.2 that tests and the benchmark use; the package has no types of its own. */
declare module 'aws-kcl' {
  import type { Readable, Writable } from 'node:stream';

  export interface Checkpointer {
    checkpoint(sequenceNumber: string, callback: (error: string | null | undefined) => void): void;
    checkpoint(callback: (error: string | null | undefined) => void): void;
  }

  type Done = () => void;

  export interface RecordProcessor {
    initialize(
      input: { shardId: string; sequenceNumber: string | null; subSequenceNumber?: number | null },
      done: Done,
    ): void;
    processRecords(
      input: { records: unknown; checkpointer: Checkpointer; millisBehindLatest?: number | null },
      done: Done,
    ): void;
    leaseLost(input: unknown, done: Done): void;
    shardEnded(input: { checkpointer: Checkpointer }, done: Done): void;
    shutdownRequested?(input: { checkpointer: Checkpointer }, done: Done): void;
  }

  export default function kcl(
    processor: RecordProcessor,
    input?: Readable,
    output?: Writable,
    error?: Writable,
  ): { run(): void; cleanup(): void };
}
