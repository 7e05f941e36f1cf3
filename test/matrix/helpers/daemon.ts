import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { WorkerProcess } from '../../../lab/worker-process.js';
import { actionsOf, type Removal, removals, without } from './removals.js';
import { RECORDS, type Share } from './share.js';
import { failedCalls, type Row } from './table.js';

/** KCL goes on without these: their calls are denied, and the records are read all the same. */
const READ_WITHOUT = ['cloudwatch:PutMetricData', 'dynamodb:DeleteItem'];
/** Whether a worker finds a lease without it depends on when the lease was assigned: before it looked through the table, or after. */
const MAY_READ_WITHOUT = 'dynamodb:Query';
/** Time for calls that should not fail to fail. */
const LOOK_AROUND_MS = 500;

let applications = 0;

/** The rows of every removal that a worker of this way can show. */
export async function rowsOf(share: Share, skip: (removal: Removal) => boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const removal of removals(share.grants('any')).filter((one) => !skip(one))) {
    rows.push(await runWithout(share, removal));
  }
  return rows;
}

/** The real daemon with the full set of policies. @return what was denied; nothing should be */
export async function runWithAll(share: Share): Promise<string[]> {
  const application = `matrix-${++applications}`;
  const since = share.decisions.length;
  const consumer = await start(share, application, await share.putInForce(share.grants(application)));
  try {
    await consumer.until('all read', () => consumer.ledger.length >= RECORDS);
    const { code } = await consumer.stop();
    if (code !== 0) throw new Error(`ended with ${code}: ${consumer.stderr}`);
  } finally {
    await consumer.dispose();
  }
  return failedCalls(share.denied(since));
}

async function runWithout(share: Share, removal: Removal): Promise<Row> {
  const application = `matrix-${++applications}`;
  const grants = share.grants(application);
  const actions = actionsOf(grants, removal);
  if (actions.includes('dynamodb:UpdateTable')) await tableWithoutIndex(share, application);
  const env = await share.putInForce(without(grants, removal));
  const since = share.decisions.length;
  const consumer = await start(share, application, env);
  const denied = () => share.denied(since);
  try {
    const readable = actions.every((action) => READ_WITHOUT.includes(action));
    if (readable) {
      await consumer.until('all read', () => consumer.ledger.length >= RECORDS);
      await consumer.stop();
    } else {
      await untilDenied(consumer, denied);
      await sleep(LOOK_AROUND_MS);
    }
    const read = consumer.ledger.length >= RECORDS ? 'all' : 'none';
    return {
      removal,
      failed: failedCalls(denied()),
      read: actions.includes(MAY_READ_WITHOUT) ? 'depends' : read,
    };
  } finally {
    await consumer.dispose();
  }
}

/** A worker that has ended before it was denied anything, or that reads, has not needed what was taken out. */
async function untilDenied(consumer: WorkerProcess, denied: () => unknown[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (denied().length === 0 && consumer.running && consumer.ledger.length < RECORDS) {
    if (Date.now() > deadline) throw new Error(`nothing was denied, and nothing read\n${consumer.lastLog()}`);
    await sleep(25);
  }
}

function start(share: Share, application: string, env: Record<string, string>): WorkerProcess {
  return new WorkerProcess(share.lab, {
    streamArn: share.streamArn,
    env: {
      ...env,
      APPLICATION_NAME: application,
      KINESIS_ENDPOINT: share.lab.gate.endpoint,
      DYNAMO_DB_ENDPOINT: share.lab.gate.endpoint,
      METRICS_LEVEL: 'SUMMARY',
      // KCL's own calls are what is to be seen.
      PREFLIGHT: 'off',
      ...(share.consumerArn && { CONSUMER_ARN: share.consumerArn }),
    },
  });
}

/** As KCL 1 and 2 made it. */
async function tableWithoutIndex(share: Share, application: string): Promise<void> {
  await share.lab.reader.dynamodb.send(
    new CreateTableCommand({
      TableName: application,
      KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
}
