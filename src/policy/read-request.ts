import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import { type GivenTables, kclTables, sharedTable, TABLE_NAME, TABLE_NAME_FORM } from '../aws/kcl-tables.js';
import type { KeyArn } from '../aws/key-arn.js';
import { REGION } from '../aws/partition.js';
import type { QueueArn } from '../aws/queue-arn.js';
import type { ReaderArn } from '../aws/reader-arn.js';
import { PolicyError } from '../errors/errors.js';
import type { ReaderType } from './actions.js';
import { checkConditions, type ShareCondition } from './share-conditions.js';

/** What the owner of a stream must know to share it. */
export interface ShareRequest {
  /** What the reader reads with: their calls differ. */
  readonly for: ReaderType;
  readonly stream: StreamArn;
  readonly reader: ReaderArn;
  /** A registered consumer of the stream, which is then read by enhanced fan-out. */
  readonly consumer?: ConsumerArn | undefined;
  /** The customer managed key that the stream is encrypted with. */
  readonly key?: KeyArn | undefined;
  /** What the owner's statements are narrowed by, each at most once. */
  readonly conditions?: readonly ShareCondition[] | undefined;
}

/** What concerns only the reader's side. */
interface OnReaderSide extends ShareRequest {
  /** The queue for records that failed. */
  readonly failureQueue?: QueueArn | undefined;
}

export interface KclRequest extends OnReaderSide {
  readonly for: 'kcl';
  /** The KCL application: the namespace of its metrics, and the names of its tables unless `tables` has others. */
  readonly application: string;
  /** Where KCL's tableName, coordinatorStateTableName or workerMetricsTableName is set. */
  readonly tables?: GivenTables | undefined;
  /** Whether KCL 3.0 to 3.4 has run the application: KCL 3.5 then uses the three tables of that version. */
  readonly threeTables?: boolean | undefined;
  /** Whether the lease table and its index exist already, so that the reader need not create them. */
  readonly leaseTableExists?: boolean | undefined;
  /** Whether KCL turns on the lease table's point-in-time recovery: its leaseTablePitrEnabled. */
  readonly pointInTimeRecovery?: boolean | undefined;
  /** The stream's region unless given. */
  readonly leaseTableRegion?: string | undefined;
}

export interface LambdaRequest extends OnReaderSide {
  readonly for: 'lambda';
}

/** Who is to read what, and how. */
export type ReadRequest = KclRequest | LambdaRequest;

/** @throws PolicyError when parts of the request contradict each other */
export function checkShare(request: ShareRequest): void {
  const { stream, reader, consumer, key } = request;
  checkConditions(request);
  if (reader.partition !== stream.partition) {
    throw new PolicyError(`the reader ${reader.arn} is in another partition than the stream ${stream.arn}`, {
      remedy:
        'A stream can be shared only within a partition: credentials of one are unknown in every other.',
    });
  }
  if (consumer && consumer.streamArn !== stream.arn) {
    throw new PolicyError(`the consumer ${consumer.arn} is not one of the stream ${stream.arn}`, {
      remedy: "A consumer's ARN begins with that of its stream.",
    });
  }
  if (key && (key.region !== stream.region || key.partition !== stream.partition)) {
    throw new PolicyError(`the key ${key.arn} is in another region than the stream ${stream.arn}`, {
      remedy: 'Kinesis accepts only keys of its own region.',
    });
  }
}

/** @throws PolicyError when parts of the request contradict each other */
export function checkFailureQueue({ reader, failureQueue }: ReadRequest): void {
  if (failureQueue && failureQueue.partition !== reader.partition) {
    throw new PolicyError(
      `the queue ${failureQueue.arn} is in another partition than the reader ${reader.arn}`,
      {
        remedy:
          "Records that fail are sent with the reader's credentials, which are good for its own partition.",
      },
    );
  }
}

/** @throws PolicyError when a name can't stand in a policy */
export function checkApplication({ application, tables: given, leaseTableRegion }: KclRequest): void {
  if (!TABLE_NAME.test(application)) {
    throw new PolicyError(`the application '${application}' is not ${TABLE_NAME_FORM}`);
  }
  const tables = kclTables(application, given);
  for (const name of Object.values(tables)) {
    if (!TABLE_NAME.test(name)) throw new PolicyError(`the table '${name}' is not ${TABLE_NAME_FORM}`);
  }
  const shared = sharedTable(tables);
  if (shared) {
    throw new PolicyError(
      `the table '${tables[shared[0]]}' would have two uses; give each table its own name`,
    );
  }
  if (leaseTableRegion !== undefined && !REGION.test(leaseTableRegion)) {
    throw new PolicyError(
      `the lease table's region '${leaseTableRegion}' is not a region, such as eu-west-1`,
    );
  }
}
