import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
  PutResourcePolicyCommand,
  StartStreamEncryptionCommand,
  StopStreamEncryptionCommand,
  SubscribeToShardCommand,
} from '@aws-sdk/client-kinesis';
import type { LabKey } from '../../../lab/gate/gate.js';
import type { Statement } from '../../../lab/iam/types.js';
import { createStream, putRecords, registerConsumer } from '../../../lab/lab.js';
import { allow, grant, OWNER, READER, ROLE, SESSION, sharedWith } from '../helpers/access.js';
import { answerTo, type Clients, type GatedLab, startGatedLab } from './helpers/gated-lab.js';

const SHARD = 'shardId-000000000000';

let lab: GatedLab;
let owner: Clients;
beforeAll(async () => {
  lab = await startGatedLab();
  owner = lab.as(OWNER);
});
afterAll(() => lab.stop());

let streams = 0;
/** A stream that the role may read, and the key that it is encrypted with. */
async function encrypted(
  keyId = lab.gate.keys.create(OWNER, lab.region, grant([ROLE, `arn:aws:iam::${OWNER}:root`])).arn,
): Promise<{ stream: string; key: LabKey }> {
  const stream = await createStream(lab.owner, `orders-${++streams}`, 1);
  await owner.kinesis.send(
    new PutResourcePolicyCommand({ ResourceARN: stream, Policy: JSON.stringify(sharedWith(stream, ROLE)) }),
  );
  await encrypt(stream, keyId);
  return { stream, key: lab.gate.keys.find(lab.gate.keys.resolve(keyId, OWNER, lab.region)) as LabKey };
}

async function encrypt(StreamARN: string, KeyId: string): Promise<void> {
  await owner.kinesis.send(new StartStreamEncryptionCommand({ StreamARN, KeyId, EncryptionType: 'KMS' }));
  await untilActive(StreamARN);
}

async function untilActive(StreamARN: string): Promise<void> {
  for (;;) {
    const { StreamDescriptionSummary: summary } = await owner.kinesis.send(
      new DescribeStreamSummaryCommand({ StreamARN }),
    );
    if (summary?.StreamStatus === 'ACTIVE') return;
    await sleep(30);
  }
}

const put = (StreamARN: string, text = 'hello', { kinesis } = owner) =>
  kinesis.send(new PutRecordCommand({ StreamARN, PartitionKey: 'k', Data: Buffer.from(text) }));

/** A session of the role that may call Kinesis, and besides that what the statements say. */
const reader = (...statements: Statement[]) =>
  lab.session(ROLE, [allow({ Action: 'kinesis:*' }), ...statements]);
const decrypting = (key: string, elements: Partial<Statement> = {}) =>
  allow({ Action: 'kms:Decrypt', Resource: key, ...elements });

async function read(kinesis: KinesisClient, StreamARN: string): Promise<string[]> {
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({ StreamARN, ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator, StreamARN }));
  return Records.map(({ Data }) => Buffer.from(Data ?? []).toString());
}

