/**
 * What a worker takes for the number of its shards, while they hold little or nothing: time to start and stop, memory,
 * threads, file descriptors, calls of AWS, and the size of what it answers over HTTP. Run it with `npm run bench:shards`;
 * docs/performance.md has its figures.
 */

import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLab } from '../lab/lab.js';
import { alike, type Running, type Transport, withWorker } from './bench-run.js';
import { readCounts } from './handlers/counts.js';
import { pssMiB } from './process-tree.js';

const TRANSPORT = (process.env.TRANSPORT ?? 'host') as Transport;
const SHARDS = (process.env.SHARDS ?? '1,16,64,256,512').split(',').map(Number);
/** Settings to compare: `NAME=value`, with commas between them. */
const ENV = Object.fromEntries((process.env.WORKER_ENV ?? '').split(',').flatMap(assignment));
const START_TIMEOUT_MS = 600_000;
/** For what belongs to the start, such as KCL's first audit, to be over. */
const SETTLE_MS = 15_000;
const IDLE_MS = Number(process.env.IDLE_SECONDS ?? 60) * 1000;

const calls: Record<string, number> = {};
const lab = await startLab({
  onDecision: ({ action }) => {
    calls[action] = (calls[action] ?? 0) + 1;
  },
});
try {
  print(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, transport = ${TRANSPORT}`);
  const columns = [];
  for (const shards of SHARDS) columns.push(await measure(shards));
  const names = Object.keys(columns[0] ?? {}) as (keyof Awaited<ReturnType<typeof measure>>)[];
  print(`| shards | ${SHARDS.join(' | ')} |`);
  print(`| --- | ${SHARDS.map(() => '---:').join(' | ')} |`);
  for (const name of names) print(`| ${name} | ${columns.map((column) => column[name]).join(' | ')} |`);
} finally {
  await lab.stop();
}
process.exit();

function measure(shards: number) {
  const records = { recordBytes: 1024, recordsPerBatch: 100, bytesPerSecond: 10_240 };
  const run = {
    transport: TRANSPORT,
    shards: alike(shards, records),
    handler: 'counting',
    env: {
      // KCL's default, as most workers have it.
      KCL_IDLE_TIME_BETWEEN_READS_IN_MILLIS: '1500',
      HTTP_PORT: '0',
      // Through the gate, which counts.
      DYNAMO_DB_ENDPOINT: lab.gate.endpoint,
      AWS_ENDPOINT_URL_CLOUDWATCH: lab.gate.endpoint,
      METRICS_LEVEL: 'DETAILED',
      ...ENV,
    },
  };
  return withWorker(lab, run, async (running) => {
    const { consumer, replay, folder, tree } = running;
    const firsts = () => Object.values(readCounts(folder).firstAt);
    await consumer.until('a record of each shard', () => firsts().length === shards, START_TIMEOUT_MS);
    const logged = consumer.log.length;
    await replay.freeze();
    await sleep(SETTLE_MS);
    const before = { ...calls, cpu: tree.cpuSeconds() };
    await sleep(IDLE_MS);
    const perMinute = (action: string) =>
      Math.round(
        (((calls[action] ?? 0) - ((before as Record<string, number>)[action] ?? 0)) * 60_000) / IDLE_MS,
      );
    const cores = ((tree.cpuSeconds() - before.cpu) * 1000) / IDLE_MS;
    const [node = 0, jvm = 0, ...children] = tree.pids();
    const figures = {
      's from the start until every lease is held': seconds(
        Math.max(...takenAt(running)),
        consumer.startedAt,
      ),
      's until each shard had a record': seconds(Math.max(...firsts()), consumer.startedAt),
      'lines of log until then': logged,
      'PSS of Node, MiB': pssMiB(node).toFixed(0),
      ...(TRANSPORT === 'multilang' && {
        'PSS of the children, MiB': children.reduce((sum, pid) => sum + pssMiB(pid), 0).toFixed(0),
      }),
      'PSS of the JVM, MiB': pssMiB(jvm).toFixed(0),
      'threads of the JVM': entries(jvm, 'task'),
      'file descriptors of Node': entries(node, 'fd'),
      'file descriptors of the JVM': entries(jvm, 'fd'),
      'cores in use, no records': cores.toFixed(2),
      'UpdateItem a minute': perMinute('dynamodb:UpdateItem'),
      'Query a minute': perMinute('dynamodb:Query'),
      'Scan a minute': perMinute('dynamodb:Scan'),
      'GetItem a minute': perMinute('dynamodb:GetItem'),
      'PutMetricData a minute': perMinute('cloudwatch:PutMetricData'),
      ...(await answers(running)),
    };
    const stopAt = Date.now();
    const { code } = await consumer.stop();
    const complaints = new Map<string, number>();
    for (const { level, msg } of consumer.log) {
      const text = msg.replace(/\d+/g, '…').slice(0, 150);
      if (level >= 50) complaints.set(text, (complaints.get(text) ?? 0) + 1);
    }
    for (const [text, times] of complaints) {
      process.stderr.write(`${shards} shards: ${times} times: ${text}\n`);
    }
    const column = {
      ...figures,
      's from SIGTERM to the end': seconds(Date.now(), stopAt),
      'exit code': code,
    };
    process.stderr.write(`${shards} shards: ${JSON.stringify(column)}\n`);
    return column;
  });
}

async function answers({ consumer }: Running) {
  const port = consumer.log.find(({ msg }) => msg === 'health, metrics and status page')?.port;
  const get = async (path: string) => {
    const from = performance.now();
    const body = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    return { kib: (body.length / 1024).toFixed(0), ms: (performance.now() - from).toFixed(0) };
  };
  await get('/metrics'); // warm
  const [metrics, page] = [await get('/metrics'), await get('/')];
  return {
    '/metrics, KiB': metrics.kib,
    '/metrics, ms': metrics.ms,
    'status page, KiB': page.kib,
  };
}

function takenAt({ consumer }: Running): number[] {
  return consumer.log.filter(({ msg }) => msg === 'shard taken').map(({ time }) => Date.parse(String(time)));
}

function entries(pid: number, what: 'task' | 'fd'): number {
  return readdirSync(`/proc/${pid}/${what}`).length;
}

function seconds(at: number, since: number): string {
  return ((at - since) / 1000).toFixed(1);
}

function assignment(text: string): [string, string][] {
  const [name = '', ...value] = text.split('=');
  return name === '' ? [] : [[name, value.join('=')]];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
