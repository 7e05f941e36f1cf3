import { discardedBatchMessage } from '../../../lab/event-source/discarded-batch.js';
import { recordsOf } from './helpers/records.js';

const ARRIVED = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const batch = {
  functionArn: 'arn:aws:lambda:us-east-1:222222222222:function:orders',
  streamArn: 'arn:aws:kinesis:us-east-1:111111111111:stream/orders',
  shard: 'shardId-000000000001',
  records: recordsOf(3),
};
const info = {
  shardId: 'shardId-000000000001',
  startSequenceNumber: '1',
  endSequenceNumber: '3',
  approximateArrivalOfFirstRecord: ARRIVED,
  approximateArrivalOfLastRecord: ARRIVED,
  batchSize: 3,
  streamArn: batch.streamArn,
};

test.each([
  ['an error', 'Unhandled' as const, 'Unhandled'],
  ['a partial failure', undefined, null],
])('where the records are, after %s', (_what, functionError, told) => {
  const message = discardedBatchMessage({
    ...batch,
    condition: 'RetryAttemptsExhausted',
    invocations: 2,
    result: { requestId: 'r-1', response: {}, functionError },
  });

  expect(JSON.parse(message)).toEqual({
    requestContext: {
      requestId: 'r-1',
      functionArn: batch.functionArn,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 2,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: told },
    version: '1.0',
    timestamp: ARRIVED,
    KinesisBatchInfo: info,
  });
});

const UUID = expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
test.each([
  ['were never handed over', 0, undefined, UUID, 1],
  [
    'expired between two invocations',
    8,
    { requestId: 'r-8', response: undefined, functionError: 'Unhandled' as const },
    'r-8',
    8,
  ],
])('of records that %s there is an id, and no answer', (_what, invocations, result, requestId, count) => {
  const message = discardedBatchMessage({ ...batch, condition: 'RecordAgeExceeded', invocations, result });

  expect(JSON.parse(message)).toEqual({
    requestContext: {
      requestId,
      functionArn: batch.functionArn,
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: count,
    },
    version: '1.0',
    timestamp: ARRIVED,
    KinesisBatchInfo: info,
  });
});
