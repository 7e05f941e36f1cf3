/** Node's end of the host transport with a handler that only counts: `node host.js SOCKET record|batch`. */

import pino from 'pino';
import { parseStreamArn } from '../../src/aws/arn.js';
import { inBatches } from '../../src/delivery/batch-handler.js';
import { oneByOne } from '../../src/delivery/shard-handler.js';
import { ShardHost } from '../../src/worker/host/shard-host.js';

const [, , socket = '', mode] = process.argv;
const NEVER = Number.MAX_SAFE_INTEGER;
let bytes = 0;

await ShardHost.listen(socket, {
  streams: [parseStreamArn('arn:aws:kinesis:us-east-1:111111111111:stream/canned')],
  handler: () =>
    mode === 'batch'
      ? inBatches(async (records) => {
          for (const { data } of records) bytes += data.length;
        })
      : oneByOne(({ data }) => {
          bytes += data.length;
        }),
  handlerTimeoutMs: 300_000,
  maxAttempts: 5,
  retryDelayMs: 200,
  retryMaxDelayMs: 30_000,
  onFailure: 'stop',
  // There is no lease table that a checkpoint could go to; nor does the stock child make any.
  checkpointIntervalMs: NEVER,
  checkpointRecords: NEVER,
  stallWarningMs: 0,
  emptyBatches: true,
  logger: pino({ level: 'warn' }, pino.destination(2)),
});
process.stdout.write('listening\n');
process.stdin.on('end', () => process.exit(bytes > 0 ? 0 : 1)).resume();
