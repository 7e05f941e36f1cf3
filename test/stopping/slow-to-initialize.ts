import { setTimeout as sleep } from 'node:timers/promises';
import { addToLedger } from '../../lab/ledger.js';
import { parseStreamArn, type RecordProcessor, type StreamArn } from '../../src/index.js';

const INITIALIZES_FOR_MS = 2_000;

/** Says when it begins to initialize a shard, and takes a while for it. */
export function createRecordProcessor(): RecordProcessor {
  let place: { stream: StreamArn; shard: string };
  return {
    async initialize({ streamArn, shardId }) {
      process.stderr.write('initializing\n');
      await sleep(INITIALIZES_FOR_MS);
      place = { stream: parseStreamArn(streamArn), shard: shardId };
    },
    processRecords({ records, checkpointer }, done) {
      for (const { data, approximateArrivalTimestamp: _, ...record } of records) {
        const bytes = { data: Buffer.from(data, 'base64'), approximateArrivalTimestamp: undefined };
        addToLedger(process.env.LEDGER_FILE ?? '', { ...record, ...bytes }, place);
      }
      checkpointer.checkpoint(done);
    },
    shardEnded: ({ checkpointer }, done) => checkpointer.checkpoint(done),
    shutdownRequested: ({ checkpointer }, done) => checkpointer.checkpoint(done),
  };
}
