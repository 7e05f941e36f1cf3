import {
  CONSUMER_ACTIONS,
  FAILURE_QUEUE_ACTIONS,
  FORMER_TABLE_ACTIONS,
  FORMER_TABLES,
  KEY_ACTIONS,
  LEASE_INDEX,
  LEASE_INDEX_ACTIONS,
  LEASE_TABLE_ACTIONS,
  METRICS_ACTIONS,
  STREAM_ACTIONS,
} from './actions.js';
import { onlyForStream } from './key-conditions.js';
import type { KclRequest, ReadRequest } from './read-request.js';
import type { OneOrMany, PolicyDocument, Statement } from './types.js';

/** The IAM policy of the reader, in its own account. */
export function readerPolicy(request: ReadRequest): PolicyDocument {
  const { stream, consumer, key, failureQueue } = request;
  return {
    Version: '2012-10-17',
    Statement: [
      allow('ReadStream', STREAM_ACTIONS[request.for], stream.arn),
      ...(consumer ? [allow('ReadConsumer', CONSUMER_ACTIONS, consumer.arn)] : []),
      ...(key ? [{ ...allow('DecryptStream', KEY_ACTIONS, key.arn), Condition: onlyForStream(stream) }] : []),
      ...(request.for === 'kcl' ? ofApplication(request) : []),
      ...(failureQueue ? [allow('FailureQueue', FAILURE_QUEUE_ACTIONS[request.for], failureQueue.arn)] : []),
    ],
  };
}

/** KCL keeps its leases and sends its metrics in the account of the reader. */
function ofApplication({ stream, reader, application, leaseTableRegion }: KclRequest): Statement[] {
  const region = leaseTableRegion ?? stream.region;
  const table = `arn:${reader.partition}:dynamodb:${region}:${reader.account}:table/${application}`;
  return [
    allow('LeaseTable', LEASE_TABLE_ACTIONS, table),
    allow('LeaseTableIndex', LEASE_INDEX_ACTIONS, `${table}/index/${LEASE_INDEX}`),
    allow(
      'FormerTables',
      FORMER_TABLE_ACTIONS,
      FORMER_TABLES.map((name) => `${table}-${name}`),
    ),
    {
      // PutMetricData knows no resources, so the namespace has to narrow it.
      ...allow('Metrics', METRICS_ACTIONS, '*'),
      Condition: { StringEquals: { 'cloudwatch:namespace': application } },
    },
  ];
}

function allow(Sid: string, Action: readonly string[], Resource: OneOrMany<string>): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}
