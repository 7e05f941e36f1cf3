import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LabQueue } from '../../lab/gate/gate.js';
import { parseQueueUrl } from '../../src/aws/queue-url.js';
import { FailureQueue } from '../../src/delivery/failure-queue.js';
import { AccessError } from '../../src/errors/errors.js';
import { type FailureMessage, parseFailureMessage, parseStreamArn } from '../../src/index.js';
import { environment } from '../aws/helpers/environment.js';
import { memoryLog } from '../helpers/memory-log.js';
import { ALL_BYTES, ODD_KEY, recordOf, SEQUENCE_NUMBER } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';
import { type GateBefore, gateBefore } from '../lab/gate/helpers/upstream.js';

const READER = '222222222222';
const REGION = 'eu-west-1';
const RECORD = recordOf({
  data: ALL_BYTES,
  partitionKey: ODD_KEY,
  sequenceNumber: SEQUENCE_NUMBER,
  subSequenceNumber: 3,
});
const FAILED = {
  stream: STREAM,
  shard: 'shardId-000000000007',
  record: RECORD,
  error: new Error('no such order \u0000\uD800\uFFFF'),
  attempts: 5,
};
const of = (record: Partial<typeof RECORD>) => ({ ...FAILED, record: { ...RECORD, ...record } });

const { signal } = new AbortController();
const log = memoryLog();
const opened: FailureQueue[] = [];
function open(url: string, region = REGION): FailureQueue {
  const queue = new FailureQueue({ queue: parseQueueUrl(url), region, logger: log.logger });
  opened.push(queue);
  return queue;
}
beforeEach(() => {
  log.lines.length = 0;
});
afterEach(() => {
  for (const queue of opened.splice(0)) queue.close();
});

