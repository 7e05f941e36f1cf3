import { inspect } from 'node:util';
import fc from 'fast-check';
import { parseConsumerArn, parseStreamArn } from '../../src/aws/arn.js';
import type { StreamSource } from '../../src/config/streams.js';
import { parseEvent } from '../../src/lambda/event.js';
import { EventError } from '../../src/lambda/event-error.js';
import { userRecords } from '../../src/lambda/user-records.js';
import { memoryLog } from '../helpers/memory-log.js';
import { CONSUMER_ARN, eventOf, SHARD, STREAM_ARN, streamRecord } from './helpers/events.js';

const sourceOf = (streamArn: string, consumerArn?: string): StreamSource => ({
  stream: parseStreamArn(streamArn),
  consumer: consumerArn === undefined ? undefined : parseConsumerArn(consumerArn),
  creationEpoch: undefined,
  initialPosition: undefined,
});
const OTHER_ARN = 'arn:aws:kinesis:us-east-1:333333333333:stream/orders';

function refusal(event: unknown, sources = [sourceOf(STREAM_ARN)]): string {
  let thrown: unknown;
  try {
    parseEvent(event, sources);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(EventError);
  return (thrown as Error).message;
}

test('stream and shard of an event', () => {
  const event = eventOf(3);

  const { stream, shard, kinesisEvent } = parseEvent(event, [sourceOf(STREAM_ARN)]);

  expect(stream).toMatchObject({ arn: STREAM_ARN, account: '111111111111' });
  expect(shard).toBe(SHARD);
  expect(kinesisEvent.Records).toEqual(event.Records);
});

test('a record may have no time', () => {
  const record = streamRecord();
  const { approximateArrivalTimestamp: _, ...kinesis } = record.kinesis;

  expect(() => parseEvent({ Records: [{ ...record, kinesis }] }, [sourceOf(STREAM_ARN)])).not.toThrow();
});

test.each([[null], [undefined], ['']])('a record may have no partition key: %j', (partitionKey) => {
  const record = streamRecord();
  const event = { Records: [{ ...record, kinesis: { ...record.kinesis, partitionKey } }] };

  const { kinesisEvent } = parseEvent(event, [sourceOf(STREAM_ARN)]);

  const [one] = userRecords(kinesisEvent, memoryLog().logger);
  expect(one?.record.partitionKey).toBeNull();
});

test.each([
  ["the consumer's ARN", CONSUMER_ARN],
  ["the stream's ARN, although it reads by the consumer", STREAM_ARN],
])('an event may have %s', (_what, arn) => {
  const { stream } = parseEvent(eventOf(1, { arn }), [
    sourceOf(OTHER_ARN),
    sourceOf(STREAM_ARN, CONSUMER_ARN),
  ]);

  expect(stream.arn).toBe(STREAM_ARN);
});

describe('refused is', () => {
  test.each([
    ['another account', OTHER_ARN],
    ['another name', `${STREAM_ARN}-2`],
    ['another region', STREAM_ARN.replace('us-east-1', 'eu-west-1')],
  ])('a stream of %s', (_what, arn) => {
    expect(refusal(eventOf(1, { arn }))).toBe(
      `the event is of ${arn}, which this function was not set up for; expected ${STREAM_ARN}: ` +
        'remove that event source mapping, or set STREAM_ARN to its stream',
    );
  });

  test('a consumer that is not configured', () => {
    expect(refusal(eventOf(1, { arn: CONSUMER_ARN }))).toBe(
      `the event is of ${CONSUMER_ARN}, which this function was not set up for; expected ${STREAM_ARN}: ` +
        'set CONSUMER_ARN to it, or let the event source mapping read the stream',
    );
  });

  test('another consumer of the stream', () => {
    const arn = CONSUMER_ARN.replace('shared', 'another');
    expect(refusal(eventOf(1, { arn }), [sourceOf(STREAM_ARN, CONSUMER_ARN)])).toContain(
      `expected ${STREAM_ARN} or ${CONSUMER_ARN}`,
    );
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'hello'],
    ['a list', []],
    ["EventBridge's", { 'detail-type': 'Scheduled Event' }],
    ["API Gateway's", { httpMethod: 'GET' }],
  ])('what is no event of records: %s', (_what, event) => {
    expect(refusal(event)).toContain('the event has no array Records');
  });

  test.each([
    ['has no records', { Records: [] }],
    ['is of a tumbling window', { ...eventOf(1), window: { start: '', end: '' }, state: {} }],
  ])('an event that %s', (what, event) => {
    expect(refusal(event)).toBe(
      `the event ${what}; expected records alone: leave TumblingWindowInSeconds out of the event source mapping`,
    );
  });

  test.each([
    ['aws:sqs', { eventSource: 'aws:sqs', body: '{}' }],
    ['aws:s3', { eventSource: 'aws:s3', s3: {} }],
    ['aws:dynamodb', { eventSource: 'aws:dynamodb', dynamodb: {} }],
    ['aws:sns', { EventSource: 'aws:sns', Sns: {} }],
    ['an unknown service', {}],
    ['an unknown service', null],
  ])('a record of %s', (service, record) => {
    expect(refusal({ Records: [record] })).toBe(
      `record 0 is of ${service}; expected aws:kinesis: remove the trigger that is not a Kinesis stream`,
    );
  });

  test.each<[string, object, string]>([
    [
      'no kinesis',
      { kinesis: undefined },
      'kinesis.sequenceNumber is undefined, kinesis.partitionKey is undefined, kinesis.data is undefined',
    ],
    ['no data', { kinesis: { ...streamRecord().kinesis, data: undefined } }, 'kinesis.data is undefined'],
    [
      'a sequence number that is none',
      { kinesis: { ...streamRecord().kinesis, sequenceNumber: 'x' } },
      "kinesis.sequenceNumber is 'x'",
    ],
    ['no shard', { eventID: '1' }, "eventID is '1'"],
    ['no ARN', { eventSourceARN: undefined }, 'eventSourceARN is undefined'],
    [
      'an ID of another sequence number',
      { eventID: `${SHARD}:12` },
      `eventID is '${SHARD}:12' and kinesis.sequenceNumber '2'`,
    ],
    ...[null, '1545084650.987', Number.NaN, Number.POSITIVE_INFINITY].map(
      (time): [string, object, string] => [
        `a time of ${inspect(time)}`,
        { kinesis: { ...streamRecord({ sequenceNumber: '2' }).kinesis, approximateArrivalTimestamp: time } },
        `kinesis.approximateArrivalTimestamp is ${inspect(time)}`,
      ],
    ),
  ])('a record with %s, wherever it stands', (_what, change, named) => {
    const Records = [streamRecord(), { ...streamRecord({ sequenceNumber: '2' }), ...change }];

    expect(refusal({ Records })).toMatch(
      new RegExp(
        `^record 1 can't be read: ${named}; expected a record as Lambda's event source mappings hand it over$`,
      ),
    );
  });

  test.each([
    ['behind a higher one', '10', '9'],
    ['twice', '10', '10'],
  ])('a sequence number %s', (_what, before, sequenceNumber) => {
    const Records = [streamRecord({ sequenceNumber: before }), streamRecord({ sequenceNumber })];

    expect(refusal({ Records })).toBe(
      `record 1, ${sequenceNumber}, does not come after record 0, ${before}; expected ascending sequence numbers, as ` +
        "Lambda's event source mappings hand them over",
    );
  });

  test('anything else, whatever it is', () => {
    const mostly = (value: fc.Arbitrary<unknown>) =>
      fc.oneof({ weight: 4, arbitrary: value }, fc.jsonValue());
    const record = fc.record({
      eventSource: mostly(fc.constant('aws:kinesis')),
      eventSourceARN: mostly(fc.constant(OTHER_ARN)),
      eventID: mostly(fc.constant(`${SHARD}:1`)),
      kinesis: mostly(fc.record({ sequenceNumber: mostly(fc.constant('1')), data: fc.jsonValue() })),
    });
    const event = fc.oneof(fc.jsonValue(), fc.record({ Records: mostly(fc.array(mostly(record))) }));
    fc.assert(
      fc.property(event, (given) => void refusal(given)),
      { numRuns: 500 },
    );
  });

  test.each([
    [
      'another shard',
      { shard: 'shardId-000000000004' },
      `record 1 is of shardId-000000000004, ${STREAM_ARN}`,
    ],
    ['another stream', { arn: OTHER_ARN }, `record 1 is of ${SHARD}, ${OTHER_ARN}`],
  ])('a record of %s behind others', (_what, fields, message) => {
    const Records = [streamRecord(), streamRecord({ sequenceNumber: '2', ...fields })];

    expect(refusal({ Records })).toContain(message);
  });
});
