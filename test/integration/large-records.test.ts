import { type Lab, startLab } from '../../lab/lab.js';
import { parseFailureMessage } from '../../src/index.js';
import { handlerFile, sharedStream, streamsEnv, TRANSPORTS, withWorker } from './helpers/fixtures.js';
import { throughGate } from './helpers/gate.js';
import { enlarge, expectedSizes, largeRecord } from './helpers/large-records.js';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const SMALL = { partitionKey: 'small', data: Buffer.from('small') };
const POISON = largeRecord(10, 'poison');
/** Several of the largest in a row, and several in one answer of GetRecords. */
const RECORDS = [
  SMALL,
  largeRecord(10, 'a'),
  largeRecord(10, 'b'),
  largeRecord(10, 'c'),
  POISON,
  largeRecord(5, 'd'),
  largeRecord(5, 'e'),
  SMALL,
];

describe.each(TRANSPORTS)('transport %s', (transport) => {
  test('records of 5 and 10 MiB arrive whole, by polling and by fan-out; one that fails goes to the queue without its data', async () => {
    const polled = await sharedStream(lab, RECORDS, 1);
    const pushed = await sharedStream(lab, RECORDS, 1);
    for (const { arn } of [polled, pushed]) lab.gate.streams.rewrite(arn, enlarge);
    const { CONSUMER_ARN = '' } = await throughGate(lab, pushed.arn, { fanOut: true });
    const queue = lab.gate.queues.create(lab.reader.id, lab.region, `failed-${transport}`);
    const env = {
      ...(await throughGate(lab, polled.arn)),
      ...streamsEnv(polled.arn, pushed.arn),
      STREAMS_2_CONSUMER_ARN: CONSUMER_ARN,
      APPLICATION_NAME: `large-${transport}`,
      TRANSPORT: transport,
      HANDLER: handlerFile('sizes'),
      FAIL_ON: 'poison',
      MAX_ATTEMPTS: '1',
      ON_FAILURE: 'send',
      FAILURE_QUEUE_URL: queue.url,
      AWS_ENDPOINT_URL_SQS: lab.gate.endpoint,
    };
    const expected = expectedSizes(RECORDS.filter((record) => record !== POISON));

    await withWorker(lab, undefined, env, async (consumer) => {
      await consumer.until('all handled', () => consumer.ledger.length >= 2 * expected.length);
      expect((await consumer.stop()).code).toBe(0);
      for (const { arn } of [polled, pushed]) {
        const seen = consumer.ledger.filter(({ stream }) => stream === arn);
        expect(seen.map(({ partitionKey, data }) => `${partitionKey} ${data}`)).toEqual(expected);
      }
    });
    const failed = queue.messages.map(({ body }) => parseFailureMessage(body));
    expect(new Set(failed.map(({ stream }) => stream.arn))).toEqual(new Set([polled.arn, pushed.arn]));
    for (const { record, dataBytes, dataOmitted, partitionKey } of failed) {
      expect({ record, partitionKey }).toEqual({ record: undefined, partitionKey: POISON.partitionKey });
      expect(dataBytes).toBe(10 * 1024 * 1024 - POISON.partitionKey.length);
      expect(dataOmitted).toMatch(
        /^with its data the message would have 13\d+ bytes, and the queue takes 1048576$/,
      );
    }
  });
});
