import { kclTables } from '../aws/kcl-tables.js';
import {
  BACKUP_ACTIONS,
  CONSUMER_ACTIONS,
  COORDINATOR_STATE_ACTIONS,
  FAILURE_QUEUE_ACTIONS,
  FORMER_TABLE_ACTIONS,
  KEY_ACTIONS,
  LEASE_INDEX,
  LEASE_INDEX_ACTIONS,
  LEASE_TABLE_ACTIONS,
  LEASE_TABLE_MAKING,
  METRICS_ACTIONS,
  STREAM_ACTIONS,
  WORKER_METRICS_ACTIONS,
} from './actions.js';
import type { KclRequest, ReadRequest } from './read-request.js';
import { onlyForStream } from './share-conditions.js';
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
function ofApplication(request: KclRequest): Statement[] {
  const { stream, reader, application, leaseTableRegion } = request;
  const region = leaseTableRegion ?? stream.region;
  const arn = (name: string) => `arn:${reader.partition}:dynamodb:${region}:${reader.account}:table/${name}`;
  const tables = kclTables(application, request.tables);
  const [coordinatorState, workerMetrics] = [arn(tables.coordinatorState), arn(tables.workerMetrics)];
  const making = request.leaseTableExists ? LEASE_TABLE_MAKING : [];
  return [
    allow(
      'LeaseTable',
      [
        ...LEASE_TABLE_ACTIONS.filter((action) => !making.includes(action)),
        ...(request.pointInTimeRecovery ? BACKUP_ACTIONS : []),
      ],
      arn(tables.lease),
    ),
    allow('LeaseTableIndex', LEASE_INDEX_ACTIONS, `${arn(tables.lease)}/index/${LEASE_INDEX}`),
    ...(request.threeTables
      ? [
          allow('CoordinatorStateTable', COORDINATOR_STATE_ACTIONS, coordinatorState),
          allow('WorkerMetricsTable', WORKER_METRICS_ACTIONS, workerMetrics),
        ]
      : [allow('FormerTables', FORMER_TABLE_ACTIONS, [coordinatorState, workerMetrics])]),
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
