import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateStreamCommand, ListShardsCommand, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { closeAccount, openAccount } from '../../lab/account.js';
import { freePorts } from '../../lab/free-port.js';
import { startKinesisLocal } from '../../lab/kinesis-local.js';
import { type BenchEmulators, STREAM_NAME } from '../peers/bench-emulators.js';
import { type Peer, workerOf } from '../peers/peer.js';
import { PeerProcess } from '../peers/peer-process.js';
import { type HashKeys, seedLeases } from '../peers/seed-leases.js';
import type { Table } from '../section.js';

const SHARDS = 4;
const PUTS_PER_SECOND = 40;
const SECONDS = 6;
/** For what was put, but not handled yet. */
const SETTLE_MS = 1_000;
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

/** From PutRecord's call to the handler, of one peer after the other on one stream of kinesis-local. */
export async function measureLatency(
  where: BenchEmulators,
  peers: readonly Peer[],
  log: (line: string) => void,
): Promise<LatencyResult> {
  const { AWS_ACCESS_KEY_ID: id = '', AWS_REGION: region = '' } = where.reader.env;
  const [port = 0] = await freePorts(1);
  const emulator = await startKinesisLocal(port, region);
  const kinesisEndpoint = `http://127.0.0.1:${port}`;
  const account = openAccount(id, { region, kinesisEndpoint, dynamodbEndpoint: where.dynamodbEndpoint });
  const results: Latencies[] = [];
  const puts: number[] = [];
  const failed: string[] = [];
  const put = async () => {
    const at = Date.now();
    const Data = Buffer.from(at + PADDING);
    await account.kinesis.send(
      new PutRecordCommand({ StreamName: STREAM_NAME, PartitionKey: randomUUID(), Data }),
    );
    return Date.now() - at;
  };
  try {
    await account.kinesis.send(new CreateStreamCommand({ StreamName: STREAM_NAME, ShardCount: SHARDS }));
    await sleep(500); // it becomes ACTIVE in 100 ms
    const { Shards = [] } = await account.kinesis.send(new ListShardsCommand({ StreamName: STREAM_NAME }));
    const hashKeys = Shards.map(({ HashKeyRange: range }) => ({
      from: range?.StartingHashKey ?? '',
      to: range?.EndingHashKey ?? '',
    }));
    for (const peer of peers) {
      try {
        const measured = await measurePeer(where, peer, kinesisEndpoint, hashKeys, put);
        puts.push(...measured.puts);
        results.push({
          name: peer.name,
          records: measured.latencies.length,
          ...percentiles(measured.latencies),
        });
        log(`latency: ${peer.name}`);
      } catch (error) {
        failed.push(`latency: ${(error as Error).message}`);
        log(`latency: failed: ${(error as Error).message}`);
      }
    }
    return { peers: results, put: percentiles(puts), failed };
  } finally {
    closeAccount(account);
    await emulator.stop();
  }
}

async function measurePeer(
  where: BenchEmulators,
  peer: Peer,
  kinesisEndpoint: string,
  hashKeys: readonly HashKeys[],
  put: () => Promise<number>,
): Promise<{ latencies: number[]; puts: number[] }> {
  const applicationName = `latency-${peer.id}`;
  if (peer.kcl) await seedLeases(where.reader.dynamodb, applicationName, hashKeys, workerOf(peer));
  const process = new PeerProcess(
    peer,
    where.run({
      applicationName,
      kinesisEndpoint,
      intervals: 'short',
      idleBetweenReadsMs: IDLE_BETWEEN_READS_MS,
      measureLatency: true,
    }),
  );
  try {
    let waiting = true;
    const ready = process
      .until('a record of each shard', READY_TIMEOUT_MS, () => {
        process.progress.read();
        return process.progress.firstAt.size === SHARDS;
      })
      .finally(() => {
        waiting = false;
      });
    const putting = (async () => {
      while (waiting) await Promise.all([put(), sleep(1000 / PUTS_PER_SECOND)]);
    })();
    await Promise.all([ready, putting]);
    // What was put by now is not part of it.
    await sleep(SETTLE_MS);
    process.progress.read();
    process.progress.latencies = [];
    const pending: Promise<number>[] = [];
    for (let count = 0; count < SECONDS * PUTS_PER_SECOND; count++) {
      pending.push(put());
      await sleep(1000 / PUTS_PER_SECOND);
    }
    const puts = await Promise.all(pending);
    await sleep(SETTLE_MS);
    process.progress.read();
    return { latencies: process.progress.latencies, puts };
  } finally {
    await process.stop({ asking: false });
  }
}

export function percentiles(values: readonly number[]): { p50: number; p99: number } {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

export function latencyTable({ peers, put }: LatencyResult): Table {
  return {
    title: 'From PutRecord to the handler, 4 shards, 40 records/s, polled every 250 ms',
    note:
      `kinesis-local; one peer after the other, nothing beside it. It adds the ${put.p50} ms (p99 ${put.p99} ms) that PutRecord ` +
      'itself takes. Polling adds up to 250 ms; what is more than the raw SDK loop takes is the peer.',
    columns: ['peer', 'records', 'p50, ms', 'p99, ms'],
    rows: peers.map(({ name, records, p50, p99 }) => ({ name, cells: [records, p50, p99] })),
  };
}
