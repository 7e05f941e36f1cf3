/** How long shards take from one worker to another: when one joins, and when one leaves. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../lab/lab.js';
import type { WorkerProcess } from '../../lab/worker-process.js';
import { readLeaseTable, tableLookups } from '../../src/leases/lease-table-reader.js';
import { alike, withFleet } from '../bench-run.js';

/** Leases are balanced once a minute. */
const PATIENCE_MS = 150_000;
/** Two records a second in each shard: a gap or a repetition shows. */
const RECORDS = { recordBytes: 64, recordsPerBatch: 50, bytesPerSecond: 128 };

export interface HandOver {
  /** From the start of the second worker until half of the leases are its. */
  halfSeconds: number;
  /** From the first worker's SIGTERM until the second has every lease. */
  allSeconds: number;
  records: number;
  recordsTwice: number;
}

export function measureHandOver(lab: Lab, shards: number): Promise<HandOver> {
  // The default strategy evens out CPU: two workers that are as busy may keep 10 leases and 6.
  const env = { LEASE_ASSIGNMENT_STRATEGY: 'LEASE_COUNT_BASED' };
  return withFleet(lab, alike(shards, RECORDS), env, async ({ replay, application, start }) => {
    const until = (worker: WorkerProcess, leases: number) => untilHeld(lab, application, worker, leases);
    const first = start();
    await until(first, shards);
    const read = () => new Set(first.ledger.map(({ shard }) => shard)).size;
    await first.until('a record of each shard', () => read() === shards);
    const second = start();
    const half = await until(second, Math.floor(shards / 2));
    const stopping = first.stop();
    const all = await until(second, shards);
    await stopping;
    await replay.freeze();
    await second.stop();
    const handled = [first, second].flatMap(({ ledger }) =>
      ledger.map((one) => `${one.shard} ${one.sequenceNumber}`),
    );
    return {
      halfSeconds: half,
      allSeconds: all,
      records: handled.length,
      recordsTwice: handled.length - new Set(handled).size,
    };
  });
}

/** @return seconds until the worker holds so many leases */
async function untilHeld(lab: Lab, application: string, worker: WorkerProcess, wanted: number) {
  const from = performance.now();
  for (;;) {
    const id = workerIdOf(worker);
    const leases =
      (await readLeaseTable(tableLookups(lab.reader.dynamodb, { lease: application })))?.leases ?? [];
    const held = id === undefined ? 0 : leases.filter(({ owner }) => owner === id).length;
    const seconds = (performance.now() - from) / 1000;
    if (held >= wanted) return seconds;
    if (!worker.running || seconds * 1000 > PATIENCE_MS) {
      throw new Error(`${held} of ${wanted} leases after ${seconds.toFixed(0)} s\n${worker.lastLog()}`);
    }
    await sleep(100);
  }
}

/** As KCL names it in the lease table, once it has started. */
function workerIdOf({ log }: WorkerProcess): unknown {
  return log.find(({ worker }) => worker !== undefined)?.worker;
}
