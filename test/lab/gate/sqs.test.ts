import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { LabQueue } from '../../../lab/gate/gate.js';
import { allow, grant, OWNER, READER, ROLE, SESSION } from '../helpers/access.js';
import { answerTo, type GatedLab, startGatedLab } from './helpers/gated-lab.js';

const QUEUE = `arn:aws:sqs:us-east-1:${READER}:failed`;

let lab: GatedLab;
let queue: LabQueue;
beforeAll(async () => {
  lab = await startGatedLab();
});
afterAll(() => lab.stop());
beforeEach(() => {
  queue = lab.gate.queues.create(READER, 'us-east-1', 'failed');
});

/** A session of the role that may do these actions on the queue. */
const worker = (...actions: string[]) =>
  lab.session(
    ROLE,
    actions.map((action) => allow({ Action: `sqs:${action}`, Resource: QUEUE })),
  ).sqs;
const send = (sqs: SQSClient, input: Partial<SendMessageCommandInput> = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'a', ...input }));
const receive = async (sqs: SQSClient, MaxNumberOfMessages = 10) =>
  (await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue.url, MaxNumberOfMessages }))).Messages ?? [];

test('a message is sent, received once, and deleted', async () => {
  const { sqs } = lab.as(READER);
  const { MessageId } = await send(sqs, { MessageBody: 'pé漢\u2028' });
  const [received, ...others] = await receive(sqs);

  expect(received).toMatchObject({ MessageId, Body: 'pé漢\u2028' });
  expect(received?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
  expect(others).toEqual([]);
  expect(await receive(sqs)).toEqual([]);
  expect(queue.messages).toMatchObject([{ id: MessageId, body: 'pé漢\u2028', receiveCount: 1 }]);

  await sqs.send(
    new DeleteMessageCommand({ QueueUrl: queue.url, ReceiptHandle: received?.ReceiptHandle ?? '' }),
  );
  expect(queue.messages).toEqual([]);
});

describe('policies', () => {
  const denied = (action: string) =>
    `AccessDenied: User: ${SESSION} is not authorized to perform: sqs:${action} on resource: ${QUEUE} ` +
    `because no identity-based policy allows the sqs:${action} action`;

  test('each action needs one, and a batch needs SendMessage', async () => {
    expect(await answerTo(send(worker('SendMessage')))).toBe('ok');
    expect(await answerTo(send(worker('ReceiveMessage')))).toBe(denied('sendmessage'));
    const batch = new SendMessageBatchCommand({
      QueueUrl: queue.url,
      Entries: [{ Id: 'a', MessageBody: 'a' }],
    });
    expect(await answerTo(worker().send(batch))).toBe(denied('sendmessage'));
    expect(await answerTo(receive(worker('SendMessage')))).toBe(denied('receivemessage'));
    const attributes = new GetQueueAttributesCommand({ QueueUrl: queue.url });
    expect(await answerTo(worker('SendMessage').send(attributes))).toBe(denied('getqueueattributes'));
    expect(queue.messages).toHaveLength(1);
  });

  test("another account's queue needs its policy too", async () => {
    queue = lab.gate.queues.create(OWNER, 'us-east-1', 'failed');
    const { sqs } = lab.session(ROLE, [allow({ Action: 'sqs:SendMessage' })]);

    expect(await answerTo(send(sqs))).toContain('because no resource-based policy allows');
    queue.policy = JSON.stringify(grant(ROLE, { Action: 'sqs:SendMessage', Resource: queue.arn }));
    expect(await answerTo(send(sqs))).toBe('ok');
  });
});

describe('is refused as SQS does', () => {
  test('a queue that does not exist', async () => {
    lab.gate.queues.delete(queue.arn);

    expect(await answerTo(send(lab.as(READER).sqs))).toBe(
      'QueueDoesNotExist: The specified queue does not exist.',
    );
    expect(await answerTo(send(lab.as(READER, 'eu-west-1').sqs))).toContain('QueueDoesNotExist');
  });

  test('a message that is too large, by its bytes', async () => {
    queue.maximumMessageSize = 1024;
    const { sqs } = lab.as(READER);

    expect(await answerTo(send(sqs, { MessageBody: 'é'.repeat(512) }))).toBe('ok');
    expect(await answerTo(send(sqs, { MessageBody: 'é'.repeat(513) }))).toBe(
      'InvalidParameterValue: One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.',
    );
  });

  test('characters that are not of XML 1.0', async () => {
    for (const character of ['\u0000', '\u001f', '\uFFFE', '\uFFFF']) {
      expect(await answerTo(send(lab.as(READER).sqs, { MessageBody: character }))).toContain(
        'InvalidMessageContents',
      );
    }
  });

  test('what is missing, and a batch of nothing', async () => {
    const { sqs } = lab.as(READER);
    const batch = new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: [] });

    expect(await answerTo(send(sqs, { MessageBody: '' }))).toContain('MissingParameter');
    expect(await answerTo(sqs.send(batch))).toContain('EmptyBatchRequest: ');
    expect(queue.messages).toEqual([]);
  });

  test('a URL that is none', async () => {
    expect(await answerTo(send(lab.as(READER).sqs, { QueueUrl: 'failed' }))).toContain('ValidationException');
  });
});

test('each entry of a batch is taken or refused by itself', async () => {
  const answer = await lab.as(READER).sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: queue.url,
      Entries: [
        { Id: 'good', MessageBody: 'a' },
        { Id: 'bad', MessageBody: '\u0000' },
      ],
    }),
  );

  expect(answer.Successful).toMatchObject([{ Id: 'good' }]);
  expect(answer.Failed).toMatchObject([{ Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true }]);
});

test('the attributes that are asked for', async () => {
  const { Attributes } = await lab.as(READER).sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queue.url,
      AttributeNames: ['QueueArn', 'MaximumMessageSize'],
    }),
  );

  expect(Attributes).toEqual({ QueueArn: QUEUE, MaximumMessageSize: '1048576' });
});

describe('a FIFO queue', () => {
  beforeEach(() => {
    queue = lab.gate.queues.create(READER, 'us-east-1', 'failed.fifo', { fifo: true });
  });
  const fifo = (group: string, id: string, body = id) =>
    send(lab.as(READER).sqs, {
      MessageGroupId: group,
      MessageDeduplicationId: id,
      MessageBody: body,
    });

  test('keeps one of two with the same deduplication id', async () => {
    const first = await fifo('a', '1');

    expect((await fifo('a', '1', 'again')).MessageId).toBe(first.MessageId);
    expect(queue.messages).toMatchObject([{ body: '1', groupId: 'a', deduplicationId: '1' }]);
  });

  test('hands out no more of a group while one is handed out', async () => {
    for (const [group, id] of [
      ['a', '1'],
      ['a', '2'],
      ['b', '3'],
    ] as const) {
      await fifo(group, id);
    }

    expect((await receive(lab.as(READER).sqs, 1)).map(({ Body }) => Body)).toEqual(['1']);
    expect((await receive(lab.as(READER).sqs)).map(({ Body }) => Body)).toEqual(['3']);
  });

  test('needs both ids, in their characters and length', async () => {
    const { sqs } = lab.as(READER);

    expect(await answerTo(send(sqs))).toContain('MissingParameter');
    expect(await answerTo(send(sqs, { MessageGroupId: 'a' }))).toContain('ContentBasedDeduplication');
    expect(await answerTo(fifo('é', '1'))).toContain('MessageGroupId can only include');
    expect(await answerTo(fifo('a', 'x'.repeat(129)))).toContain('1 to 128 in length');
  });
});
