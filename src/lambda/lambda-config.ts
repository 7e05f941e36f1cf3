import type * as z from 'zod';
import { NUMBERED_KEY } from '../config/config-keys.js';
import { ofFailures, ofStreams } from '../config/contradictions.js';
import { type Given, reportTo, unreadable } from '../config/problems.js';
import { applicationSchema } from '../config/schema.js';
import { fromEnvironment } from '../config/sources.js';
import { readStreams, type StreamSource, toSource } from '../config/streams.js';
import { ConfigurationError } from '../errors/errors.js';

/** What counts under Lambda besides the streams; the rest is the event source mapping's, or KCL's. */
const schema = applicationSchema
  .pick({
    handlerTimeoutMs: true,
    retryDelayMs: true,
    retryMaxDelayMs: true,
    onFailure: true,
    failureQueueUrl: true,
    logLevel: true,
  })
  // An invocation has no time for long waits, and the event source mapping tries again.
  .extend({ maxAttempts: applicationSchema.shape.maxAttempts.prefault('5') });
const OF_STREAM = ['streamArn', 'consumerArn'];
const MISSING = {
  key: 'streamArn',
  message:
    "is missing; set the function's environment variable STREAM_ARN to the ARN of the stream, or " +
    'STREAMS_1_STREAM_ARN and so on for several',
};

export interface LambdaConfig extends z.output<typeof schema> {
  /** In the order of their numbers. */
  readonly streams: readonly [StreamSource, ...StreamSource[]];
}

/**
 * Reads the configuration from a function's environment variables.
 *
 * @returns with it, what is set and says nothing under Lambda
 * @throws ConfigurationError with everything that is wrong
 */
export function loadLambdaConfig(env: NodeJS.ProcessEnv): { config: LambdaConfig; notices: string[] } {
  const { given, problems } = fromEnvironment(env);
  if (![...given.keys()].some((key) => key.endsWith('streamArn'))) {
    // A name that is mistyped, or a value that is empty, says more.
    if (problems.length === 0) problems.push(MISSING);
    throw new ConfigurationError(problems);
  }
  const streams = readStreams(given, problems);
  const texts = textsOf(given);
  const { data: values, error } = schema.safeParse(texts);
  problems.push(...unreadable(error?.issues ?? [], given));
  const report = reportTo(problems);
  ofStreams(given, streams, report);
  ofFailures(texts, given, streams, report);
  if (values === undefined || problems.length > 0) throw new ConfigurationError(problems);
  const [first, ...others] = streams;
  return {
    config: { ...values, streams: [toSource(first), ...others.map(toSource)] },
    notices: noticesOf(given),
  };
}

function textsOf(given: Map<string, Given>): Record<string, string> {
  return Object.fromEntries(
    [...given.values()].filter(({ key }) => key in schema.shape).map(({ key, text }) => [key, text.trim()]),
  );
}

function noticesOf(given: Map<string, Given>): string[] {
  return [...given.values()].flatMap(({ key, label }) => {
    const own = NUMBERED_KEY.exec(key)?.[2] ?? key;
    const counts = own in schema.shape || OF_STREAM.includes(own);
    return counts ? [] : [`${label} says nothing under Lambda: see docs/lambda.md`];
  });
}
