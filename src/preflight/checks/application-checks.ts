import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type KclTables, kclTables } from '../../aws/kcl-tables.js';
import type { ReaderArn } from '../../aws/reader-arn.js';
import type { StreamSource } from '../../config/streams.js';
import type { LeaseWrites } from '../../config/table-keys.js';
import type { TableLookups } from '../../leases/lease-table-reader.js';
import type { TableLookup } from '../../leases/lookup.js';
import type { ReaderNames } from '../caller.js';
import type { Check } from '../check.js';
import type { TableTarget } from '../target.js';
import type { ReadableLeases } from './consumer.js';
import type { KnownIdentity } from './credentials.js';
import { type FailureQueueTarget, failureQueueCheck } from './failure-queue.js';
import { type FoundFormer, formerTablesCheck } from './former-tables.js';
import { coordinatorStateCheck, workerMetricsCheck } from './former-tables-use.js';
import { javaCheck } from './java.js';
import { type AskJava, javaCredentialsCheck } from './java-credentials.js';
import { type KclJars, kclVersionCheck } from './kcl-version.js';
import { leaseTableCheck, leaseTableCreateCheck, leaseTableIndexCheck } from './lease-table.js';
import { leaseTableBackupsCheck } from './lease-table-backups.js';
import { leaseTableCapacityCheck } from './lease-table-capacity.js';
import {
  type CheckedSource,
  type LeaseContents,
  leaseTableContentsCheck,
  leaseTableEpochCheck,
} from './lease-table-contents.js';
import { leaseTableItemCheck } from './lease-table-items.js';
import { metricsCheck } from './metrics.js';
import { runDirectoryCheck } from './run-directory.js';

/** The KCL application that is to read: what it needs in the reader's own account, and on this machine. */
export interface Application extends KclJars {
  readonly name: string;
  readonly leaseTable: string;
  /** Those of KCL 3.0 to 3.4; as KCL names them unless given. */
  readonly coordinatorStateTable?: string;
  readonly workerMetricsTable?: string;
  /** KCL's migrateAllEntitiesToLeaseTable. */
  readonly migratesTables?: boolean;
  /** KCL's leaseTablePitrEnabled. */
  readonly pointInTimeRecovery?: boolean;
  /** With KCL's defaults unless given. */
  readonly leaseWrites?: LeaseWrites;
  /** Of the tables and the metrics. */
  readonly region: string;
  readonly metricsLevel: 'NONE' | 'SUMMARY' | 'DETAILED';
  readonly streams: readonly StreamSource[];
  readonly allowEpochChange: boolean;
  readonly runDirectory: string;
  readonly dynamodb: DynamoDBClient;
  readonly cloudwatch: CloudWatchClient;
  /** Where records go that fail, if they are sent. */
  readonly failureQueue?: FailureQueueTarget | undefined;
  /** Asks the launcher for its credentials; without it they are not checked. */
  readonly askJava?: AskJava | undefined;
  /** The launcher's environment; this process's unless given. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What other checks find out first. */
export interface Premises {
  readonly identity: Check<KnownIdentity>;
  readonly tables: TableLookups;
  /** Who should call, if that was said. */
  readonly reader: ReaderArn | undefined;
  readonly named?: ReaderNames | undefined;
  /** Of the role that is assumed for the streams, if one is. */
  readonly streamRole?: Check<unknown> | undefined;
  /** The checks of that stream, if it is checked. */
  checksOf(source: StreamSource): Omit<CheckedSource, 'source'> | undefined;
}

export interface ApplicationChecks {
  readonly checks: readonly Check[];
  readonly contents: Check<LeaseContents>;
  readonly former: Check<FoundFormer>;
  readonly leases: ReadableLeases;
}

export function tablesOf(application: Application): KclTables {
  return kclTables(application.name, {
    lease: application.leaseTable,
    coordinatorState: application.coordinatorStateTable,
    workerMetrics: application.workerMetricsTable,
  });
}

/** What is checked of the application. */
export function applicationChecks(application: Application, premises: Premises): ApplicationChecks {
  const { streams, askJava, env = process.env } = application;
  const { identity, tables } = premises;
  const targetOf = (lookup: TableLookup) => tableTarget(application, premises.reader, lookup);
  const target = targetOf(tables.lease);
  const formerTargets = {
    coordinatorState: targetOf(tables.coordinatorState),
    workerMetrics: targetOf(tables.workerMetrics),
  };
  const former = formerTablesCheck(formerTargets, identity);
  const table = leaseTableCheck(target, identity);
  const scan = leaseTableItemCheck(target, 'scan', identity);
  const others = (['query', 'get', 'put', 'update', 'delete'] as const).map((item) =>
    leaseTableItemCheck(target, item, identity),
  );
  const contents = leaseTableContentsCheck(target, tables, streams, table, scan);
  const checked = streams.flatMap((source) => {
    const ofStream = premises.checksOf(source);
    return ofStream ? [{ source, ...ofStream }] : [];
  });
  const java = javaCheck(env);
  const jars = kclVersionCheck(application);
  const checks = [
    table,
    leaseTableCreateCheck(target, identity, table),
    leaseTableIndexCheck(target, identity, table),
    ...(application.pointInTimeRecovery ? [leaseTableBackupsCheck(target, identity, table)] : []),
    leaseTableCapacityCheck(
      table,
      checked.map(({ summary }) => summary),
      application.leaseWrites,
    ),
    scan,
    ...others,
    former,
    coordinatorStateCheck(formerTargets, application.migratesTables ?? false, identity, former),
    workerMetricsCheck(formerTargets, identity, former),
    contents,
    ...(checked.length > 0
      ? [leaseTableEpochCheck(checked, target.name, application.allowEpochChange, contents)]
      : []),
    metricsCheck(
      {
        namespace: application.name,
        level: application.metricsLevel,
        cloudwatch: application.cloudwatch,
      },
      identity,
    ),
    ...(application.failureQueue
      ? [failureQueueCheck(application.failureQueue, identity, premises.named)]
      : []),
    java,
    jars,
    ...(askJava ? [javaCredentialsCheck(askJava, premises.streamRole, java, jars)] : []),
    runDirectoryCheck(application.runDirectory),
  ];
  return { checks, contents, former, leases: { tables, table, scan } };
}

function tableTarget(
  { region, dynamodb, streams }: Application,
  reader: ReaderArn | undefined,
  lookup: TableLookup,
): TableTarget {
  const { name } = lookup;
  return {
    name,
    dynamodb,
    lookup,
    arn(caller, rest = '') {
      const partition = streams[0]?.stream.partition ?? 'aws';
      const account = caller?.account ?? reader?.account ?? '*';
      return `arn:${partition}:dynamodb:${region}:${account}:table/${name}${rest}`;
    },
  };
}
