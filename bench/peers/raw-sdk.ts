/** The AWS SDK for JavaScript alone: a loop for each shard, without leases and checkpoints. */

import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Progress } from './progress.js';

const { STREAM_NAME: StreamName, POSITION = 'TRIM_HORIZON' } = process.env;
const IDLE_MS = Number(process.env.IDLE_BETWEEN_READS_MS);
const agent = { keepAlive: true, maxSockets: 64 };
const kinesis = new KinesisClient({
  endpoint: process.env.KINESIS_ENDPOINT as string,
  // HTTP/1.1, which costs Node less than its HTTP/2.
  requestHandler: new NodeHttpHandler({ httpAgent: new Agent(agent), httpsAgent: new SecureAgent(agent) }),
});

async function readShard(ShardId: string): Promise<void> {
  const progress = new Progress(ShardId);
  const ShardIteratorType = POSITION as 'TRIM_HORIZON' | 'LATEST';
  const begin = await kinesis.send(new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType }));
  for (let ShardIterator = begin.ShardIterator; ShardIterator !== undefined; ) {
    const { Records = [], NextShardIterator } = await kinesis.send(
      new GetRecordsCommand({ ShardIterator, Limit: 10_000 }),
    );
    for (const { Data } of Records) {
      if (Data) progress.add(Buffer.from(Data.buffer, Data.byteOffset, Data.byteLength));
    }
    progress.write();
    ShardIterator = NextShardIterator;
    if (Records.length === 0) await sleep(IDLE_MS);
  }
}

process.on('SIGTERM', () => process.exit());
const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
await Promise.all(Shards.map(({ ShardId }) => readShard(ShardId as string)));
