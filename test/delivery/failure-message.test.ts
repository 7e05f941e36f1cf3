import fc from 'fast-check';
import { failureMessage } from '../../src/delivery/failure-message.js';
import { FailureMessageError, parseFailureMessage } from '../../src/index.js';
import { ALL_BYTES, ODD_KEY, recordOf, SEQUENCE_NUMBER } from '../helpers/records.js';
import { STREAM } from '../helpers/stream.js';

const AT = new Date('2026-11-25T04:00:00.123Z');
const failed = {
  stream: STREAM,
  shard: 'shardId-000000000000',
  record: recordOf({
    data: ALL_BYTES,
    partitionKey: ODD_KEY,
    sequenceNumber: SEQUENCE_NUMBER,
    subSequenceNumber: 3,
    approximateArrivalTimestamp: new Date('2026-11-25T03:59:00.456Z'),
  }),
  error: Object.assign(new TypeError('no such order'), {
    code: 'E_ORDER',
    stack: 'TypeError: no such order',
  }),
  attempts: 5,
};

test('the body is JSON with everything in it', () => {
  expect(JSON.parse(failureMessage(failed, AT))).toEqual({
    format: 'cross-account-kcl/failed-record',
    version: 1,
    failedAt: '2026-11-25T04:00:00.123Z',
    streamArn: STREAM.arn,
    shardId: 'shardId-000000000000',
    sequenceNumber: SEQUENCE_NUMBER,
    subSequenceNumber: 3,
    partitionKey: ODD_KEY,
    approximateArrivalTimestamp: '2026-11-25T03:59:00.456Z',
    attempts: 5,
    error: {
      name: 'TypeError',
      message: 'no such order',
      code: 'E_ORDER',
      stack: 'TypeError: no such order',
    },
    dataBytes: 256,
    dataOmitted: null,
    data: ALL_BYTES.toString('base64'),
  });
});

test('the record comes back as it was', () => {
  expect(parseFailureMessage(failureMessage(failed, AT))).toEqual({
    stream: STREAM,
    shard: failed.shard,
    position: { sequenceNumber: SEQUENCE_NUMBER, subSequenceNumber: 3 },
    partitionKey: ODD_KEY,
    record: failed.record,
    dataBytes: 256,
    dataOmitted: undefined,
    attempts: 5,
    error: {
      name: 'TypeError',
      message: 'no such order',
      code: 'E_ORDER',
      stack: 'TypeError: no such order',
    },
    failedAt: AT,
  });
});

test('without its data: where it is, how large, and why', () => {
  const message = failureMessage(failed, AT, 'too large');

  expect(JSON.parse(message)).toMatchObject({ data: null, dataBytes: 256, dataOmitted: 'too large' });
  expect(parseFailureMessage(message)).toMatchObject({
    record: undefined,
    position: { sequenceNumber: SEQUENCE_NUMBER, subSequenceNumber: 3 },
    dataBytes: 256,
    dataOmitted: 'too large',
  });
});

/** "SendMessage" (SQS API reference): the characters of XML 1.0. */
const TAKEN = /^[\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;
/** Any UTF-16, halves of pairs, control characters and what XML has not included. */
const anyText = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 0xb, 0x7f, 0xd83d, 0xdc00, 0x2028, 0xfffe, 0xffff),
    ),
  )
  .map((units) => String.fromCharCode(...units));

test('whatever key, data and error: SQS takes it, and it comes back', () => {
  fc.assert(
    fc.property(anyText, anyText, fc.uint8Array(), (partitionKey, thrown, bytes) => {
      const record = recordOf({ partitionKey, data: Buffer.from(bytes) });
      const message = failureMessage({ ...failed, record, error: new Error(thrown) }, AT);

      expect(message).toMatch(TAKEN);
      expect(parseFailureMessage(message)).toMatchObject({
        record,
        error: { message: thrown.replace(/\p{Surrogate}/gu, '\uFFFD') },
      });
    }),
    { numRuns: 1000 },
  );
});

test('a megabyte is read', () => {
  const record = recordOf({ data: Buffer.alloc(780_000, 7) });

  expect(parseFailureMessage(failureMessage({ ...failed, record }, AT)).record).toEqual(record);
});

test('fields that a later release adds are passed over', () => {
  const added = { ...JSON.parse(failureMessage(failed, AT)), worker: 'a' };

  expect(parseFailureMessage(JSON.stringify(added))).toEqual(parseFailureMessage(failureMessage(failed, AT)));
});

const changed = (fields: object) => JSON.stringify({ ...JSON.parse(failureMessage(failed, AT)), ...fields });
test.each([
  ['', 'it is not JSON'],
  ['null', 'expected object'],
  ['{}', 'format: '],
  [changed({ version: 2 }), 'version: Invalid input: expected 1'],
  [changed({ streamArn: 'orders' }), "streamArn: 'orders' can't be used"],
  [changed({ failedAt: 'yesterday' }), 'failedAt: '],
  [changed({ data: 'AAAA' }), 'data: it is not 256 bytes in base64'],
  [changed({ data: '!', dataBytes: 0 }), 'data: it is not 0 bytes in base64'],
  [changed({ data: null }), 'data: it must be there unless dataOmitted says why it is not'],
  [changed({ dataOmitted: 'x' }), 'data: it must be there unless'],
])('%.60s is refused: %s', (body, reason) => {
  expect(() => parseFailureMessage(body)).toThrow(FailureMessageError);
  expect(() => parseFailureMessage(body)).toThrow("the body can't be read as a failed record of version 1: ");
  expect(() => parseFailureMessage(body)).toThrow(reason);
});

test('a record without a partition key survives the way', () => {
  const failed = { stream: STREAM, shard: 's', error: new Error('no'), attempts: 1 };
  const body = failureMessage({ ...failed, record: recordOf({ partitionKey: null }) }, new Date(0));

  expect(JSON.parse(body).partitionKey).toBeNull();
  const { partitionKey, record } = parseFailureMessage(body);
  expect([partitionKey, record?.partitionKey]).toEqual([null, null]);
});
