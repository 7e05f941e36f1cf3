import { ConfigurationError } from '../../src/errors/errors.js';
import { loadLambdaConfig } from '../../src/lambda/lambda-config.js';
import { CONSUMER_ARN, STREAM_ARN } from './helpers/events.js';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/222222222222/failed';
const IN_EUROPE = 'arn:aws:kinesis:eu-west-1:333333333333:stream/payments';
/** Variables that Lambda sets itself. */
const OF_LAMBDA = {
  _HANDLER: 'index.handler',
  AWS_REGION: 'us-east-1',
  LAMBDA_TASK_ROOT: '/var/task',
  TZ: ':UTC',
};

function problemsOf(env: NodeJS.ProcessEnv) {
  let thrown: unknown;
  try {
    loadLambdaConfig(env);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ConfigurationError);
  return (thrown as ConfigurationError).problems.map(({ key, message }) => `${key}: ${message}`);
}

test('a stream is enough; the rest is as for KCL', () => {
  const { config, notices } = loadLambdaConfig({ ...OF_LAMBDA, STREAM_ARN });

  expect(config).toEqual({
    streams: [expect.objectContaining({ stream: expect.objectContaining({ arn: STREAM_ARN }) })],
    handlerTimeoutMs: 300_000,
    maxAttempts: 5,
    retryDelayMs: 200,
    retryMaxDelayMs: 30_000,
    onFailure: 'stop',
    failureQueueUrl: undefined,
    logLevel: 'info',
  });
  expect(notices).toEqual([]);
});

test('everything that counts', () => {
  const { config, notices } = loadLambdaConfig({
    STREAM_ARN,
    CONSUMER_ARN,
    HANDLER_TIMEOUT_MS: '1000',
    MAX_ATTEMPTS: '2',
    RETRY_DELAY_MS: '1',
    RETRY_MAX_DELAY_MS: '2',
    ON_FAILURE: 'send',
    FAILURE_QUEUE_URL: QUEUE_URL,
    LOG_LEVEL: 'debug',
  });

  expect(config).toMatchObject({
    streams: [{ consumer: { arn: CONSUMER_ARN } }],
    handlerTimeoutMs: 1000,
    maxAttempts: 2,
    onFailure: 'send',
    failureQueueUrl: { url: QUEUE_URL },
    logLevel: 'debug',
  });
  expect(notices).toEqual([]);
});

test('several streams need no application, and may be anywhere', () => {
  const { config } = loadLambdaConfig({
    STREAMS_1_STREAM_ARN: STREAM_ARN,
    STREAMS_1_CONSUMER_ARN: CONSUMER_ARN,
    STREAMS_2_STREAM_ARN: IN_EUROPE,
  });

  expect(config.streams.map(({ stream }) => stream.arn)).toEqual([STREAM_ARN, IN_EUROPE]);
});

test('what is for KCL alone is told of', () => {
  const { notices } = loadLambdaConfig({
    STREAM_ARN,
    TRANSPORT: 'multilang',
    STREAM_CREATION_EPOCH: 'auto',
    KCL_MAX_RECORDS: '5',
  });

  expect(notices.sort()).toEqual([
    'maxRecords (environment KCL_MAX_RECORDS) says nothing under Lambda: see docs/lambda.md',
    'streamCreationEpoch (environment STREAM_CREATION_EPOCH) says nothing under Lambda: see docs/lambda.md',
    'transport (environment TRANSPORT) says nothing under Lambda: see docs/lambda.md',
  ]);
});

test.each([
  [
    'no stream',
    {},
    ["streamArn: is missing; set the function's environment variable STREAM_ARN to the ARN of the stream"],
  ],
  [
    'a stream that is none',
    { STREAM_ARN: 'orders' },
    ["streamArn (environment STREAM_ARN): 'orders' can't be used: "],
  ],
  [
    "the consumer of another stream's",
    { STREAM_ARN, CONSUMER_ARN: CONSUMER_ARN.replace('orders', 'payments') },
    ['is the consumer ARN of another stream; expected one that starts with'],
  ],
  [
    'the same stream twice',
    { STREAMS_1_STREAM_ARN: STREAM_ARN, STREAMS_2_STREAM_ARN: STREAM_ARN },
    ['is given twice; the other is streams.1.streamArn'],
  ],
  ['no queue to send to', { STREAM_ARN, ON_FAILURE: 'send' }, ["'send' needs failureQueueUrl"]],
  [
    'a queue that is not used',
    { STREAM_ARN, FAILURE_QUEUE_URL: QUEUE_URL },
    ['is not used with onFailure = stop'],
  ],
  ['an empty stream', { STREAM_ARN: ' ' }, ['streamArn (environment STREAM_ARN): is empty; give a value']],
  [
    'a name that is mistyped',
    { STREAMS_1_STREAM_AR: STREAM_ARN },
    ['is unknown; did you mean STREAMS_1_STREAM_ARN?'],
  ],
  [
    'several at once',
    { STREAM_ARN, MAX_ATTEMPTS: '0', ON_FAILURE: 'ignore' },
    [
      "maxAttempts (environment MAX_ATTEMPTS): '0' can't be used",
      "onFailure (environment ON_FAILURE): 'ignore' can't be used",
    ],
  ],
])('%s', (_what, env, expected) => {
  expect(problemsOf(env)).toEqual(expected.map((text) => expect.stringContaining(text)));
});
