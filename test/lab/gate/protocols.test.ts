import { gzipSync } from 'node:zlib';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { cbor } from '@smithy/core/cbor';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import { createStream, putRecords, registerConsumer } from '../../../lab/lab.js';
import { OWNER, READER } from '../helpers/access.js';
import { type GatedLab, startGatedLab } from './helpers/gated-lab.js';
import { headersOf, post, postHttp2, type RawAnswer, withHttp2 } from './helpers/raw.js';

const CBOR = 'application/x-amz-cbor-1.1';
const SHARD = 'shardId-000000000000';

let lab: GatedLab;
let stream: string;
beforeAll(async () => {
  lab = await startGatedLab();
  stream = await createStream(lab.owner, 'orders', 1);
  await putRecords(lab.owner, stream, [{ partitionKey: 'k', data: Buffer.from('hello') }]);
});
afterAll(() => lab.stop());

const kinesis = (operation: string, options = {}) => headersOf(`Kinesis_20131202.${operation}`, options);
const denial = () => ({
  __type: 'AccessDeniedException',
  message:
    `User: arn:aws:iam::${READER}:root is not authorized to perform: kinesis:ListShards on resource: ${stream} ` +
    'because no resource-based policy allows the kinesis:ListShards action',
});

describe('JSON', () => {
  const call = (headers: Record<string, string>, body = JSON.stringify({ StreamARN: stream })) =>
    post(lab.gate.endpoint, headers, body);

  test('is answered with JSON, errors as well', async () => {
    const { status, type, body } = await call(kinesis('ListShards'));
    expect({ status, type }).toEqual({ status: 200, type: 'application/x-amz-json-1.1' });
    expect(JSON.parse(String(body))).toMatchObject({ Shards: [{ ShardId: SHARD }] });

    const refused = await call(kinesis('ListShards', { key: READER }));
    expect({ status: refused.status, type: refused.type }).toEqual({
      status: 400,
      type: 'application/x-amz-json-1.1',
    });
    expect(JSON.parse(String(refused.body))).toEqual(denial());
  });

  test.each([
    ['is cut off', '{"StreamARN":', 'SerializationException'],
    ['is no JSON', 'StreamARN=x', 'SerializationException'],
    ['is not an object', '[]', 'ValidationException'],
    ['names no stream', '', 'ValidationException'],
  ])('a body that %s is refused', async (_what, body, name) => {
    const answer = await call(kinesis('ListShards'), body);

    expect(JSON.parse(String(answer.body))).toMatchObject({ __type: name });
    expect(answer.status).toBe(400);
  });
});

