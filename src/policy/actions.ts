/** The actions that a reader needs; docs/policy-matrix.md gives the reason for each. */

/** What a reader reads with. */
export type ReaderType = 'kcl' | 'lambda';

const READ_STREAM = [
  'kinesis:DescribeStreamSummary',
  'kinesis:ListShards',
  'kinesis:GetShardIterator',
  'kinesis:GetRecords',
] as const;

/** On the stream. KCL 3.5.1 makes no DescribeStream call; Lambda's pollers do. */
export const STREAM_ACTIONS: Record<ReaderType, readonly string[]> = {
  kcl: READ_STREAM,
  lambda: ['kinesis:DescribeStream', ...READ_STREAM],
};

/** On the registered consumer. */
export const CONSUMER_ACTIONS: readonly string[] = [
  'kinesis:DescribeStreamConsumer',
  'kinesis:SubscribeToShard',
];

/** On the key, by way of Kinesis. */
export const KEY_ACTIONS: readonly string[] = ['kms:Decrypt'];

/** On the lease table. */
export const LEASE_TABLE_ACTIONS: readonly string[] = [
  'dynamodb:CreateTable',
  'dynamodb:DescribeTable',
  'dynamodb:UpdateTable',
  'dynamodb:Scan',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
];

/** On the lease table, with leaseTablePitrEnabled. The first is preflight's, which changes nothing. */
export const BACKUP_ACTIONS: readonly string[] = [
  'dynamodb:DescribeContinuousBackups',
  'dynamodb:UpdateContinuousBackups',
];

/** To create the lease table, and to add the index to one of KCL 1 or 2; the rest is what a table with its index needs. */
export const LEASE_TABLE_MAKING: readonly string[] = ['dynamodb:CreateTable', 'dynamodb:UpdateTable'];

/**
 * On the two tables that KCL 3.0 to 3.4 made beside the lease table. KCL 3.5 asks at each start whether they are there,
 * and stops if it may not.
 */
export const FORMER_TABLE_ACTIONS: readonly string[] = ['dynamodb:DescribeTable'];

/** On the table with the leader's lock, where KCL 3.5 continues to use it; the last is for moving to one table. */
export const COORDINATOR_STATE_ACTIONS = [
  'dynamodb:DescribeTable',
  'dynamodb:Scan',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
] as const;

/** On the table with the workers' load, where KCL 3.5 continues to use it. */
export const WORKER_METRICS_ACTIONS = [
  'dynamodb:DescribeTable',
  'dynamodb:Scan',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
] as const;

/** KCL 3 finds a worker's leases by it. */
export const LEASE_INDEX = 'LeaseOwnerToLeaseKeyIndex';
export const LEASE_INDEX_ACTIONS: readonly string[] = ['dynamodb:Query'];

/** CloudWatch knows no resources here: the namespace is what it can be narrowed by. */
export const METRICS_ACTIONS: readonly string[] = ['cloudwatch:PutMetricData'];

/** On the queue for records that failed. Preflight asks for its attributes; Lambda sends, and asks for nothing. */
export const FAILURE_QUEUE_ACTIONS: Record<ReaderType, readonly string[]> = {
  kcl: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
  lambda: ['sqs:SendMessage'],
};

/** All actions on the owner's side that reading a stream needs. */
export const READ_ACTIONS: readonly string[] = [
  ...STREAM_ACTIONS.lambda,
  ...CONSUMER_ACTIONS,
  ...KEY_ACTIONS,
];
