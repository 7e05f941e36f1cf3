/**
 * Why this project exists: the stock MultiLangDaemon on the same ARN. It also shows that our child runs under it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStream, type Lab, putRecords, startLab } from '../../lab/lab.js';
import { ledgerReader } from '../../lab/ledger.js';
import { projectRoot } from '../../lab/project-root.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { toPropertiesText } from '../../src/worker/launcher-properties.js';
import { DECOY, sharedStream } from './helpers/fixtures.js';

let lab: Lab;
let folder: string;
let daemon: ChildProcess | undefined;
let output = '';
beforeEach(async () => {
  lab = await startLab();
  folder = mkdtempSync(join(tmpdir(), 'xak-stock-'));
});
afterEach(async () => {
  daemon?.kill('SIGKILL');
  await lab.stop();
  rmSync(folder, { recursive: true });
});

test('it silently reads the stream of the same name in the reader’s own account', async () => {
  const { arn } = await sharedStream(lab, sampleOrders(lab.owner.id, 100), 1);
  startStockDaemon(arn);

  await until(() => ledger().length >= 20);

  expect(ledger().every(({ data }) => Buffer.from(data, 'base64').toString() === DECOY)).toBe(true);
});

test('without such a stream it finds nothing', async () => {
  const arn = await createStream(lab.owner, 'only-here', 1);
  await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, 10));
  startStockDaemon(arn);

  await until(() => output.includes('ResourceNotFoundException'));

  expect(ledger()).toEqual([]);
});

function startStockDaemon(arn: string): void {
  const properties = join(folder, 'stock.properties');
  writeFileSync(
    properties,
    toPropertiesText({
      executableName: `${process.execPath} ${join(projectRoot, 'dist', 'worker', 'multilang', 'child.js')}`,
      streamArn: arn,
      applicationName: 'stock',
      regionName: lab.region,
      AwsCredentialsProvider: 'DefaultCredentialsProvider',
      initialPositionInStream: 'TRIM_HORIZON',
      retrievalMode: 'POLLING',
      kinesisEndpoint: lab.kinesisEndpoint,
      dynamoDBEndpoint: lab.dynamodbEndpoint,
      metricsLevel: 'NONE',
      shardSyncIntervalMillis: '1000',
      leaseAssignmentIntervalMillis: '1000',
    }),
  );
  const libraries = join(projectRoot, 'launcher', 'target', 'lib', '*');
  const main = 'software.amazon.kinesis.multilang.MultiLangDaemon';
  daemon = spawn('java', ['-cp', libraries, main, properties], {
    env: {
      ...process.env,
      ...lab.reader.env,
      STREAM_ARN: arn,
      HANDLER: join(projectRoot, 'build', 'lab', 'ledger-handler.js'),
      LEDGER_FILE: join(folder, 'ledger.jsonl'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  output = '';
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
}

function ledger() {
  return ledgerReader(join(folder, 'ledger.jsonl'))();
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 110_000;
  while (!holds()) {
    if (Date.now() > deadline || daemon?.exitCode !== null) {
      throw new Error(`the stock daemon did not come so far:\n${output.slice(-5_000)}`);
    }
    await sleep(50);
  }
}
