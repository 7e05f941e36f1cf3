import { addToLedger } from '../../../lab/ledger.js';
import {
  type ProcessorCheckpointer,
  parseStreamArn,
  type RecordProcessor,
  type StreamArn,
} from '../../../src/index.js';

const { LEDGER_FILE = '' } = process.env;
/** So that a failure has records before it that are checkpointed, and one behind them. */
const FAILING_BATCH = 3;

/**
 * Checkpoints each record. Once a poisoned record has come, it fails once: on the last record of the next batch, all
 * others of which are checkpointed by then.
 */
export function createRecordProcessor(): RecordProcessor {
  let stream: StreamArn;
  let shard: string;
  let fails: 'not yet' | 'next' | 'no more' = 'not yet';
  return {
    initialize({ streamArn, shardId }, done) {
      stream = parseStreamArn(streamArn);
      shard = shardId;
      done();
    },
    async processRecords({ records, checkpointer }) {
      const failing = fails === 'next' && records.length >= FAILING_BATCH;
      for (const [index, { data, approximateArrivalTimestamp: _, ...record }] of records.entries()) {
        if (failing && index === records.length - 1) {
          fails = 'no more';
          throw new Error('thrown by the test behind its own checkpoint');
        }
        if (record.partitionKey === 'poison' && fails === 'not yet') fails = 'next';
        const bytes = { data: Buffer.from(data, 'base64'), approximateArrivalTimestamp: undefined };
        addToLedger(LEDGER_FILE, { ...record, ...bytes }, { stream, shard });
        await stored(checkpointer, record);
      }
    },
    shardEnded: ({ checkpointer }, done) => checkpointer.checkpoint(done),
    shutdownRequested: ({ checkpointer }, done) => checkpointer.checkpoint(done),
  };
}

function stored(
  checkpointer: ProcessorCheckpointer,
  { sequenceNumber, subSequenceNumber }: { sequenceNumber: string; subSequenceNumber: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    checkpointer.checkpoint(sequenceNumber, subSequenceNumber, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}
