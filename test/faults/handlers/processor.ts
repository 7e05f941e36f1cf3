import { addToLedger } from '../../../lab/ledger.js';
import { parseStreamArn, type RecordProcessor, type StreamArn } from '../../../src/index.js';

const { LEDGER_FILE = '', CALLS_BACK_WITH_ERROR } = process.env;

/** As one writes it for aws-kcl; it calls back with an error at a poisoned record. */
export function createRecordProcessor(): RecordProcessor {
  let stream: StreamArn;
  let shard: string;
  return {
    initialize({ streamArn, shardId }, done) {
      stream = parseStreamArn(streamArn);
      shard = shardId;
      done();
    },
    processRecords({ records, checkpointer }, done) {
      for (const { data, approximateArrivalTimestamp: _, ...record } of records) {
        if (CALLS_BACK_WITH_ERROR && record.partitionKey === 'poison') {
          done(new Error('called back by the test'));
          return;
        }
        const bytes = { data: Buffer.from(data, 'base64'), approximateArrivalTimestamp: undefined };
        addToLedger(LEDGER_FILE, { ...record, ...bytes }, { stream, shard });
      }
      checkpointer.checkpoint(done);
    },
    shardEnded: ({ checkpointer }, done) => checkpointer.checkpoint(done),
    shutdownRequested: ({ checkpointer }, done) => checkpointer.checkpoint(done),
  };
}
