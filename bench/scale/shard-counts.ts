/** What a worker takes for the number of its shards, while they hold little or nothing. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../lab/lab.js';
import { alike, type Running, withWorker } from '../bench-run.js';
import { readCounts } from '../handlers/counts.js';
import { pssMiB } from '../process-tree.js';
import { type Calls, idleFor } from './calls.js';

const START_TIMEOUT_MS = 120_000;
/** For what belongs to the start to be over: KCL's first audit, threads that have nothing more to do. */
const SETTLE_MS = 3_000;
const RECORDS = { recordBytes: 1024, recordsPerBatch: 100, bytesPerSecond: 10_240 };

export interface ShardCount {
  shards: number;
  heldSeconds: number;
  readSeconds: number;
  stopSeconds: number;
  nodeMiB: number;
  jvmMiB: number;
  threads: number;
  fetchThreads: number;
  handlerThreads: number;
  descriptors: number;
  cores: number;
  updateItem: number;
  query: number;
  scan: number;
  putMetricData: number;
}

/** @throws Error with the worker's last words if it ends otherwise than with 0 */
export function measureShardCount(
  lab: Lab,
  calls: Calls,
  shards: number,
  idleMs: number,
): Promise<ShardCount> {
  const env = {
    // KCL's default, as most workers have it.
    KCL_IDLE_TIME_BETWEEN_READS_IN_MILLIS: '1500',
    // Through the gate, which counts.
    DYNAMO_DB_ENDPOINT: lab.gate.endpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH: lab.gate.endpoint,
    METRICS_LEVEL: 'DETAILED',
  };
  const run = { transport: 'host' as const, shards: alike(shards, RECORDS), handler: 'counting', env };
  return withWorker(lab, run, async (running) => {
    const { consumer, replay, folder, tree } = running;
    const firsts = () => Object.values(readCounts(folder).firstAt);
    await consumer.until('a record of each shard', () => firsts().length === shards, START_TIMEOUT_MS);
    await replay.freeze();
    await sleep(SETTLE_MS);
    const { cores, perMinute } = await idleFor(idleMs, tree, calls);
    const [node = 0, jvm = 0] = tree.pids();
    const figures = {
      shards,
      heldSeconds: (Math.max(...takenAt(running)) - consumer.startedAt) / 1000,
      readSeconds: (Math.max(...firsts()) - consumer.startedAt) / 1000,
      nodeMiB: pssMiB(node),
      jvmMiB: pssMiB(jvm),
      ...threadsOf(jvm),
      descriptors: readdirSync(`/proc/${jvm}/fd`).length,
      cores,
      updateItem: perMinute('dynamodb:UpdateItem'),
      query: perMinute('dynamodb:Query'),
      scan: perMinute('dynamodb:Scan'),
      putMetricData: perMinute('cloudwatch:PutMetricData'),
    };
    const stopAt = performance.now();
    const { code } = await consumer.stop();
    if (code !== 0) {
      throw new Error(
        `a worker of ${shards} shards ended with ${code}\n${consumer.stderr}${consumer.lastLog()}`,
      );
    }
    return { ...figures, stopSeconds: (performance.now() - stopAt) / 1000 };
  });
}

function takenAt({ consumer }: Running): number[] {
  return consumer.log.filter(({ msg }) => msg === 'shard taken').map(({ time }) => Date.parse(String(time)));
}

/** By the beginning of their names, of which Linux keeps 15 characters. */
function threadsOf(jvm: number) {
  const names = readdirSync(`/proc/${jvm}/task`).map((thread) => {
    try {
      return readFileSync(`/proc/${jvm}/task/${thread}/comm`, 'utf8');
    } catch {
      return ''; // it has just ended
    }
  });
  return {
    threads: names.length,
    fetchThreads: names.filter((name) => name.startsWith('prefetch')).length,
    handlerThreads: names.filter((name) => name.startsWith('ShardRe')).length,
  };
}