describe('GetRecords of an encrypted stream', () => {
  test('decrypts in the name of the caller, whom both sides must allow', async () => {
    const { stream, key } = await encrypted();
    await put(stream);

    expect(await read(reader(decrypting(key.arn)).kinesis, stream)).toEqual(['hello']);
    const refusal = `KMSAccessDeniedException: User ${SESSION} is not authorized to decrypt records in stream ${OWNER}:${stream.split('/')[1]}`;
    expect(await answerTo(read(reader().kinesis, stream))).toBe(refusal);
    key.policy = JSON.stringify(grant(`arn:aws:iam::${OWNER}:root`));
    expect(await answerTo(read(reader(decrypting(key.arn)).kinesis, stream))).toBe(refusal);
  });

  test('needs no key as long as there are no records', async () => {
    const { stream } = await encrypted();

    expect(await read(reader().kinesis, stream)).toEqual([]);
  });

  test('needs no key for what was put before the encryption, and needs it for what came before its end', async () => {
    const stream = await createStream(lab.owner, 'switched', 1);
    await owner.kinesis.send(
      new PutResourcePolicyCommand({ ResourceARN: stream, Policy: JSON.stringify(sharedWith(stream, ROLE)) }),
    );
    await put(stream, 'plain');
    const key = lab.gate.keys.create(OWNER, lab.region);
    await encrypt(stream, key.arn);
    expect(await read(reader().kinesis, stream)).toEqual(['plain']);
    await put(stream, 'under the key');
    await owner.kinesis.send(
      new StopStreamEncryptionCommand({ StreamARN: stream, KeyId: key.arn, EncryptionType: 'KMS' }),
    );
    await untilActive(stream);

    expect(await answerTo(read(reader().kinesis, stream))).toMatch(/^KMSAccessDeniedException: /);
  });

  test.each([
    ['the service and the stream that it is for', (stream: string) => conditions(stream), true],
    ['another stream', (stream: string) => conditions(`${stream}-2`), false],
    ['another service', (stream: string) => conditions(stream, 'sqs'), false],
  ])('a grant that is narrowed to %s', async (_what, condition, allowed) => {
    const { stream, key } = await encrypted();
    await put(stream);
    const answer = await answerTo(read(reader(decrypting(key.arn, condition(stream))).kinesis, stream));

    expect(answer).toMatch(allowed ? /^ok$/ : /^KMSAccessDeniedException: /);
  });

  const conditions = (stream: string, service = 'kinesis'): Partial<Statement> => ({
    Condition: {
      StringEquals: {
        'kms:ViaService': `${service}.us-east-1.amazonaws.com`,
        'kms:EncryptionContext:aws:kinesis:arn': stream,
      },
    },
  });

  test.each(['Disabled', 'PendingDeletion', 'Throttled', 'deleted'] as const)(
    'names a key that is %s',
    async (state) => {
      const { stream, key } = await encrypted();
      await put(stream);
      if (state === 'deleted') lab.gate.keys.delete(key.arn);
      else key.state = state;

      expect(await answerTo(read(reader(decrypting(key.arn)).kinesis, stream))).toMatch(
        {
          Disabled: /^KMSDisabledException: arn:aws:kms:.* is disabled\.$/,
          PendingDeletion: /^KMSInvalidStateException: arn:aws:kms:.* is pending deletion\.$/,
          Throttled: /^KMSThrottlingException: .*exceeded the rate/,
          deleted: /^KMSNotFoundException: Key 'arn:aws:kms:.*' does not exist$/,
        }[state],
      );
    },
  );

  test('a key that works again is used again', async () => {
    const { stream, key } = await encrypted();
    await put(stream);
    key.state = 'Disabled';
    expect(await answerTo(read(reader(decrypting(key.arn)).kinesis, stream))).toMatch(/^KMSDisabled/);
    key.state = 'Enabled';

    expect(await read(reader(decrypting(key.arn)).kinesis, stream)).toEqual(['hello']);
  });
});

describe('the AWS managed key', () => {
  const everything = allow();

  test('reads in its own account, and in no other', async () => {
    const { stream, key } = await encrypted('alias/aws/kinesis');
    await put(stream);

    expect(key.manager).toBe('AWS');
    expect(await read(lab.user(`arn:aws:iam::${OWNER}:user/olga`, everything).kinesis, stream)).toEqual([
      'hello',
    ]);
    for (const other of [lab.session(ROLE, [everything]), lab.as(READER)]) {
      expect(await answerTo(read(other.kinesis, stream))).toMatch(/^(KMS)?AccessDeniedException: /);
    }
    expect(await answerTo(read(lab.session(ROLE, [everything]).kinesis, stream))).toMatch(
      /^KMSAccessDeniedException: .* is not authorized to decrypt records in stream/,
    );
  });
});

test('records stay under the key that they were put with', async () => {
  const { stream, key: first } = await encrypted();
  await put(stream, 'under the first');
  const second = lab.gate.keys.create(OWNER, lab.region, grant([ROLE, `arn:aws:iam::${OWNER}:root`]));
  await encrypt(stream, second.arn);
  await put(stream, 'under the second');
  const readWith = (...keys: LabKey[]) =>
    read(reader(...keys.map(({ arn }) => decrypting(arn))).kinesis, stream);

  expect(await readWith(first, second)).toEqual(['under the first', 'under the second']);
  expect(await answerTo(readWith(first))).toMatch(/^KMSAccessDeniedException: /);
  expect(await answerTo(readWith(second))).toMatch(/^KMSAccessDeniedException: /);
  lab.gate.keys.delete(first.arn);
  expect(await answerTo(readWith(second))).toContain(`KMSNotFoundException: Key '${first.arn}'`);
});

test('a switch through the gate parts the records also where they are put past it', async () => {
  const stream = await createStream(lab.owner, 'past-the-gate', 1);
  await owner.kinesis.send(
    new PutResourcePolicyCommand({ ResourceARN: stream, Policy: JSON.stringify(sharedWith(stream, ROLE)) }),
  );
  const [first, second] = [1, 2].map(() => lab.gate.keys.create(OWNER, lab.region, grant(ROLE)).arn);
  const putPast = (text: string) =>
    putRecords(lab.owner, stream, [{ partitionKey: 'k', data: Buffer.from(text) }]);
  await lab.owner.kinesis.send(
    new StartStreamEncryptionCommand({ StreamARN: stream, KeyId: first, EncryptionType: 'KMS' }),
  );
  await untilActive(stream);
  await putPast('under the first');
  await encrypt(stream, second ?? '');
  await putPast('under the second');
  const readWith = (...keys: (string | undefined)[]) =>
    answerTo(read(reader(...keys.map((key) => decrypting(key ?? ''))).kinesis, stream));

  expect(await readWith(first, second)).toBe('ok');
  expect(await readWith(first)).toMatch(/^KMSAccessDeniedException: /);
  expect(await readWith(second)).toMatch(/^KMSAccessDeniedException: /);
});

