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
  listShardsBackoffTimeInMillis logWarningForTaskAfterMillis maxActiveThreads
  maxGetRecordsThreadPool maxLeaseRenewalThreads maxLeasesForWorker maxLeasesToStealAtOneTime
  maxListShardsRetryAttempts maxRecords metricsBufferTimeMillis metricsMaxQueueSize
  millisBehindLatestThresholdForReducedTps noOfPersistedMetricsPerWorkerMetrics parentShardPollIntervalMillis
  reBalanceThresholdPercentage retryGetRecordsInSeconds schedulerInitializationBackoffTimeMillis
  shardSyncIntervalMillis shutdownGraceMillis taskBackoffTimeMillis
  timeoutInSeconds varianceBalancingFrequency workerMetricsReadCapacity workerMetricsReporterFreqInMillis
  workerMetricsWriteCapacity`;
const decimals = 'maxThroughputPerHostKBps workerMetricsEMAAlpha';
const booleans = `
  allowThroughputOvershoot callProcessRecordsEvenForEmptyRecordList cleanupLeasesUponShardCompletion
  coordinatorStateDeletionProtectionEnabled coordinatorStatePointInTimeRecoveryEnabled disableWorkerMetrics
  enablePriorityLeaseAssignment ignoreUnexpectedChildShards isGracefulLeaseHandoffEnabled
  leaseTableDeletionProtectionEnabled leaseTablePitrEnabled
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

/*
 * Settings that KCL 3.5.1 has and the stock daemon of multilang 3.1.3 has no keys for (AddedKeys.java). KCL refuses 0.
 */
const addedIntegers = `
  leasesRecoveryAuditorExecutionFrequencyMillis leasesRecoveryAuditorInconsistencyConfidenceThreshold
  leaseTableScanTotalSegments maxCacheByteSize maxInitializationAttempts maxPendingProcessRecordsInput maxRecordsCount
  tableMigrationCompleteBakeTimeSeconds`;
const addedTexts = 'leaseAssignmentStrategy';
const addedBooleans = 'consistentReads migrateAllEntitiesToLeaseTable';

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
  ...keysOf('maxRecords', { pattern: /^\+?0*(\d{1,4}|10000)$/, expects: 'a whole number, 10000 at most' }),
  ...keysOf(decimals, { pattern: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, expects: 'a number' }),
  ...keysOf(`${booleans} ${addedBooleans}`, {
    pattern: /^(true|yes|y|on|1|false|no|n|off|0)$/i,
    expects: 'true or false',
  }),
  ...keysOf(addedIntegers, { pattern: /^0*[1-9]\d{0,8}$/, expects: 'a whole number, 1 to 999999999' }),
  ...keysOf('billingMode', {
    pattern: /^(PAY_PER_REQUEST|PROVISIONED)$/i,
    expects: 'PAY_PER_REQUEST | PROVISIONED',
  }),
  ...keysOf(`${texts} ${addedTexts}`, { pattern: /\S/, expects: 'a text' }),
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
