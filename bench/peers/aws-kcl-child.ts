/** A child of the stock MultiLangDaemon: aws-kcl as its README shows it, with a checkpoint after each batch. */

import kcl from 'aws-kcl';
import { Progress } from './progress.js';

let progress: Progress;

// The group's signal is the daemon's, which ends its children by the end of their input.
process.on('SIGTERM', () => {});
kcl({
  initialize({ shardId }, done) {
    progress = new Progress(shardId);
    done();
  },
  processRecords({ records, checkpointer }, done) {
    const batch = records as { data: string; sequenceNumber: string }[];
    const last = batch.at(-1);
    if (last === undefined) return done();
    for (const { data } of batch) progress.add(Buffer.from(data, 'base64'));
    progress.write();
    checkpointer.checkpoint(last.sequenceNumber, () => done());
  },
  leaseLost(_, done) {
    done();
  },
  shardEnded({ checkpointer }, done) {
    checkpointer.checkpoint(() => done());
  },
  shutdownRequested({ checkpointer }, done) {
    checkpointer.checkpoint(() => done());
  },
}).run();
