/**
 * What the image takes: its size beside that of the stock way, the time from `docker run` until it is ready, and its memory
 * while it reads so many shards. See docs/performance.md.
 *
 * SHARDS=1,16,64 ROUNDS=3
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStream, type Lab, putRecords } from '../lab/lab.js';
import { projectRoot } from '../lab/project-root.js';
import { Container } from '../test/container/helpers/container.js';
import { buildImage, docker, NODE_IMAGE } from '../test/container/helpers/image.js';
import { startSharedLab } from '../test/container/helpers/shared-lab.js';
import { spread } from './bench-run.js';

const IMAGE = 'cross-account-kcl:bench';
const STOCK = 'stock-kcl:bench';
const SHARD_COUNTS = numbers(process.env.SHARDS ?? '1,16,64');
const ROUNDS = Number(process.env.ROUNDS ?? 3);
/** KCL's own of the JVM, and what a shard takes (docs/performance.md), beside what is not heap. */
const limitMiB = (shards: number) => Math.ceil((64 + 60 * shards + 320) / 0.9);
const ANSWER_TIMEOUT_MS = 2_000;
const MEMORY_AFTER_MS = 30_000;
const RECORDS_PER_SHARD = 50;

buildImage(IMAGE, ['--build-arg', `NODE_IMAGE=${NODE_IMAGE}`, projectRoot]);
buildImage(STOCK, ['--build-arg', `NODE_IMAGE=${NODE_IMAGE}`, `${projectRoot}/bench/stock`]);
const base = sizeOf(NODE_IMAGE);
console.log('| image | MB | without its base |\n| --- | ---: | ---: |');
for (const [name, image] of [
  ['this project', IMAGE],
  ['stock: Node.js, JDK, kcl-bootstrap', STOCK],
] as const) {
  console.log(`| ${name} | ${sizeOf(image)} | ${sizeOf(image) - base} |`);
}

const { lab, network, host, stop } = await startSharedLab();
try {
  console.log(
    '\n| shards | `--memory`, MiB | s until /livez | until KCL has started | until each shard is read | memory, MiB |',
  );
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const shards of SHARD_COUNTS) {
    const runs: Run[] = [];
    for (let round = 0; round < ROUNDS; round++) runs.push(await measure(lab, shards));
    const column = (of: (run: Run) => number, decimals = 1) => spread(runs.map(of), decimals);
    console.log(
      `| ${shards} | ${limitMiB(shards)} | ${column(({ alive }) => alive)} | ${column(({ started }) => started)} | ` +
        `${column(({ reading }) => reading)} | ${column(({ memoryMiB }) => memoryMiB, 0)} |`,
    );
  }
} finally {
  await stop();
}

interface Run {
  /** Seconds since `docker run`. */
  alive: number;
  started: number;
  reading: number;
  memoryMiB: number;
}

async function measure(on: Lab, shards: number): Promise<Run> {
  const name = `bench-${randomUUID()}`;
  const streamArn = await createStream(on.owner, name, shards);
  const began = performance.now();
  const container = new Container(IMAGE, {
    options: [
      '--network',
      network,
      '--memory',
      `${limitMiB(shards)}m`,
      '--publish',
      '127.0.0.1::8080',
      '--read-only',
    ],
    env: {
      ...on.reader.env,
      STREAM_ARN: streamArn,
      HANDLER: 'sample',
      LOG_LEVEL: 'warn',
      KINESIS_ENDPOINT: on.kinesisEndpoint.replace('127.0.0.1', host),
      DYNAMO_DB_ENDPOINT: on.dynamodbEndpoint.replace('127.0.0.1', host),
      METRICS_LEVEL: 'NONE',
      PREFLIGHT: 'off',
    },
  });
  try {
    const address = `http://${docker('port', container.id, '8080').split('\n')[0]}`;
    const since = () => (performance.now() - began) / 1000;
    const asks =
      (path: string, reason = '') =>
      async () => {
        try {
          const answer = await fetch(`${address}${path}`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
          return (await answer.text()).includes(reason) && answer.ok;
        } catch {
          return false; // it does not listen yet
        }
      };
    await container.until('alive', asks('/livez'));
    const alive = since();
    await container.until('KCL has started', asks('/metrics', 'cross_account_kcl_jvm_up 1'));
    await container.until('ready', asks('/readyz'));
    const started = since();
    await container.until('each shard is read', asks('/readyz', `holds ${shards} lease`));
    const reading = since();
    await putRecords(
      on.owner,
      streamArn,
      Array.from({ length: shards * RECORDS_PER_SHARD }, (_, index) => ({
        partitionKey: `key-${index}`,
        data: Buffer.alloc(1_024, index),
      })),
    );
    await sleep(MEMORY_AFTER_MS);
    return { alive, started, reading, memoryMiB: memoryOf(container) };
  } finally {
    container.remove();
  }
}

/** As Docker tells it: without the page cache that is not in use. */
function memoryOf(container: Container): number {
  const text = docker('stats', '--no-stream', '--format', '{{.MemUsage}}', container.id);
  const [, amount = 'NaN', unit] = /^([\d.]+)(MiB|GiB)/.exec(text) ?? [];
  return Number(amount) * (unit === 'GiB' ? 1024 : 1);
}

function sizeOf(image: string): number {
  return Math.round(Number(docker('image', 'inspect', '--format', '{{.Size}}', image)) / 1e6);
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}