describe('with the SQS of the lab', () => {
  let before: GateBefore;
  let queue: LabQueue;
  beforeAll(async () => {
    before = await gateBefore((_, response) => response.end());
  });
  afterAll(() => before.stop());
  beforeEach(() => {
    queue = before.gate.queues.create(READER, REGION, 'failed');
  });
  environment(() => ({
    AWS_ACCESS_KEY_ID: READER,
    AWS_SECRET_ACCESS_KEY: 'lab',
    AWS_ENDPOINT_URL_SQS: before.gate.endpoint,
  }));
  const received = (): FailureMessage[] => queue.messages.map(({ body }) => parseFailureMessage(body));

  test('the record is in the queue, with where it was, why it failed and how often it was tried', async () => {
    await open(queue.url).send(FAILED, signal);

    expect(received()).toMatchObject([
      {
        stream: STREAM,
        shard: FAILED.shard,
        record: RECORD,
        attempts: 5,
        error: { name: 'Error', message: 'no such order \u0000\uFFFD\uFFFF' },
      },
    ]);
    expect(queue.messages[0]).not.toHaveProperty('groupId');
    expect(log.lines).toEqual([]);
  });

  test("the queue's region is that of its URL, and else the application's", async () => {
    await open(queue.url, 'us-west-2').send(FAILED, signal);
    await open(`${before.gate.endpoint}/${READER}/failed`).send(FAILED, signal);

    expect(received()).toHaveLength(2);
    await expect(
      open(`${before.gate.endpoint}/${READER}/failed`, 'us-west-2').send(FAILED, signal),
    ).rejects.toThrow('there is no such queue');
  });

  describe('a record that fits no message', () => {
    const omitted = (limit: number) =>
      expect.stringMatching(`the message would have \\d+ bytes, and the queue takes ${limit}$`);

    test.each([
      ['of SQS', 1_048_576, 786_000],
      ['of the queue', 262_144, 200_000],
    ])('%s: only where it is is sent, and that is logged as an error', async (_whose, limit, bytes) => {
      queue.maximumMessageSize = limit;
      await open(queue.url).send(of({ data: Buffer.alloc(bytes) }), signal);

      expect(received()).toMatchObject([
        {
          record: undefined,
          position: { sequenceNumber: SEQUENCE_NUMBER, subSequenceNumber: 3 },
          dataBytes: bytes,
          dataOmitted: omitted(limit),
        },
      ]);
      expect(log.messages('error')).toEqual([expect.stringContaining('without its data')]);
      expect(log.lines).toMatchObject([
        {
          stream: STREAM.arn,
          shard: FAILED.shard,
          sequenceNumber: SEQUENCE_NUMBER,
          subSequenceNumber: 3,
          dataBytes: bytes,
          queue: queue.url,
        },
      ]);
    });

    test('one that just fits is sent with its data', async () => {
      const record = { ...RECORD, data: Buffer.alloc(200_000) };
      await open(queue.url).send(of(record), signal);
      const [whole] = queue.messages;
      queue.maximumMessageSize = Buffer.byteLength(whole?.body ?? '');
      await open(queue.url).send(of(record), signal);
      queue.maximumMessageSize--;
      await open(queue.url).send(of(record), signal);

      expect(received().map(({ record }) => record?.data.length)).toEqual([200_000, 200_000, undefined]);
    });

    test('even without its data is not dropped', async () => {
      queue.maximumMessageSize = 1024;

      await expect(open(queue.url).send(of({ partitionKey: 'k'.repeat(1024) }), signal)).rejects.toThrow(
        'must be shorter than 1024 bytes',
      );
      expect(queue.messages).toEqual([]);
      expect(log.lines).toEqual([]);
    });
  });

  describe('a FIFO queue', () => {
    beforeEach(() => {
      queue = before.gate.queues.create(READER, REGION, 'failed.fifo', { fifo: true });
    });

    test("is a group for each stream's shard, and takes a record once", async () => {
      const fifo = open(queue.url);
      for (const failed of [
        FAILED,
        FAILED,
        of({ subSequenceNumber: 4 }),
        of({ sequenceNumber: '1' }),
        { ...FAILED, shard: 'shardId-000000000008' },
        { ...FAILED, stream: parseStreamArn(STREAM.arn.replace('orders', 'others')) },
      ]) {
        await fifo.send(failed, signal);
      }

      const group = `${STREAM.arn}/shardId-000000000007`;
      expect(queue.messages.map(({ groupId }) => groupId)).toEqual([
        group,
        group,
        group,
        group.replace(/7$/, '8'),
        group.replace('orders', 'others'),
      ]);
    });

    test('takes the longest name of a stream', async () => {
      const fifo = open(queue.url);
      const longest = STREAM.arn.replace('orders', 'o'.repeat(128));
      await fifo.send({ ...FAILED, stream: parseStreamArn(longest) }, signal);
      await fifo.send({ ...FAILED, stream: parseStreamArn(longest), shard: 'shardId-000000000008' }, signal);

      const [first, second] = queue.messages.map(({ groupId }) => groupId);
      expect(first).toHaveLength(128);
      expect(first).not.toBe(second);
    });
  });

  test('a queue that is not there: what to do', async () => {
    before.gate.queues.delete(queue.arn);
    const sending = open(queue.url).send(FAILED, signal);

    await expect(sending).rejects.toThrow(AccessError);
    await expect(sending).rejects.toMatchObject({
      message: `record ${SEQUENCE_NUMBER} (sub-sequence number 3) of ${FAILED.shard}, ${STREAM.arn}, can't be sent to the queue ${queue.url}: there is no such queue`,
      remedy: 'Check failureQueueUrl, its region and account included, or create the queue.',
    });
  });

  test('a queue that may not be sent to: which action on what', async () => {
    const { accessKeyId, secretAccessKey } = before.gate.identities.addUser(
      `arn:aws:iam::${READER}:user/rita`,
      [],
    );
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });

    await expect(open(queue.url).send(FAILED, signal)).rejects.toMatchObject({
      message: expect.stringContaining('because no identity-based policy allows the sqs:sendmessage action'),
      remedy: `This role's IAM policy, and the queue's policy too if it is another account's, must allow sqs:SendMessage on ${queue.arn}.`,
    });
  });
});

