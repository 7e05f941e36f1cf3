/** An aws-kcl program that only counts: one process for each shard. */

import kcl from 'aws-kcl';

let bytes = 0;

kcl({
  initialize: (_input, done) => done(),
  processRecords({ records }, done) {
    // As every such program does: what it is given is Base64.
    for (const { data } of records as { data: string }[]) bytes += Buffer.from(data, 'base64').length;
    done();
  },
  leaseLost(_input, done) {
    if (bytes === 0) throw new Error('no record came');
    done();
  },
  shardEnded: (_input, done) => done(),
}).run();
