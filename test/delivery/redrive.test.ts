import { readFileSync } from 'node:fs';
import { SQSClient } from '@aws-sdk/client-sqs';
import { jest } from '@jest/globals';
import { createStream, type Lab, putRecords, startLab } from '../../lab/lab.js';
import { parseQueueUrl } from '../../src/aws/queue-url.js';
import { failureMessage } from '../../src/delivery/failure-message.js';
import { FailureQueue } from '../../src/delivery/failure-queue.js';
import { type KinesisRecord, parseFailureMessage, parseStreamArn } from '../../src/index.js';
import { environment } from '../aws/helpers/environment.js';
import { memoryLog } from '../helpers/memory-log.js';
import { ALL_BYTES, recordOf } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';
import { redrive } from './examples/redrive.js';

const page = readFileSync('docs/on-failure.md', 'utf8');

test('the example of docs/on-failure.md is the one that is tested', () => {
  const source = readFileSync('test/delivery/examples/redrive.ts', 'utf8');

  expect(page).toContain(
    `\`\`\`ts\n${source.replace("'../../../src/index.js'", "'cross-account-kcl'")}\`\`\``,
  );
});

test('the message of docs/on-failure.md is one, with every field explained', () => {
  const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const fields = JSON.parse(json);
  const made = JSON.parse(
    failureMessage(
      { stream: STREAM, shard: 's', record: recordOf(), error: new Error(), attempts: 1 },
      new Date(),
    ),
  );

  expect(parseFailureMessage(json).record?.data.toString()).toBe('{"id":42}');
  expect(Object.keys(fields)).toEqual(Object.keys(made));
  expect(Object.keys(fields.error)).toEqual(Object.keys(made.error));
  for (const name of Object.keys(made)) expect(page).toMatch(new RegExp(`^\\| .*\`${name}\``, 'm'));
});

describe('in the lab', () => {
  let lab: Lab;
  let sqs: SQSClient;
  beforeAll(async () => {
    lab = await startLab();
    sqs = new SQSClient({
      region: lab.region,
      endpoint: lab.gate.endpoint,
      credentials: { accessKeyId: lab.reader.id, secretAccessKey: 'lab' },
    });
  });
  afterAll(async () => {
    sqs.destroy();
    await lab.stop();
  });
  environment(() => ({ ...lab.reader.env, AWS_ENDPOINT_URL_SQS: lab.gate.endpoint }));

  test('records are handled again, with and without their data in the message; what fails stays', async () => {
    const queue = lab.gate.queues.create(lab.reader.id, lab.region, 'failed', { maximumMessageSize: 16_384 });
    const arn = await createStream(lab.owner, 'orders', 1);
    const large = Buffer.alloc(20_000, ALL_BYTES);
    const [put] = await putRecords(lab.owner, arn, [{ partitionKey: 'large', data: large }]);
    const failures = new FailureQueue({
      queue: parseQueueUrl(queue.url),
      region: lab.region,
      logger: memoryLog().logger,
    });
    const stream = parseStreamArn(arn);
    const shard = 'shardId-000000000000';
    const send = (record: KinesisRecord) =>
      failures.send(
        { stream, shard, record, error: new Error('no'), attempts: 5 },
        new AbortController().signal,
      );
    await send(recordOf({ data: ALL_BYTES, partitionKey: 'small' }));
    await send(recordOf({ data: ALL_BYTES, partitionKey: null }));
    await send(recordOf({ data: large, partitionKey: 'large', sequenceNumber: put?.sequenceNumber ?? '' }));
    await send(recordOf({ partitionKey: 'bad' }));
    failures.close();

    const handled: [string | null, Buffer][] = [];
    const told = jest.spyOn(console, 'error').mockImplementation(() => {});
    await redrive(sqs, lab.reader.kinesis, queue.url, async ({ partitionKey, data }) => {
      if (partitionKey === 'bad') throw new Error('still bad');
      handled.push([partitionKey, data]);
    });
    told.mockRestore();

    expect(handled).toEqual([
      ['small', ALL_BYTES],
      [null, ALL_BYTES],
      ['large', large],
    ]);
    expect(queue.messages.map(({ body }) => parseFailureMessage(body).partitionKey)).toEqual(['bad']);
  });
});
