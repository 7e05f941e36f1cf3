/** See ./scripts/demo --help. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { createStream, type Lab, putRecords, registerConsumer, startLab } from '../lab/lab.js';
import type { LedgerEntry } from '../lab/ledger.js';
import { type Order, sampleOrders } from '../lab/sample-orders.js';
import { WorkerProcess } from '../lab/worker-process.js';
import { shellCommand } from '../src/errors/shell-command.js';
import { readLeaseTable, tableLookups } from '../src/leases/lease-table-reader.js';

const STREAM = 'orders';
const SHARDS = 4;
const RECORDS = 1_000;
const DECOYS = 250;
/** Put after the first run, for a second one to read. */
const MORE = 20;

/** How the stream is given: by its ARN, with its creation epoch too, or with a shared consumer's ARN on top. */
const MODES = ['arn', 'tracker', 'fan-out'] as const;

const { transport, mode } = new Command('./scripts/demo')
  .description(
    `Account 111111111111 puts ${RECORDS} orders into its stream; cross-account-kcl, running as 222222222222, which has a stream of the same name, reads them by the stream's ARN.`,
  )
  .addOption(new Option('--transport <name>').choices(['host', 'multilang']).default('host'))
  .addOption(new Option('--mode <name>', 'how the stream is given to KCL').choices(MODES).default('arn'))
  .parse()
  .opts<{ transport: string; mode: (typeof MODES)[number] }>();

process.exitCode = await demo();

async function demo(): Promise<number> {
  say('Starting two AWS accounts on emulators (kinesis-local, DynamoDB Local)');
  const lab = await startLab();
  try {
    const arn = await createStream(lab.owner, STREAM, SHARDS);
    await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, RECORDS));
    say(`Account ${lab.owner.id} put ${RECORDS} orders into ${arn} (${SHARDS} shards)`);
    const decoy = await createStream(lab.reader, STREAM, SHARDS);
    await putRecords(lab.reader, decoy, sampleOrders(lab.reader.id, DECOYS));
    say(`Account ${lab.reader.id} has a stream of the same name with ${DECOYS} decoys`);
    return await consume(lab, arn);
  } finally {
    await lab.stop();
  }
}

async function consume(lab: Lab, arn: string): Promise<number> {
  const env = { STREAM_ARN: arn, TRANSPORT: transport, ...(await settingsOf(lab, arn)) };
  say(`As ${lab.reader.id}: ${shellCommand(['cross-account-kcl', 'start'], env)}`);
  const consumer = new WorkerProcess(lab, { env });
  process.once('SIGINT', () => consumer.kill('SIGTERM'));
  try {
    const ledger = await followProgress(consumer);
    const end = await consumer.stop();
    const ofOwner = ledger.filter((entry) => orderOf(entry).account === lab.owner.id);
    const handled = new Set(ofOwner.map((entry) => orderOf(entry).orderId)).size;
    const decoys = ledger.length - ofOwner.length;
    const first = secondsToFirst(consumer, ledger);
    await printShards(lab, consumer, ledger);
    say(`Decoys read: ${decoys} of ${DECOYS}. The consumer stopped on SIGTERM with exit code ${end.code}.`);
    const restarted = await restart(lab, arn, env);
    console.log(
      `demo: ${handled} of ${RECORDS} records from account ${lab.owner.id} handled as ${lab.reader.id}, first after ${first} s`,
    );
    return handled === RECORDS && decoys === 0 && end.code === 0 && restarted ? 0 : 1;
  } finally {
    await consumer.dispose();
  }
}

/** Reads what was put after the stop, and nothing again. @returns whether it did */
async function restart(lab: Lab, arn: string, env: Record<string, string>): Promise<boolean> {
  await putRecords(lab.owner, arn, sampleOrders(lab.owner.id, RECORDS + MORE).slice(RECORDS));
  const consumer = new WorkerProcess(lab, { env });
  try {
    await consumer.until('the new orders are handled', () => consumer.ledger.length >= MORE);
    await sleep(500); // for what should not come: records of before
    const { length } = consumer.ledger;
    const end = await consumer.stop();
    say(
      `Restarted after ${MORE} more orders: ${length} of ${MORE} handled, first after ${secondsToFirst(consumer, consumer.ledger)} s`,
    );
    return length === MORE && end.code === 0;
  } finally {
    await consumer.dispose();
  }
}

function secondsToFirst(consumer: WorkerProcess, ledger: readonly LedgerEntry[]): string {
  return (((ledger[0]?.at ?? Number.NaN) - consumer.startedAt) / 1000).toFixed(1);
}

/** What the mode adds to the stream's ARN. */
async function settingsOf(lab: Lab, arn: string): Promise<Record<string, string>> {
  if (mode === 'arn') return {};
  if (mode === 'tracker') return { STREAM_CREATION_EPOCH: 'auto' };
  const consumerArn = await registerConsumer(lab.owner, arn, 'shared');
  return { STREAM_CREATION_EPOCH: 'auto', CONSUMER_ARN: consumerArn };
}

/** Returns when every record has come, or nothing more is to be expected. */
async function followProgress(consumer: WorkerProcess): Promise<readonly LedgerEntry[]> {
  const live = process.stdout.isTTY;
  let shown = -1;
  const show = () => {
    const { length } = consumer.ledger;
    if (length === shown) return;
    shown = length;
    const seconds = ((Date.now() - consumer.startedAt) / 1000).toFixed(1).padStart(5);
    process.stdout.write(
      `${live ? '\r' : ''}${seconds} s  ${length} of ${RECORDS} records${live ? '' : '\n'}`,
    );
  };
  const timer = setInterval(show, live ? 100 : 500);
  try {
    await consumer.until('every record is handled', () => consumer.ledger.length >= RECORDS);
    await sleep(500); // for what should not come: records twice, or decoys
  } finally {
    clearInterval(timer);
    show();
    if (live) process.stdout.write('\n');
  }
  return consumer.ledger;
}

async function printShards(lab: Lab, consumer: WorkerProcess, ledger: readonly LedgerEntry[]): Promise<void> {
  const application = consumer.log.find(({ msg }) => msg === 'starting')?.application;
  const { leases = [] } =
    (await readLeaseTable(tableLookups(lab.reader.dynamodb, { lease: String(application) }))) ?? {};
  console.table(
    Object.fromEntries(
      leases.map(({ key, shardId, checkpoint }) => {
        const records = ledger.filter(({ shard }) => shard === shardId);
        const atCheckpoint = consumer.log.findLast(
          ({ msg, shard }) => msg === 'checkpointed' && shard === shardId,
        );
        const reachedLast = records.at(-1)?.sequenceNumber === checkpoint;
        return [
          key,
          {
            records: records.length,
            checkpoint: `…${checkpoint.slice(-12)}${reachedLast ? ' (last record)' : ''}`,
            'behind (ms)': atCheckpoint?.millisBehindLatest ?? 'unknown',
          },
        ];
      }),
    ),
  );
}

function orderOf(entry: LedgerEntry): Order {
  return JSON.parse(Buffer.from(entry.data, 'base64').toString()) as Order;
}

function say(text: string): void {
  console.log(text);
}
