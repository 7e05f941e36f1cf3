/** See ./scripts/demo --help. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { ConsumerProcess } from '../lab/consumer-process.js';
import { createStream, type Lab, putRecords, startLab } from '../lab/lab.js';
import { readLeases } from '../lab/lease-table.js';
import type { LedgerEntry } from '../lab/ledger.js';
import { type Order, sampleOrders } from '../lab/sample-orders.js';

const STREAM = 'orders';
const SHARDS = 4;
const RECORDS = 1_000;
const DECOYS = 250;

const { transport } = new Command('./scripts/demo')
  .description(
    `Account 111111111111 puts ${RECORDS} orders into its stream; cross-account-kcl, running as 222222222222, which has a stream of the same name, reads them by the stream's ARN.`,
  )
  .addOption(new Option('--transport <name>').choices(['host', 'multilang']).default('host'))
  .parse()
  .opts<{ transport: string }>();

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
  say(`As ${lab.reader.id}: STREAM_ARN=${arn} TRANSPORT=${transport} cross-account-kcl start`);
  const consumer = new ConsumerProcess(lab, { streamArn: arn, env: { TRANSPORT: transport } });
  process.once('SIGINT', () => consumer.kill('SIGTERM'));
  try {
    const ledger = await followProgress(consumer);
    const end = await consumer.stop();
    const ofOwner = ledger.filter((entry) => orderOf(entry).account === lab.owner.id);
    const handled = new Set(ofOwner.map((entry) => orderOf(entry).orderId)).size;
    const decoys = ledger.length - ofOwner.length;
    const first = (((ledger[0]?.at ?? Number.NaN) - consumer.startedAt) / 1000).toFixed(1);
    await printShards(lab, consumer, ledger);
    say(`Decoys read: ${decoys} of ${DECOYS}. The consumer stopped on SIGTERM with exit code ${end.code}.`);
    console.log(
      `demo: ${handled} of ${RECORDS} records from account ${lab.owner.id} handled as ${lab.reader.id}, first after ${first} s`,
    );
    return handled === RECORDS && decoys === 0 && end.code === 0 ? 0 : 1;
  } finally {
    await consumer.dispose();
  }
}

/** Returns when every record has come, or nothing more is to be expected. */
async function followProgress(consumer: ConsumerProcess): Promise<readonly LedgerEntry[]> {
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

async function printShards(
  lab: Lab,
  consumer: ConsumerProcess,
  ledger: readonly LedgerEntry[],
): Promise<void> {
  const application = consumer.log.find(({ msg }) => msg === 'starting')?.application;
  const leases = await readLeases(lab.reader, String(application));
  console.table(
    Object.fromEntries(
      leases.map(({ leaseKey, checkpoint }) => {
        const records = ledger.filter(({ shard }) => shard === leaseKey);
        const atCheckpoint = consumer.log.findLast(
          ({ msg, shard }) => msg === 'checkpointed' && shard === leaseKey,
        );
        const reachedLast = records.at(-1)?.sequenceNumber === checkpoint;
        return [
          leaseKey,
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
