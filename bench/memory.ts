/**
 * What a worker keeps in memory while its handler never finishes, and there are always more records: it must stay what
 * it is. Run it with `npm run bench:memory`; docs/performance.md says what the figures are made of.
 */

import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Lab } from '../lab/lab.js';
import { alike, type Running, type Transport, withLab, withWorker } from './bench-run.js';
import { pssMiB } from './process-tree.js';

const TRANSPORT = (process.env.TRANSPORT ?? 'host') as Transport;
const SHARDS = (process.env.SHARDS ?? '1,16').split(',').map(Number);
const RECORD_BYTES = (process.env.RECORD_BYTES ?? '100,1024,1048576').split(',').map(Number);
const MAX_RECORDS = Number(process.env.ANSWER_RECORDS ?? 10_000);
const SAMPLES = Number(process.env.SAMPLES ?? 6);
const SAMPLE_MS = 10_000;
const START_TIMEOUT_MS = 600_000;
const MIB = 1024 * 1024;

/** Full answers of Kinesis, which gives 10,000 records or 10 MiB. */
const ANSWERS = [
  { recordBytes: 100, recordsPerBatch: 10_000 },
  { recordBytes: 1024, recordsPerBatch: 10_000 },
  { recordBytes: MIB, recordsPerBatch: 10 },
]
  .filter(({ recordBytes }) => RECORD_BYTES.includes(recordBytes))
  // Smaller answers, as of `maxRecords`, or of a shard that is not far behind.
  .map((answer) => ({ ...answer, recordsPerBatch: Math.min(answer.recordsPerBatch, MAX_RECORDS) }));

await withLab(async (lab) => {
  for (const shards of SHARDS) for (const answer of ANSWERS) await measure(lab, shards, answer);
});
process.exit();

async function measure(lab: Lab, shards: number, answer: (typeof ANSWERS)[number]): Promise<void> {
  const hangAfter = Math.floor(answer.recordsPerBatch * 1.5);
  await withWorker(
    lab,
    {
      transport: TRANSPORT,
      shards: alike(shards, { ...answer, bytesPerSecond: 0 }),
      handler: 'hanging',
      env: { HANG_AFTER_RECORDS: String(hangAfter), HANDLER_TIMEOUT_MS: '0' },
    },
    async (running) => {
      await settled(running, hangAfter);
      process.stdout.write(
        `${shards} shards, ${answer.recordsPerBatch} records of ${answer.recordBytes} bytes in an answer, the handler hangs in the second batch\n`,
      );
      process.stdout.write(
        '| s | answers read, a shard | records held, a shard | JVM live, MiB | JVM PSS | Node PSS |\n',
      );
      process.stdout.write('| ---: | ---: | ---: | ---: | ---: | ---: |\n');
      for (let sample = 0; sample <= SAMPLES; sample++) {
        if (sample > 0) await sleep(SAMPLE_MS);
        const cells = [(sample * SAMPLE_MS) / 1000, ...(await sampled(running, answer.recordsPerBatch))];
        process.stdout.write(`| ${cells.join(' | ')} |\n`);
      }
      process.stdout.write(`${warnings(running)}\n`);
    },
  );
}

/** Until every shard's handler hangs, and nothing more is read. */
async function settled({ consumer, replay }: Running, hangAfter: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let before = -1; ; ) {
    const served = await replay.served();
    const records = served.reduce((sum, one) => sum + one);
    if (records === before && served.every((one) => one > hangAfter)) return;
    if (!consumer.running || Date.now() > deadline) {
      throw new Error(`${served} records read, and it did not settle\n${consumer.lastLog()}`);
    }
    before = records;
    await sleep(5_000);
  }
}

async function sampled({ consumer, replay, tree }: Running, recordsPerBatch: number): Promise<string[]> {
  const served = await replay.served();
  const [node, jvm = 0, ...children] = tree.pids();
  // Of what is reachable: the histogram collects all garbage first.
  const { stdout } = await promisify(execFile)('jcmd', [String(jvm), 'GC.class_histogram'], {
    maxBuffer: 64 * MIB,
  });
  const [, held = ''] = /(\d+)\s+\d+\s+\S*\.KinesisClientRecord\b/.exec(stdout) ?? [];
  const [, live = ''] = /^Total\s+\d+\s+(\d+)/m.exec(stdout) ?? [];
  const nodes = [node ?? consumer.pid, ...children];
  return [
    range(served.map((records) => records / recordsPerBatch)),
    (Number(held) / served.length).toFixed(0),
    (Number(live) / MIB).toFixed(0),
    pssMiB(jvm).toFixed(0),
    nodes.reduce((sum, pid) => sum + pssMiB(pid), 0).toFixed(0),
  ];
}

/** What the worker complained of: a heap that is too small, say. */
function warnings({ consumer }: Running): string {
  const lines = new Map<string, number>();
  for (const { level, msg } of consumer.log) {
    const line = msg.replace(/\d+/g, '…').slice(0, 100);
    if (level >= 40) lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  return [...lines].map(([line, times]) => `${times} times: ${line}\n`).join('');
}

function range(values: number[]): string {
  const least = Math.min(...values);
  const most = Math.max(...values);
  return least === most ? String(least) : `${least}–${most}`;
}
