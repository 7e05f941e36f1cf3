/** Size and cold start of the Lambda, against the plain sample of powertools. Run it with `npm run bench:lambda`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { toLambdaEvent } from '../lab/event-source/lambda-event.js';
import { projectRoot } from '../lab/project-root.js';
import { sampleOrders } from '../lab/sample-orders.js';
import { bundleLambda, common } from '../scripts/lambda-bundle.js';
import { median, spread } from './bench-run.js';

const ROUNDS = Number(process.env.ROUNDS ?? 25);
/** As the guide sets it: what a function without it logs in its first invocation is not measured. */
const HANDLER_TIMEOUT_MS = '5000';
const STREAM_ARN = 'arn:aws:kinesis:us-east-1:111111111111:stream/orders';
const folder = mkdtempSync(join(tmpdir(), 'xak-bench-'));

interface ColdStart {
  load: number;
  first: number;
  second: number;
}

const sources = join(projectRoot, 'bench', 'lambda');
const sample = join(folder, 'powertools.mjs');
await build({ ...common, entryPoints: [join(sources, 'powertools-sample.ts')], outfile: sample });
const { file: ours } = await bundleLambda(join(sources, 'record-handler.ts'), folder);
const ways = [
  { name: "powertools' sample", bundle: sample, env: {} },
  { name: 'this function', bundle: ours, env: {} },
  {
    name: 'this function, with a queue',
    bundle: ours,
    env: {
      ON_FAILURE: 'send',
      FAILURE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/222222222222/failed',
    },
  },
];

const records = sampleOrders('111111111111', 100).map(({ partitionKey, data }, index) => ({
  SequenceNumber: String(index + 1),
  PartitionKey: partitionKey,
  Data: data,
  ApproximateArrivalTimestamp: new Date(),
}));
const eventFile = join(folder, 'event.json');
const origin = {
  eventSourceArn: STREAM_ARN,
  shard: 'shardId-000000000000',
  roleArn: 'arn:aws:iam::222222222222:role/r',
};
writeFileSync(eventFile, JSON.stringify(toLambdaEvent(records, origin)));

const runs = new Map<string, ColdStart[]>(ways.map(({ name }) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const { name, bundle, env } of ways) {
    const script = join(projectRoot, 'build', 'bench', 'lambda', 'cold-start.js');
    const output = execFileSync(process.execPath, [script, bundle, eventFile], {
      env: { PATH: process.env.PATH, STREAM_ARN, HANDLER_TIMEOUT_MS, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // The function's log, if it has anything to say, is before it.
    runs.get(name)?.push(JSON.parse(output.trimEnd().split('\n').at(-1) ?? ''));
  }
}

const coldOf = (name: string) => (runs.get(name) ?? []).map(({ load, first }) => load + first);
const base = median(coldOf("powertools' sample"));
const lines = ways.map(({ name, bundle }) => {
  const of = (part: keyof ColdStart) =>
    spread(
      (runs.get(name) ?? []).map((run) => run[part]),
      1,
    );
  const cold = coldOf(name);
  const ratio = (median(cold) / base).toFixed(1);
  const size = Math.round(statSync(bundle).size / 1024);
  return `| ${name} | ${size} | ${of('load')} | ${of('first')} | ${spread(cold, 1)} | ${ratio} | ${of('second')} |`;
});
process.stdout.write(
  [
    `Node ${process.version}, ${ROUNDS} fresh processes each, taking turns; an event of 100 records; load average ${loadavg()[0]?.toFixed(1)}`,
    '',
    '| | bundle, KiB | load, ms | first invocation, ms | cold start, ms | ratio | second invocation, ms |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n'),
);
rmSync(folder, { recursive: true, force: true });
