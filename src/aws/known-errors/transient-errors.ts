import type { KnownError } from './known-error.js';

const RATE = ['Throttling', 'Throttled', 'RequestThrottled', 'RequestLimitExceeded'];
const AWS_FAULT =
  'Try again. If it lasts, the AWS Health Dashboard of the region, or AWS Support, says more.';

/** Limits, faults, and what is no answer of AWS: none says anything of the access. */
export const TRANSIENT_ERRORS = {
  'key-throttled': {
    names: ['KMSThrottling', 'KMSThrottled', 'KMSLimitExceeded'],
    kind: 'throttled',
    cause:
      "The account that calls KMS makes more requests a second than its quota allows, and for Kinesis's calls that is the reader's or the key's.",
    remedy:
      "Try again; the account that calls, or the key's owner, can ask for a higher request quota of KMS.",
  },
  'key-rate': {
    names: RATE,
    services: ['kms'],
    kind: 'throttled',
    cause: 'The account makes more requests a second to KMS than its quota allows.',
    remedy: 'Try again; the account can ask for a higher request quota of KMS.',
  },
  'table-limit': {
    names: ['LimitExceeded'],
    services: ['dynamodb'],
    kind: 'throttled',
    cause:
      'Too many tables or indexes of the account are being created, changed or deleted, or it has as many tables as it may have.',
    remedy: 'Try again later; the account can ask for a higher quota of tables.',
  },
  'table-rate': {
    names: [...RATE, 'ProvisionedThroughputExceeded'],
    services: ['dynamodb'],
    kind: 'throttled',
    cause: "The table's or the account's capacity is used up.",
    remedy:
      'Try again later; raise the capacity of the table and of its index, or set it to on demand (docs/fleet.md).',
  },
  'shard-rate': {
    names: ['ProvisionedThroughputExceeded'],
    services: ['kinesis'],
    kind: 'throttled',
    cause: 'All readers of the shard together read more than 2 MB, or call more than 5 times, a second.',
    remedy:
      'Try again later. KCL does; if it lasts, read less often (idleTimeBetweenReadsInMillis), by a registered consumer, or have the owner add shards.',
  },
  'stream-rate': {
    names: ['LimitExceeded'],
    services: ['kinesis'],
    kind: 'throttled',
    cause:
      'The account calls this operation more often than Kinesis allows, with all its programs together; or as many streams or consumers as it may have exist.',
    remedy: 'Try again later. KCL does, and reading goes on meanwhile.',
  },
  'queue-full': {
    names: ['OverLimit'],
    services: ['sqs'],
    kind: 'refused',
    fixedBy: 'reader',
    cause: 'The queue has as many messages in flight as it may have.',
    remedy: 'Let what receives from the queue delete its messages.',
  },
  rate: {
    names: [
      ...RATE,
      'LimitExceeded',
      'ProvisionedThroughputExceeded',
      'TooManyRequests',
      'SlowDown',
      'BandwidthLimitExceeded',
      'PriorRequestNotComplete',
    ],
    kind: 'throttled',
    cause: 'The account calls more often than the service allows.',
    remedy: 'Try again later.',
  },
  'expired-iterator': {
    names: ['ExpiredIterator', 'ExpiredNextToken'],
    services: ['kinesis'],
    kind: 'unclear',
    cause: 'More than 5 minutes passed between two calls that belong together.',
    remedy:
      'KCL gets a new iterator by itself. If it lasts, the handler takes longer than 5 minutes for a batch (maxRecords), or the process was suspended.',
  },
  'invalid-value': {
    names: [
      'Validation',
      'ValidationError',
      'InvalidArgument',
      'InvalidParameter',
      'InvalidParameterValue',
      'InvalidParameterCombination',
      'MissingParameter',
      'MissingRequiredParameter',
      'EmptyBatchRequest',
      'AWS.SimpleQueueService.EmptyBatchRequest',
      'InvalidAddress',
      'InvalidArn',
    ],
    kind: 'unclear',
    cause: 'The service does not accept a value of the request; its text names it.',
    remedy:
      "Check the ARNs, names and URLs in the configuration. A sequence number that 'did not come from this stream' is a checkpoint of another stream, or of one that was created again (docs/streams.md).",
  },
  'aws-fault': {
    names: [
      ...[
        'InternalFailure',
        'InternalServer',
        'InternalServerError',
        'InternalError',
        'InternalService',
        'InternalServiceFault',
      ],
      ...['ServiceUnavailable', 'ServiceFailure', 'KMSInternal', 'DependencyTimeout', 'KeyUnavailable'],
      ...['IDPCommunicationError', 'TransactionInProgress'],
    ],
    kind: 'unclear',
    cause: 'The service, or one that it asks, has a fault (HTTP 500 to 504).',
    remedy: AWS_FAULT,
  },
  'not-aws': {
    names: ['SyntaxError'],
    kind: 'unclear',
    cause: 'The answer is not one of AWS: a proxy, a login page or another server wrote it.',
    remedy: 'Is a proxy or a login page between? Check the endpoint and HTTPS_PROXY.',
  },
  'no-answer': {
    names: ['TimeoutError', 'AbortError', 'RequestTimeout'],
    kind: 'unreachable',
    cause: 'No answer came in time.',
    remedy: 'Check the network, the endpoint and the proxy.',
  },
  'sts-unreachable': {
    names: ['StsUnreachableError'], // ours: see stream-role.ts
    kind: 'unreachable',
    cause: 'STS, which is asked for the role of the stream, does not answer.',
    remedy: 'Check the network and the region; AWS_ENDPOINT_URL_STS, if set, must be running.',
  },
  unreachable: {
    names: [],
    kind: 'unreachable',
    cause: 'No connection was made, or it was cut.',
    remedy: 'Check the network, the region, the endpoint and the proxy.',
  },
  unknown: {
    names: [],
    kind: 'unclear',
    cause: 'This error is not in our table.',
    remedy: "Look it up by its name in the API reference of the service, with AWS's text.",
  },
} as const satisfies Record<string, KnownError>;
