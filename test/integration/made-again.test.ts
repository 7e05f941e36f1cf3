import { type Lab, putRecords, splitShard, startLab } from '../../lab/lab.js';
import { sampleOrders } from '../../lab/sample-orders.js';
import { readLeaseTable, tableLookups } from '../../src/leases/lease-table-reader.js';
import { SharedStream } from '../faults/helpers/shared-stream.js';
import { refusedStart, runCli } from './helpers/cli.js';
import { TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { QUARTER, shard } from './helpers/reshard.js';

let lab: Lab;
let gate: Record<string, string>;
beforeAll(async () => {
  lab = await startLab();
  // Which refuses the sequence numbers of another stream, as AWS does.
  gate = { KINESIS_ENDPOINT: lab.gate.endpoint, DYNAMO_DB_ENDPOINT: lab.gate.endpoint };
});
afterAll(() => lab.stop());

const put = (arn: string, records: number) => putRecords(lab.owner, arn, sampleOrders(lab.owner.id, records));
const tableOf = ({ application }: SharedStream) =>
  readLeaseTable(tableLookups(lab.reader.dynamodb, { lease: application }));

async function streamWith(records: number, shards: number): Promise<SharedStream> {
  const stream = await SharedStream.create(lab, {
    shards,
    fanOut: false,
    encrypted: false,
    failureQueue: false,
  });
  await put(stream.arn, records);
  return stream;
}

/** Reads so many records by the stream's ARN alone, and stops. */
async function read(stream: SharedStream, env: Record<string, string>, records: number) {
  return withWorker(lab, stream.arn, { ...stream.env, ...gate, ...env }, async (consumer) => {
    await consumer.until('all handled', () => consumer.ledger.length >= records);
    expect((await consumer.stop()).code).toBe(0);
    return consumer.ledger.length;
  });
}

test.each(TRANSPORTS)(
  '%s: a stream that was made again while the worker was down is refused',
  async (transport) => {
    const stream = await streamWith(8, 2);
    const env = { TRANSPORT: transport };
    await read(stream, env, 8);
    await stream.makeAgain(2);
    await put(stream.arn, 20);
    const before = await tableOf(stream);

    const { status, message } = await refusedStart(lab, { ...stream.env, ...gate, ...env });

    expect(status).toBe(2);
    expect(message).toMatch(
      /has leases that are not of the stream .* as it is now \(shardId-\d+: its checkpoint \d+ is before the shard's first sequence number, \d+, and 1 more\): the stream was deleted and made again/,
    );
    expect(message).toContain('delete the lease table');
    expect(message).toContain('another applicationName');
    expect(message).toContain('streamCreationEpoch = auto');
    expect(await tableOf(stream)).toEqual(before);
  },
);

test('preflight finds it, and fails', async () => {
  const stream = await streamWith(8, 2);
  await read(stream, {}, 8);
  await stream.makeAgain(2);

  const { status, stdout } = await runCli(['preflight'], {
    env: {
      ...stream.env,
      ...gate,
      AWS_REGION: lab.region,
      AWS_ENDPOINT_URL: lab.gate.endpoint,
      METRICS_LEVEL: 'NONE',
    },
  });

  expect({ status, stdout }).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('the stream was deleted and made again after they were made'),
  });
});

test('a stream that was made again with fewer shards: no lease of a shard that it never had is written', async () => {
  const stream = await streamWith(1, 3);
  await read(stream, {}, 1);
  await stream.makeAgain(1);
  const before = await tableOf(stream);

  expect(await refusedStart(lab, { ...stream.env, ...gate })).toMatchObject({ status: 2 });

  expect(await tableOf(stream)).toEqual(before);
});

test('a stream that was resharded while the worker was down is read on', async () => {
  const stream = await streamWith(8, 2);
  await read(stream, {}, 8);
  await splitShard(lab.owner, stream.arn, shard(0), QUARTER);
  await put(stream.arn, 20);

  expect(await read(stream, {}, 20)).toBe(20);
});