test('records after the switch need the new key alone', async () => {
  const { stream } = await encrypted();
  const second = lab.gate.keys.create(OWNER, lab.region, grant([ROLE, `arn:aws:iam::${OWNER}:root`]));
  await encrypt(stream, second.arn);
  await put(stream);

  expect(await read(reader(decrypting(second.arn)).kinesis, stream)).toEqual(['hello']);
});

describe('putting into an encrypted stream', () => {
  const OLGA = `arn:aws:iam::${OWNER}:user/olga`;

  test.each([
    ['PutRecord', (kinesis: KinesisClient, stream: string) => put(stream, 'x', { ...owner, kinesis })],
    [
      'PutRecords',
      (kinesis: KinesisClient, StreamARN: string) =>
        kinesis.send(
          new PutRecordsCommand({ StreamARN, Records: [{ PartitionKey: 'k', Data: Buffer.from('x') }] }),
        ),
    ],
  ])('%s needs kms:GenerateDataKey', async (_name, putWith) => {
    const { stream, key } = await encrypted();
    const putting = allow({ Action: 'kinesis:Put*' });
    const generating = allow({ Action: 'kms:GenerateDataKey', Resource: key.arn });

    expect(await answerTo(putWith(lab.user(OLGA, putting, generating).kinesis, stream))).toBe('ok');
    expect(await answerTo(putWith(lab.user(OLGA, putting, decrypting(key.arn)).kinesis, stream))).toBe(
      `KMSAccessDeniedException: User: ${OLGA} is not authorized to perform: kms:GenerateDataKey on resource: ` +
        `${key.arn} because no identity-based policy allows the kms:GenerateDataKey action`,
    );
    key.state = 'Disabled';
    expect(await answerTo(putWith(owner.kinesis, stream))).toMatch(/^KMSDisabledException: /);
  });

  test('records that are refused are not there', async () => {
    const { stream, key } = await encrypted();
    key.state = 'PendingDeletion';
    await answerTo(put(stream));
    key.state = 'Enabled';

    expect(await read(owner.kinesis, stream)).toEqual([]);
  });
});

describe.each(['kinesis', 'kinesisHttp1'] as const)('SubscribeToShard over %s', (client) => {
  async function sharedConsumer(stream: string, name: string): Promise<string> {
    const consumer = await registerConsumer(lab.owner, stream, `${name}-${client}`);
    await owner.kinesis.send(
      new PutResourcePolicyCommand({
        ResourceARN: consumer,
        Policy: JSON.stringify(sharedWith(consumer, ROLE)),
      }),
    );
    return consumer;
  }

  async function events(session: Clients, ConsumerARN: string): Promise<string[]> {
    const { EventStream } = await subscribe(session, ConsumerARN);
    for await (const { SubscribeToShardEvent: event } of EventStream ?? []) {
      const records = event?.Records ?? [];
      if (records.length > 0) return records.map(({ Data }) => Buffer.from(Data ?? []).toString());
    }
    return [];
  }

  const subscribe = (session: Clients, ConsumerARN: string) =>
    session[client].send(
      new SubscribeToShardCommand({
        ConsumerARN,
        ShardId: SHARD,
        StartingPosition: { Type: 'TRIM_HORIZON' },
      }),
    );

  test('begins, and hands out no record whose key may not be used', async () => {
    const { stream, key } = await encrypted();
    await put(stream);

    expect(await answerTo(events(reader(), await sharedConsumer(stream, 'first')))).toMatch(
      /^KMSAccessDeniedException: .* is not authorized to decrypt records in stream/,
    );
    const second = await sharedConsumer(stream, 'second');
    expect(await events(reader(decrypting(key.arn)), second)).toEqual(['hello']);
  });

  test('ends with the error of a key that fails while it runs', async () => {
    const { stream, key } = await encrypted();
    const consumer = await sharedConsumer(stream, 'failing');
    const running = answerTo(events(reader(decrypting(key.arn)), consumer));
    await put(stream);
    key.state = 'Disabled';

    expect(await running).toMatch(/^KMSDisabledException: .* is disabled\.$/);
  });
});

test('records of an encrypted stream whose key the gate never saw are not handed out', async () => {
  const stream = await createStream(lab.owner, 'behind-its-back', 1);
  const key = { StreamARN: stream, KeyId: 'alias/unseen', EncryptionType: 'KMS' as const };
  await lab.owner.kinesis.send(new StartStreamEncryptionCommand(key));
  await untilActive(stream);
  await putRecords(lab.owner, stream, [{ partitionKey: 'k', data: Buffer.from('secret') }]);
  await lab.owner.kinesis.send(new StopStreamEncryptionCommand(key));
  await untilActive(stream);

  expect(await answerTo(read(owner.kinesis, stream))).toMatch(/^InternalFailure: the lab: .*key/);
});
