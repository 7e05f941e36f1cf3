import { TABLE_NAME, TABLE_NAME_FORM } from '../aws/kcl-tables.js';

/*
 * The keys of the stock MultiLangDaemon: bean properties with a setter of MultiLangDaemonConfiguration (KCL 3.5.1)
 * and its delegates, FanoutConfigBean's, and what MultiLangDaemonConfig reads itself.
 */
const integers = `
  coordinatorStateReadCapacity coordinatorStateWriteCapacity dampeningPercentage failoverTimeMillis
  fanoutConfig.maxDescribeStreamConsumerRetries fanoutConfig.maxDescribeStreamSummaryRetries
  fanoutConfig.registerStreamConsumerRetries fanoutConfig.retryBackoffMillis gracefulLeaseHandoffTimeoutMillis
  idleTimeBetweenReadsInMillis initialLeaseTableReadCapacity initialLeaseTableWriteCapacity
  initialPositionInStreamExtended inMemoryWorkerMetricsCaptureFrequencyMillis leaseAssignmentIntervalMillis
  leaseTableScanTotalSegments listShardsBackoffTimeInMillis logWarningForTaskAfterMillis maxActiveThreads
  maxGetRecordsThreadPool maxLeaseRenewalThreads maxLeasesForWorker maxLeasesToStealAtOneTime
  maxListShardsRetryAttempts maxRecords metricsBufferTimeMillis metricsMaxQueueSize
  millisBehindLatestThresholdForReducedTps noOfPersistedMetricsPerWorkerMetrics parentShardPollIntervalMillis
  reBalanceThresholdPercentage retryGetRecordsInSeconds schedulerInitializationBackoffTimeMillis
  shardSyncIntervalMillis shutdownGraceMillis tableMigrationCompleteBakeTimeSeconds taskBackoffTimeMillis
  timeoutInSeconds varianceBalancingFrequency workerMetricsReadCapacity workerMetricsReporterFreqInMillis
  workerMetricsWriteCapacity`;
const decimals = 'maxThroughputPerHostKBps workerMetricsEMAAlpha';
const booleans = `
  allowThroughputOvershoot callProcessRecordsEvenForEmptyRecordList cleanupLeasesUponShardCompletion
  coordinatorStateDeletionProtectionEnabled coordinatorStatePointInTimeRecoveryEnabled disableWorkerMetrics
  enablePriorityLeaseAssignment ignoreUnexpectedChildShards isGracefulLeaseHandoffEnabled
  leaseTableDeletionProtectionEnabled leaseTablePitrEnabled migrateAllEntitiesToLeaseTable
  skipShardSyncAtWorkerInitializationIfLeasesExist validateSequenceNumberBeforeCheckpointing
  workerMetricsDeletionProtectionEnabled workerMetricsPointInTimeRecoveryEnabled`;
const texts = `
  applicationName awsCredentialsProvider awsCredentialsProviderCloudWatch awsCredentialsProviderDynamoDB
  clientVersionConfig coordinatorStateBillingMode coordinatorStateTags dynamoDBEndpoint
  executableName fanoutConfig.consumerArn fanoutConfig.consumerName initialPositionInStream kinesisEndpoint
  metricsEnabledDimensions metricsLevel processingLanguage regionName retrievalMode shardPrioritization
  staleWorkerMetricsEntryCleanupDuration streamArn streamName workerId workerIdentifier
  workerMetricsBillingMode workerMetricsTags`;
const tableNames = 'coordinatorStateTableName tableName workerMetricsTableName';

/** Beans whose properties are set as `kinesisClient.<property>`; what they hold is up to the Java classes. */
const families = [
  'kinesisClient',
  'dynamoDbClient',
  'cloudWatchClient',
  'kinesisCredentialsProvider',
  'dynamoDBCredentialsProvider',
  'cloudWatchCredentialsProvider',
  'pollingConfig',
  'gracefulLeaseHandoffConfigBean',
  'workerUtilizationAwareAssignmentConfigBean',
  'workerMetricStatsTableConfigBean',
  'coordinatorStateTableConfigBean',
];

interface Form {
  pattern: RegExp;
  expects: string;
}

/** Each key with the form of its values. KCL takes a malformed number or boolean as 0 or false without a word. */
export const stockKeys: ReadonlyMap<string, Form> = new Map([
  ...keysOf(integers, { pattern: /^[+-]?\d+$/, expects: 'a whole number' }),
  ...keysOf(decimals, { pattern: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, expects: 'a number' }),
  ...keysOf(booleans, { pattern: /^(true|yes|y|on|1|false|no|n|off|0)$/i, expects: 'true or false' }),
  ...keysOf(texts, { pattern: /\S/, expects: 'a text' }),
  ...keysOf(tableNames, { pattern: TABLE_NAME, expects: TABLE_NAME_FORM }),
]);

function keysOf(list: string, form: Form): [string, Form][] {
  return list
    .trim()
    .split(/\s+/)
    .map((key) => [key, form]);
}

export function isStockKey(key: string): boolean {
  return (
    stockKeys.has(key) || families.some((bean) => key.startsWith(`${bean}.`) || key.startsWith(`${bean}[`))
  );
}

/** The bean's name of a key: as in KCL, `awsCredentialsProvider` may be written in any case. */
export function beanName(key: string): string {
  return /^awscredentialsprovider/i.test(key)
    ? key.replaceAll(/awscredentialsprovider/gi, 'awsCredentialsProvider')
    : key;
}
