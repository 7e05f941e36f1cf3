import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateStreamCommand, ListShardsCommand, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { closeAccount, openAccount } from '../../lab/account.js';
import { freePorts } from '../../lab/free-port.js';
import { startKinesisLocal } from '../../lab/kinesis-local.js';
import { type BenchEmulators, STREAM_NAME } from '../peers/bench-emulators.js';
import type { Peer } from '../peers/peer.js';
import { PeerProcess } from '../peers/peer-process.js';
import { seedLeases } from '../peers/seed-leases.js';
import type { Table } from '../section.js';

const SHARDS = 4;
const PUTS_PER_SECOND = 20;
/** As each peer is told: of Kinesis's five calls a second and shard, four. */
const IDLE_BETWEEN_READS_MS = 250;
const READY_TIMEOUT_MS = 60_000;
const PADDING = 'x'.repeat(1011);

export interface Latencies {
  name: string;
  records: number;
  p50: number;
  p99: number;
}

export interface LatencyResult {
  peers: Latencies[];
  /** PutRecord's own time, which is a part of each latency. */
  put: { p50: number; p99: number };
  failed: string[];
}

/** From PutRecord's call to the handler, of all peers at once on one stream of kinesis-local. */
export async function measureLatency(
  where: BenchEmulators,
  peers: readonly Peer[],
  seconds: number,
): Promise<LatencyResult> {
  const { AWS_ACCESS_KEY_ID: id = '', AWS_REGION: region = '' } = where.reader.env;
  const [port = 0] = await freePorts(1);
  const emulator = await startKinesisLocal(port, region);
  const kinesisEndpoint = `http://127.0.0.1:${port}`;
  const account = openAccount(id, { region, kinesisEndpoint, dynamodbEndpoint: where.dynamodbEndpoint });
  const running: { peer: Peer; process: PeerProcess }[] = [];
  const failed: string[] = [];
  try {
    await account.kinesis.send(new CreateStreamCommand({ StreamName: STREAM_NAME, ShardCount: SHARDS }));
    await sleep(500); // it becomes ACTIVE in 100 ms
    const { Shards = [] } = await account.kinesis.send(new ListShardsCommand({ StreamName: STREAM_NAME }));
    const hashKeys = Shards.map(({ HashKeyRange: range }) => ({
      from: range?.StartingHashKey ?? '',
      to: range?.EndingHashKey ?? '',
    }));
    for (const peer of peers) {
      const applicationName = `latency-${peer.id}`;
      if (peer.kcl) await seedLeases(where.reader.dynamodb, applicationName, hashKeys);
      const run = where.run({
        applicationName,
        kinesisEndpoint,
        intervals: 'short',
        idleBetweenReadsMs: IDLE_BETWEEN_READS_MS,
        measureLatency: true,
      });
      try {
        running.push({ peer, process: new PeerProcess(peer, run) });
      } catch (error) {
        failed.push((error as Error).message);
      }
    }
    const puts: number[] = [];
    const put = async () => {
      const at = Date.now();
      await account.kinesis.send(
        new PutRecordCommand({
          StreamName: STREAM_NAME,
          PartitionKey: randomUUID(),
          Data: Buffer.from(at + PADDING),
        }),
      );
      puts.push(Date.now() - at);
    };
    const ready = running.map(async ({ process }) =>
      process.until('a record of each shard', READY_TIMEOUT_MS, () => {
        process.progress.read();
        return process.progress.firstAt.size === SHARDS;
      }),
    );
    let waiting = true;
    const settled = Promise.allSettled(ready).finally(() => {
      waiting = false;
    });
    while (waiting) await Promise.all([put(), sleep(1000 / PUTS_PER_SECOND)]);
    const results = await settled;
    const measured = running.filter((_, index) => results[index]?.status === 'fulfilled');
    for (const result of results) {
      if (result.status === 'rejected') failed.push((result.reason as Error).message);
    }
    // What was put by now is not part of it.
    await sleep(2_000);
    puts.length = 0;
    for (const { process } of measured) {
      process.progress.read();
      process.progress.latencies = [];
    }
    const pending: Promise<void>[] = [];
    for (let count = 0; count < seconds * PUTS_PER_SECOND; count++) {
      pending.push(put());
      await sleep(1000 / PUTS_PER_SECOND);
    }
    await Promise.all(pending);
    await sleep(2_000);
    return {
      peers: measured.map(({ peer, process }) => {
        process.progress.read();
        const { latencies } = process.progress;
        return { name: peer.name, records: latencies.length, ...percentiles(latencies) };
      }),
      put: percentiles(puts),
      failed,
    };
  } finally {
    await Promise.all(running.map(({ process }) => process.stop()));
    closeAccount(account);
    await emulator.stop();
  }
}

export function percentiles(values: readonly number[]): { p50: number; p99: number } {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

export function latencyTable({ peers, put }: LatencyResult): Table {
  return {
    title: 'From PutRecord to the handler, 4 shards, 20 records/s, polled every 250 ms',
    note:
      `kinesis-local; all peers read the same stream at once. It adds the ${put.p50} ms (p99 ${put.p99} ms) that PutRecord ` +
      'itself takes. Polling adds up to 250 ms; what is more than the raw SDK loop takes is the peer.',
    columns: ['peer', 'records', 'p50, ms', 'p99, ms'],
    rows: peers.map(({ name, records, p50, p99 }) => ({ name, cells: [records, p50, p99] })),
  };
}
