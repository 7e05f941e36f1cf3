/** What a large lease table costs one of its workers, which holds few of the leases, and who looks at it. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Lab } from '../../lab/lab.js';
import { projectRoot } from '../../lab/project-root.js';
import { labOnly, type WorkerProcess } from '../../lab/worker-process.js';
import { alike, withFleet } from '../bench-run.js';
import { ProcessTree } from '../process-tree.js';
import { type Calls, idleFor } from './calls.js';

const TIMEOUT_MS = 240_000;
const HELD = 16;
const RECORDS = { recordBytes: 64, recordsPerBatch: 1, bytesPerSecond: 64 };

export interface LargeTable {
  /** Of a new application, until every shard has its lease. */
  madeSeconds: number;
  /** Of a restart, until a record of each shard that it holds was handled. */
  restartSeconds: number;
  restartCpuSeconds: number;
  restartScans: number;
  idleCores: number;
  jvmMiB: number;
  scansPerMinute: number;
  queriesPerMinute: number;
  updatesPerMinute: number;
  /** Read capacity units of one scan of the whole table, eventually consistent. */
  scanUnits: number;
  scanPages: number;
  scanUnitsPerMinute: number;
  statusSeconds: number;
  statusCpuSeconds: number;
}

export async function measureLeaseTable(
  lab: Lab,
  calls: Calls,
  leases: number,
  idleMs: number,
): Promise<LargeTable> {
  const env = { DYNAMO_DB_ENDPOINT: lab.gate.endpoint, KCL_MAX_LEASES_FOR_WORKER: String(HELD) };
  const untilRead = (worker: WorkerProcess) =>
    worker.until(
      'a record of each shard that it holds',
      () => new Set(worker.ledger.map(({ shard }) => shard)).size >= HELD,
      TIMEOUT_MS,
    );
  return withFleet(lab, alike(leases, RECORDS), env, async ({ application, start }) => {
    const first = start();
    const madeSeconds = await untilMade(lab, application, leases, first);
    await untilRead(first);
    await first.stop();

    const since = calls.since();
    const from = performance.now();
    const second = start();
    await untilRead(second);
    const tree = new ProcessTree(second.pid);
    const restart = {
      restartSeconds: (performance.now() - from) / 1000,
      restartCpuSeconds: tree.cpuSeconds(),
      restartScans: since('dynamodb:Scan'),
    };
    const { cores, perMinute } = await idleFor(idleMs, tree, calls);
    const measured = {
      madeSeconds,
      ...restart,
      idleCores: cores,
      jvmMiB: tree.pssMiB(tree.pids()[1]),
      scansPerMinute: perMinute('dynamodb:Scan'),
      queriesPerMinute: perMinute('dynamodb:Query'),
      updatesPerMinute: perMinute('dynamodb:UpdateItem'),
    };
    const status = await measureStatus(lab, application);
    await second.stop();
    const { scanUnits, scanPages } = await scan(lab, application);
    const scanUnitsPerMinute = (measured.scansPerMinute / scanPages) * scanUnits;
    return { ...measured, ...status, scanUnits, scanPages, scanUnitsPerMinute };
  });
}

/** @return seconds */
async function untilMade(lab: Lab, application: string, leases: number, worker: WorkerProcess) {
  const from = performance.now();
  for (;;) {
    const { items } = await scan(lab, application);
    const seconds = (performance.now() - from) / 1000;
    if (items >= leases) return seconds;
    if (!worker.running || seconds * 1000 > TIMEOUT_MS) {
      throw new Error(`${items} of ${leases} leases after ${seconds.toFixed(0)} s\n${worker.lastLog()}`);
    }
    await sleep(1_000);
  }
}

async function scan(lab: Lab, TableName: string) {
  const total = { items: 0, scanUnits: 0, scanPages: 0 };
  let ExclusiveStartKey: Record<string, never> | undefined;
  do {
    const page = await lab.reader.dynamodb
      .send(new ScanCommand({ TableName, ExclusiveStartKey, ReturnConsumedCapacity: 'TOTAL' }))
      .catch((error: Error) => {
        if (error.name === 'ResourceNotFoundException') return { Count: 0, ConsumedCapacity: undefined };
        throw error;
      });
    total.items += page.Count ?? 0;
    total.scanUnits += page.ConsumedCapacity?.CapacityUnits ?? 0;
    total.scanPages++;
    ExclusiveStartKey = 'LastEvaluatedKey' in page ? (page.LastEvaluatedKey as never) : undefined;
  } while (ExclusiveStartKey !== undefined);
  return total;
}

async function measureStatus(lab: Lab, application: string) {
  const cli = join(projectRoot, 'dist', 'cli.js');
  const args = [cli, 'status', '--application-name', application, '--region-name', lab.region];
  const all = new ProcessTree(process.pid);
  const own = process.cpuUsage();
  const before = all.cpuSeconds(process.pid);
  const from = performance.now();
  await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, ...lab.reader.env, ...labOnly(lab) },
    maxBuffer: 64 * 2 ** 20,
  });
  const statusSeconds = (performance.now() - from) / 1000;
  // An ended child counts as its parent's.
  const { user, system } = process.cpuUsage(own);
  return {
    statusSeconds,
    statusCpuSeconds: all.cpuSeconds(process.pid) - before - (user + system) / 1e6,
  };
}
