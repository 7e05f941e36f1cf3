import type { ConsumerDescription, StreamDescriptionSummary } from '@aws-sdk/client-kinesis';
import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import { explainCall } from '../aws/call-error.js';
import { consumerCommands, registeredAgain } from '../aws/consumer-commands.js';
import { AccessError } from '../errors/errors.js';
import type { StreamLookup } from './lookup.js';

const HOUR_MS = 3_600_000;
const ENDPOINT_KEY = 'kinesisEndpoint (KINESIS_ENDPOINT)';
/** UPDATING is a stream that is being resharded or encrypted: it can be read. */
export const READABLE: readonly string[] = ['ACTIVE', 'UPDATING'];

/** What to do about a stream that is missing, or whose status is none of these; preflight says the same. */
export function streamHint({ account }: StreamArn, status: string | undefined): string {
  if (status === undefined) return `Check the ARN with the stream's owner, account ${account}.`;
  if (status === 'DELETING')
    return `Its owner, account ${account}, is deleting it; records that were not read are lost.`;
  return `Try again when its owner, account ${account}, has finished; cross-account-kcl preflight --wait waits for it.`;
}

/** As streamHint, of a registered consumer. */
export function consumerHint(stream: StreamArn, consumer: ConsumerArn, status: string | undefined): string {
  const owner = `Ask the stream's owner, account ${stream.account}`;
  if (status === undefined) return `${owner}. ${registeredAgain(consumer.arn, stream.arn, stream.region)}`;
  return status === 'CREATING' ? 'Try again in a minute.' : `${owner}, for the ARN of a new one.`;
}

export interface StreamSummary {
  status: string;
  openShards: number | undefined;
  /** Seconds since 1970, rounded down; part of the lease keys in KCL's multi-stream form. */
  creationEpoch: number;
  /** How long records are retained, in ms; undefined if Kinesis does not say it. */
  retentionMs: number | undefined;
}

/**
 * Asks for the stream by its ARN, as KCL will: what does not work here would make KCL try again for minutes.
 *
 * @throws AccessError saying what was refused and what to do
 */
export async function checkStream({ stream, ...lookup }: StreamLookup): Promise<StreamSummary> {
  const failure = `the stream ${stream.arn} can't be read`;
  const owner = `account ${stream.account}`;
  let summary: Partial<StreamDescriptionSummary> | undefined;
  try {
    summary = await lookup.summary();
  } catch (error) {
    throw explainCall(error, {
      failure,
      service: 'Kinesis',
      action: 'kinesis:DescribeStreamSummary',
      allowedBy: `Both sides, the stream's resource policy in ${owner} and the IAM policy of this role,`,
      missing: { reason: 'there is no such stream', remedy: streamHint(stream, undefined) },
      endpointKey: ENDPOINT_KEY,
    });
  }
  const {
    StreamStatus: status = 'UNKNOWN',
    OpenShardCount: openShards,
    StreamCreationTimestamp: at,
    RetentionPeriodHours: hours,
  } = summary ?? {};
  if (!READABLE.includes(status) || at === undefined) {
    throw new AccessError(`${failure}: its status is ${status}, and ACTIVE is needed`, {
      remedy: streamHint(stream, status),
    });
  }
  return {
    status,
    openShards,
    creationEpoch: Math.floor(at.getTime() / 1000),
    retentionMs: hours === undefined ? undefined : hours * HOUR_MS,
  };
}

/**
 * Asks for the consumer by its ARN. KCL does not, and takes a consumer that is missing for the end of every shard.
 *
 * @throws AccessError saying what was refused and what to do
 */
export async function checkConsumer(
  { stream, ...lookup }: StreamLookup,
  consumer: ConsumerArn,
): Promise<void> {
  const failure = `the consumer ${consumer.arn} can't be used`;
  const owner = `account ${stream.account}`;
  let found: ConsumerDescription | undefined;
  try {
    found = await lookup.consumer();
  } catch (error) {
    throw explainCall(error, {
      failure,
      service: 'Kinesis',
      action: 'kinesis:DescribeStreamConsumer and kinesis:SubscribeToShard',
      allowedBy: `Both sides, the consumer's resource policy in ${owner} and the IAM policy of this role,`,
      missing: { reason: 'there is no such consumer', remedy: consumerHint(stream, consumer, undefined) },
      endpointKey: ENDPOINT_KEY,
      orElse: `Or the consumer was deleted, and its policy with it. The owner can check with: ${consumerCommands(consumer.arn, stream.arn, stream.region).join(' and ')}`,
    });
  }
  const { ConsumerStatus: status = 'UNKNOWN' } = found ?? {};
  if (status !== 'ACTIVE') {
    throw new AccessError(`${failure}: its status is ${status}, and ACTIVE is needed`, {
      remedy: consumerHint(stream, consumer, status),
    });
  }
}
