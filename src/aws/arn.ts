import { partitionOf, REGION } from './partition.js';

/** Raised for a text that is not the ARN it should be; the message names the text, the part and the expected form. */
export class ArnError extends Error {
  override readonly name = 'ArnError';
  readonly code = 'XAK_ARN';
}

/** A stream's ARN, taken apart once at the edge; only the parsed form travels further. */
export interface StreamArn {
  readonly arn: string;
  readonly partition: string;
  readonly region: string;
  /** The 12 digits of the account that owns the stream. */
  readonly account: string;
  readonly streamName: string;
}

/** The ARN of a registered (enhanced fan-out) consumer; it starts with its stream's ARN. */
export interface ConsumerArn {
  readonly arn: string;
  readonly streamArn: string;
  readonly consumerName: string;
  /** Seconds since 1970, the last part of the ARN. */
  readonly creationEpoch: number;
}

const STREAM_FORM = 'arn:aws:kinesis:<region>:<12-digit account>:stream/<name>';
const CONSUMER_FORM = `${STREAM_FORM}/consumer/<consumer name>:<creation timestamp>`;
/** The same set of characters for stream and consumer names (Kinesis API reference, CreateStream). */
const NAME = /^[a-zA-Z0-9_.-]{1,128}$/;

/** @throws ArnError */
export function parseStreamArn(text: string): StreamArn {
  const { partition, region, account, resource } = splitArn(text, 'kinesis', STREAM_FORM);
  const [kind, streamName = '', ...rest] = resource.split('/');
  if (kind === 'stream' && rest[0] === 'consumer') {
    throw arnError(
      text,
      'it is the ARN of a consumer, and the ARN of its stream is needed here',
      STREAM_FORM,
    );
  }
  if (kind !== 'stream' || rest.length > 0)
    throw arnError(text, `the resource is '${resource}'`, STREAM_FORM);
  if (!NAME.test(streamName)) {
    throw arnError(text, `the stream name '${streamName}' is not 1-128 of a-z A-Z 0-9 _ . -`, STREAM_FORM);
  }
  return { arn: text, partition, region, account, streamName };
}

/** The ARN of a stream of which account, name and region are known; the region tells the partition. */
export function toStreamArn(stream: { account: string; streamName: string; region: string }): StreamArn {
  const { account, streamName, region } = stream;
  return parseStreamArn(`arn:${partitionOf(region).name}:kinesis:${region}:${account}:stream/${streamName}`);
}

/** @throws ArnError */
export function parseConsumerArn(text: string): ConsumerArn {
  const { resource } = splitArn(text, 'kinesis', CONSUMER_FORM);
  const match = /^stream\/([^/]+)\/consumer\/([^/:]+)(?::(\d+))?$/.exec(resource);
  if (!match) throw arnError(text, `the resource is '${resource}'`, CONSUMER_FORM);
  const [, streamName = '', consumerName = '', timestamp] = match;
  if (timestamp === undefined) {
    throw arnError(text, 'the creation timestamp at its end is missing', CONSUMER_FORM);
  }
  if (!NAME.test(streamName) || !NAME.test(consumerName)) {
    throw arnError(text, 'a name in it is not 1-128 of a-z A-Z 0-9 _ . -', CONSUMER_FORM);
  }
  const streamArn = text.slice(0, text.indexOf('/consumer/'));
  return { arn: text, streamArn, consumerName, creationEpoch: Number(timestamp) };
}

/**
 * The parts of a regional ARN of the service.
 *
 * @param form what was expected, for the error
 * @throws ArnError
 */
export function splitArn(text: string, expectedService: 'kinesis' | 'kms' | 'sqs', form: string) {
  const parts = text.split(':');
  const [prefix, partition = '', service, region = '', account = ''] = parts;
  const resource = parts.slice(5).join(':');
  if (prefix !== 'arn' || parts.length < 6) throw arnError(text, "it does not have an ARN's six parts", form);
  if (!/^aws(-[a-z]+)*$/.test(partition)) throw arnError(text, `the partition is '${partition}'`, form);
  if (service !== expectedService) {
    throw arnError(text, `the service is '${service}', not '${expectedService}'`, form);
  }
  if (!REGION.test(region)) throw arnError(text, `the region is '${region}'`, form);
  if (!/^\d{12}$/.test(account)) throw arnError(text, `the account is '${account}', not 12 digits`, form);
  return { partition, region, account, resource };
}

export function arnError(text: string, reason: string, form: string): ArnError {
  return new ArnError(`'${text}' can't be used: ${reason}; expected ${form}`);
}
