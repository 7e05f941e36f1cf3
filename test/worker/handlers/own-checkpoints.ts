import type { RecordProcessor } from '../../../src/delivery/record-processor.js';

/** In aws-kcl's style: checkpoints each record, and calls back with an error the first time that it meets 'fails once'. */
export function createRecordProcessor(): RecordProcessor {
  let failed = false;
  return {
    processRecords({ records, checkpointer }, done) {
      const next = (index: number) => {
        const record = records[index];
        if (record === undefined) return done();
        if (record.partitionKey === 'fails once' && !failed) {
          failed = true;
          return done(new Error('boom'));
        }
        checkpointer.checkpoint(record.sequenceNumber, record.subSequenceNumber, (error) =>
          error ? done(error) : next(index + 1),
        );
      };
      next(0);
    },
    shardEnded: ({ checkpointer }, done) => checkpointer.checkpoint(done),
  };
}