describe('CBOR, as KCL speaks it to Kinesis,', () => {
  const call = (headers: Record<string, string>, body: object = { StreamARN: stream }) =>
    post(lab.gate.endpoint, headers, Buffer.from(cbor.serialize(body)));
  const decoded = ({ body }: RawAnswer) => cbor.deserialize(body) as Record<string, unknown>;

  test('is answered with CBOR, errors as well', async () => {
    const answer = await call(kinesis('ListShards', { type: CBOR }));
    expect({ status: answer.status, type: answer.type }).toEqual({ status: 200, type: CBOR });
    expect(decoded(answer)).toMatchObject({ Shards: [{ ShardId: SHARD }] });

    const refused = await call(kinesis('ListShards', { type: CBOR, key: READER }));
    expect({ status: refused.status, type: refused.type }).toEqual({ status: 400, type: CBOR });
    expect(decoded(refused)).toEqual(denial());
  });

  test('gives out iterators that are known again', async () => {
    const position = { StreamARN: stream, ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' };
    const { ShardIterator } = decoded(await call(kinesis('GetShardIterator', { type: CBOR }), position));
    const answer = decoded(await call(kinesis('GetRecords', { type: CBOR }), { ShardIterator }));

    expect(answer.Records).toMatchObject([{ PartitionKey: 'k', Data: expect.anything() }]);
    const others = await call(kinesis('GetRecords', { type: CBOR, key: READER }), { ShardIterator });
    expect(decoded(others)).toMatchObject({ __type: 'AccessDeniedException' });
  });

  test('that is malformed is refused, in CBOR', async () => {
    const answer = await post(
      lab.gate.endpoint,
      kinesis('ListShards', { type: CBOR }),
      Buffer.from([0xbf, 0x61]),
    );

    expect(decoded(answer)).toMatchObject({ __type: 'SerializationException' });
    expect(answer.status).toBe(400);
  });

  test('has the events of a subscription in JSON all the same, the one that ends it too', async () => {
    const { key, consumer } = await encryptedConsumer();
    key.state = 'Disabled';
    const answer = await call(kinesis('SubscribeToShard', { type: CBOR }), {
      ConsumerARN: consumer,
      ShardId: SHARD,
      StartingPosition: { Type: 'TRIM_HORIZON' },
    });
    const [last] = events(answer.body).slice(-1);

    expect(last?.headers).toEqual({
      ':message-type': { type: 'string', value: 'exception' },
      ':exception-type': { type: 'string', value: 'KMSDisabledException' },
      ':content-type': { type: 'string', value: 'application/json' },
    });
    expect(JSON.parse(toUtf8(last?.body ?? new Uint8Array()))).toEqual({
      message: `${key.arn} is disabled.`,
    });
  });
});

async function encryptedConsumer() {
  const arn = await createStream(lab.owner, 'encrypted', 1);
  const key = lab.gate.keys.create(OWNER, lab.region);
  const start = { StreamARN: arn, EncryptionType: 'KMS', KeyId: key.arn };
  await post(lab.gate.endpoint, kinesis('StartStreamEncryption'), JSON.stringify(start));
  const status = async () => {
    const { body } = await post(
      lab.gate.endpoint,
      kinesis('DescribeStreamSummary'),
      JSON.stringify({ StreamARN: arn }),
    );
    return JSON.parse(String(body)).StreamDescriptionSummary.StreamStatus as string;
  };
  while ((await status()) !== 'ACTIVE');
  await putRecords(lab.owner, arn, [{ partitionKey: 'k', data: Buffer.from('secret') }]);
  return { key, consumer: await registerConsumer(lab.owner, arn, 'shared') };
}

/** The messages of an event stream; each begins with its length. */
function events(body: Buffer) {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  const found: ReturnType<typeof codec.decode>[] = [];
  for (let at = 0; at < body.length; at += body.readUInt32BE(at)) {
    found.push(codec.decode(body.subarray(at, at + body.readUInt32BE(at))));
  }
  return found;
}

describe("Smithy's RPC v2, as Java speaks it to CloudWatch,", () => {
  function call(target: string, body: Buffer, { key = OWNER, headers = {} } = {}) {
    const [service, operation] = target.split('.');
    const { 'x-amz-target': _, ...others } = headersOf('', { key, type: 'application/cbor' });
    return post(
      lab.gate.endpoint,
      { ...others, 'smithy-protocol': 'rpc-v2-cbor', ...headers },
      Buffer.from(body),
      `/service/${service}/operation/${operation}`,
    );
  }
  const PUT = 'GraniteServiceVersion20100801.PutMetricData';
  const metrics = Buffer.from(
    cbor.serialize({ Namespace: 'my-application', MetricData: [{ MetricName: 'lag', Value: 1 }] }),
  );

  test('is answered in it', async () => {
    const answer = await call(PUT, metrics);

    expect({ status: answer.status, type: answer.type }).toEqual({ status: 200, type: 'application/cbor' });
    expect(cbor.deserialize(answer.body)).toEqual({});
  });

  test('is denied in it', async () => {
    const { accessKeyId } = lab.gate.identities.addUser(`arn:aws:iam::${READER}:user/rita`, []);
    const answer = await call(PUT, metrics, { key: accessKeyId });

    expect(cbor.deserialize(answer.body)).toMatchObject({
      __type: 'AccessDeniedException',
      message: expect.stringContaining(
        'because no identity-based policy allows the cloudwatch:PutMetricData',
      ),
    });
  });

  test('is unpacked, since Java packs large bodies', async () => {
    const headers = { 'content-encoding': 'gzip' };

    expect((await call(PUT, gzipSync(metrics), { headers })).status).toBe(200);
    const broken = await call(PUT, metrics, { headers });
    expect(cbor.deserialize(broken.body)).toMatchObject({ __type: 'SerializationException' });
  });

  test('can not name one operation in the path, which is allowed, and another in the header', async () => {
    const body = Buffer.from(cbor.serialize({ StreamARN: stream }));
    const headers = { 'x-amz-target': 'Kinesis_20131202.DeleteStream' };
    const answer = await call('Kinesis_20131202.ListShards', body, { headers });

    expect(cbor.deserialize(answer.body)).toMatchObject({ __type: 'UnknownOperationException' });
    expect(answer.status).toBe(400);
  });
});

describe('forms, as older clients of CloudWatch send them,', () => {
  const call = (form: Record<string, string>, key = OWNER) =>
    post(
      lab.gate.endpoint,
      headersOf('', { key, type: 'application/x-www-form-urlencoded; charset=utf-8' }),
      String(new URLSearchParams(form)),
    );
  const metrics = {
    Action: 'PutMetricData',
    Version: '2010-08-01',
    Namespace: 'my-application',
    'MetricData.member.1.MetricName': 'lag',
    'MetricData.member.1.Value': '1',
  };

  test('are answered with XML', async () => {
    const { status, type, body } = await call(metrics);

    expect({ status, type }).toEqual({ status: 200, type: 'text/xml' });
    expect(String(body)).toContain('<PutMetricDataResponse>');
  });

  test('are denied with XML, in which no text breaks the elements', async () => {
    const { accessKeyId } = lab.gate.identities.addUser(`arn:aws:iam::${READER}:user/<&>`, []);
    const { status, body } = await call(metrics, accessKeyId);

    expect(status).toBe(403);
    expect(String(body)).toContain('<Code>AccessDenied</Code>');
    expect(String(body)).toContain(`<Message>User: arn:aws:iam::${READER}:user/&lt;&amp;&gt; is not`);
  });

  test.each([
    { Action: 'PutMetricData' },
    { Action: 'PutMetricData', Version: '2099-01-01' },
    { Version: '2010-08-01' },
    {},
  ])('of an unknown call are refused: %p', async (form) => {
    expect(String((await call(form as Record<string, string>)).body)).toContain(
      '<Code>UnknownOperationException</Code>',
    );
  });
});

describe('HTTP/2 with prior knowledge', () => {
  const list = () => JSON.stringify({ StreamARN: stream });

  test('is answered, many calls at once over one connection', async () => {
    await withHttp2(lab.gate.endpoint, async (session) => {
      const keys = [OWNER, READER, OWNER, READER];
      const answers = await Promise.all(
        keys.map((key) => postHttp2(session, kinesis('ListShards', { key }), list())),
      );

      expect(answers.map(({ status }) => status)).toEqual([200, 400, 200, 400]);
      expect(JSON.parse(String(answers[1]?.body))).toEqual(denial());
    });
  });

  test('takes requests that kinesis-local can not take over it', async () => {
    const Records = [{ PartitionKey: 'k', Data: Buffer.alloc(900_000) }];
    const put = new PutRecordsCommand({ StreamARN: stream, Records });

    expect((await lab.as(OWNER).kinesis.send(put)).FailedRecordCount ?? 0).toBe(0);
  });

  test('HTTP/1.1 is answered on the same port', async () => {
    const answers = await Promise.all(
      [1, 2, 3].map(() => post(lab.gate.endpoint, kinesis('ListShards'), list())),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
