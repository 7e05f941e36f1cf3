import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { StreamSource } from '../../config/streams.js';
import type { Check } from '../check.js';
import type { KnownIdentity } from './credentials.js';

/** The KCL application that is to read: what it needs in the reader's own account, and on this machine. */
export interface Application {
  readonly name: string;
  readonly leaseTable: string;
  /** Of the lease table and the metrics. */
  readonly region: string;
  readonly metricsLevel: 'NONE' | 'SUMMARY' | 'DETAILED';
  readonly streams: readonly StreamSource[];
  readonly allowEpochChange: boolean;
  readonly runDirectory: string;
  readonly dynamodb: DynamoDBClient;
  readonly cloudwatch: CloudWatchClient;
}

/** What is checked of the application. */
export function applicationChecks(
  _application: Application,
  _identity: Check<KnownIdentity>,
): readonly Check[] {
  return [];
}
