/** A program in the style of aws-kcl's README, which either aws-kcl runs or our child, as its handler. */
import { fileURLToPath } from 'node:url';
import kcl, { type RecordProcessor } from 'aws-kcl';

export function createRecordProcessor(): RecordProcessor {
  return {
    initialize: (_input, done) => done(),
    processRecords({ records, checkpointer }, done) {
      const last = (records as { sequenceNumber: string }[]).at(-1);
      if (last === undefined) return done();
      checkpointer.checkpoint(last.sequenceNumber, () => done());
    },
    leaseLost: (_input, done) => done(),
    shardEnded: ({ checkpointer }, done) => checkpointer.checkpoint(() => done()),
    shutdownRequested: (_input, done) => done(),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) kcl(createRecordProcessor()).run();