describe('with an SQS that fails', () => {
  environment(() => ({ AWS_ACCESS_KEY_ID: READER, AWS_SECRET_ACCESS_KEY: 'lab' }));

  /** An SQS that answers as it is told, and the URL of its queue. */
  async function sqs(answer: RequestListener): Promise<{ url: string; stop(): void }> {
    const server = createServer(answer);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${READER}/failed`,
      stop() {
        server.closeAllConnections();
        server.close();
      },
    };
  }
  function refuse(response: ServerResponse, status: number, name: string): void {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message: 'as SQS says' }));
  }
  const given = async (request: IncomingMessage) =>
    JSON.parse(String(Buffer.concat(await request.toArray())));

  test.each([
    [400, 'RequestThrottled'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ])('%d %s is tried again', async (status, name) => {
    const bodies: string[] = [];
    const server = await sqs(async (request, response) => {
      const { MessageBody } = await given(request);
      bodies.push(MessageBody);
      if (bodies.length < 3) return refuse(response, status, name);
      const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
      response.end(JSON.stringify({ MessageId: 'a', MD5OfMessageBody }));
    });
    try {
      await open(server.url).send(FAILED, signal);
    } finally {
      server.stop();
    }

    expect(bodies).toHaveLength(3);
    expect(parseFailureMessage(bodies[2] ?? '').record).toEqual(RECORD);
  });

  test('a message that came changed is not taken for stored', async () => {
    const server = await sqs((_, response) => {
      response.end(JSON.stringify({ MessageId: 'a', MD5OfMessageBody: '0'.repeat(32) }));
    });
    try {
      await expect(open(server.url).send(FAILED, signal)).rejects.toThrow(AccessError);
    } finally {
      server.stop();
    }
  });

  test("a key of the queue's that may not be used: which actions", async () => {
    const server = await sqs((_, response) => refuse(response, 400, 'KmsAccessDenied'));
    try {
      await expect(open(server.url).send(FAILED, signal)).rejects.toMatchObject({
        message: expect.stringContaining('KmsAccessDenied: as SQS says'),
        remedy: expect.stringContaining('kms:GenerateDataKey and kms:Decrypt'),
      });
    } finally {
      server.stop();
    }
  });

  test('one that is down: what to look at', async () => {
    const server = await sqs(() => {});
    server.stop();

    await expect(open(server.url).send(FAILED, signal)).rejects.toMatchObject({
      message: expect.stringContaining("SQS can't be reached"),
      remedy: expect.stringContaining('AWS_ENDPOINT_URL_SQS'),
    });
  });

  describe('is left when the signal is aborted', () => {
    test('before it is called', async () => {
      const { url, stop } = await sqs(() => {});
      stop();

      await expect(open(url).send(FAILED, AbortSignal.abort(new Error('the lease is lost')))).rejects.toThrow(
        'the lease is lost',
      );
    });

    test('while it gives no answer', async () => {
      const abort = new AbortController();
      const server = await sqs(() => abort.abort(new Error('the lease is lost')));
      try {
        await expect(open(server.url).send(FAILED, abort.signal)).rejects.toThrow('the lease is lost');
      } finally {
        server.stop();
      }
    });

    test('between two attempts', async () => {
      const abort = new AbortController();
      let calls = 0;
      const server = await sqs((_, response) => {
        calls++;
        response.once('finish', () => abort.abort(new Error('the lease is lost')));
        refuse(response, 503, 'ServiceUnavailable');
      });
      try {
        await expect(open(server.url).send(FAILED, abort.signal)).rejects.toThrow('the lease is lost');
      } finally {
        server.stop();
      }
      expect(calls).toBe(1);
    });
  });
});
