/** See docs/lambda.md. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteResourcePolicyCommand,
  KinesisClient,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-kinesis';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { EventSourceMapping } from '../lab/event-source/event-source-mapping.js';
import { LambdaFunction } from '../lab/function/lambda-function.js';
import { createStream, encryptStream, type Lab, putRecords, startLab } from '../lab/lab.js';
import { ledgerReader } from '../lab/ledger.js';
import { projectRoot } from '../lab/project-root.js';
import { type Order, sampleOrders } from '../lab/sample-orders.js';
import { parseStreamArn } from '../src/aws/arn.js';
import { parseKeyArn } from '../src/aws/key-arn.js';
import { parseQueueArn } from '../src/aws/queue-arn.js';
import { parseReaderArn } from '../src/aws/reader-arn.js';
import { grantRead } from '../src/policy/grants.js';
import { mergeStatement } from '../src/policy/merge.js';
import { parsePolicy } from '../src/policy/parse.js';
import { bundleLambda } from './lambda-bundle.js';

const SHARDS = 2;
const RECORDS = 200;
const TIMEOUT_MS = 60_000;

const folder = mkdtempSync(join(tmpdir(), 'xak-demo-'));
process.exitCode = await demo();

async function demo(): Promise<number> {
  say('Starting two AWS accounts on emulators, and the gate before them');
  const lab = await startLab();
  try {
    return await show(lab);
  } finally {
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function show(lab: Lab): Promise<number> {
  const { owner, gate, region } = lab;
  const streamArn = await createStream(owner, 'orders', SHARDS);
  const key = gate.keys.create(owner.id, region);
  await encryptStream(owner, streamArn, key.arn);
  const orders = sampleOrders(owner.id, RECORDS);
  await putRecords(owner, streamArn, orders);
  const { orderId: poison } = JSON.parse(String(orders[41]?.data)) as Order;
  say(
    `Account ${owner.id} put ${RECORDS} orders into ${streamArn} (${SHARDS} shards, encrypted); ${poison} is poison`,
  );

  const queue = gate.queues.create(lab.reader.id, region, 'orders-discarded');
  const reader = parseReaderArn(`arn:aws:iam::${lab.reader.id}:role/orders-reader`);
  const grants = grantRead({
    for: 'lambda',
    stream: parseStreamArn(streamArn),
    reader,
    key: parseKeyArn(key.arn),
    failureQueue: parseQueueArn(queue.arn),
  });
  const Policy = JSON.stringify(grants.streamPolicy);
  await owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN: streamArn, Policy }));
  if (grants.keyPolicyStatement) {
    key.policy = JSON.stringify(mergeStatement(parsePolicy(key.policy), grants.keyPolicyStatement));
  }
  const role = gate.identities.setRole({ arn: reader.arn, policies: [grants.readerPolicy] });
  const credentials = gate.identities.assume(role, 'orders');

  const { file, bytes } = await bundleLambda(join(projectRoot, 'lab', 'poison-handler.ts'), folder);
  const ledgerFile = join(folder, 'ledger');
  const lambda = new LambdaFunction({
    arn: `arn:aws:lambda:${region}:${lab.reader.id}:function:orders`,
    roleArn: reader.arn,
    bundle: file,
    env: { STREAM_ARN: streamArn, MAX_ATTEMPTS: '1', POISON: poison, LEDGER_FILE: ledgerFile },
  });
  const client = { region, endpoint: gate.endpoint, credentials, maxAttempts: 1 };
  const clients = {
    kinesis: new KinesisClient({ ...client, requestHandler: new NodeHttpHandler() }),
    sqs: new SQSClient({ ...client, useQueueUrlAsEndpoint: false }),
  };
  const settings = { batchSize: 50, bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 };
  const mapping = () =>
    new EventSourceMapping({
      eventSourceArn: streamArn,
      function: lambda,
      clients,
      onFailure: queue.url,
      ...settings,
    });
  try {
    say(
      `As ${reader.arn}: a function of ${Math.round(bytes / 1024)} KiB, and its event source mapping (${JSON.stringify(settings)})`,
    );
    const running = mapping();
    const handled = ledgerReader(ledgerFile);
    await until(() => handled().length >= RECORDS - 1 && queue.messages.length > 0, running);
    await running.stop();
    const once = new Set(handled().map(({ sequenceNumber }) => sequenceNumber)).size;
    const { requestContext, KinesisBatchInfo: info } = JSON.parse(queue.messages[0]?.body ?? '{}');
    say(
      `Handled: ${once} of ${RECORDS}, ${handled().length - once} twice, in ${lambda.results.length} invocations of ${lambda.coldStarts} environments`,
    );
    say(
      `In the destination: ${queue.messages.length} message, ${requestContext.condition}, ${info.batchSize} record of ${info.shardId} at ${info.startSequenceNumber}`,
    );

    await owner.kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN: streamArn }));
    const denial = await mapping().ended.then(
      () => 'nothing',
      (error: Error) => error.message,
    );
    say(`Without the stream's policy: ${denial}`);
    const passed = once === RECORDS - 1 && handled().length === once && queue.messages.length === 1;
    return passed && denial.includes('resource-based policy') ? 0 : 1;
  } finally {
    await lambda.delete();
    for (const opened of Object.values(clients)) opened.destroy();
  }
}

async function until(holds: () => boolean, mapping: EventSourceMapping): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  let error: Error | undefined;
  mapping.ended.catch((ended: Error) => {
    error = ended;
  });
  while (!holds()) {
    if (error) throw error;
    if (Date.now() > deadline) throw new Error(`not all is handled after ${TIMEOUT_MS} ms`);
    await sleep(50);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
