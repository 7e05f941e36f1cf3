import { inspect } from 'node:util';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { StreamArn } from '../aws/arn.js';
import type { StreamSource } from '../config/streams.js';
import { EventError } from './event-error.js';

/** An event of a stream that this function reads: the records of one shard, in their order. */
export interface ShardEvent {
  readonly stream: StreamArn;
  readonly shard: string;
  readonly kinesisEvent: KinesisStreamEvent;
}

/**
 * What is read of a record, and what it looks like (Lambda Developer Guide, "Using Lambda to process records from Amazon
 * Kinesis Data Streams"). Not by zod: its first use is a quarter of a cold start.
 */
const FIELDS: readonly [string, (record: Partial<KinesisStreamRecord>) => unknown, RegExp][] = [
  ['eventID', ({ eventID }) => eventID, /^[^:]+:\d+$/],
  ['eventSourceARN', ({ eventSourceARN }) => eventSourceARN, /^arn:/],
  ['kinesis.sequenceNumber', ({ kinesis }) => kinesis?.sequenceNumber, /^\d+$/],
  // Absent or null where the stream distributes its records by itself.
  ['kinesis.partitionKey', ({ kinesis }) => kinesis && (kinesis.partitionKey ?? ''), /^/],
  ['kinesis.data', ({ kinesis }) => kinesis?.data, /^/],
];

/**
 * Takes an event in, or refuses all of it.
 *
 * @param sources what this function was set up for
 * @throws EventError
 */
export function parseEvent(event: unknown, sources: readonly StreamSource[]): ShardEvent {
  const records = recordsOf(event);
  for (const [index, record] of records.entries()) checkForm(index, record);
  const kinesisEvent = { Records: records as KinesisStreamRecord[] };
  const [first, ...others] = kinesisEvent.Records as [KinesisStreamRecord, ...KinesisStreamRecord[]];
  const stream = streamOf(first.eventSourceARN, sources);
  const shard = shardOf(first);
  for (const [index, other] of others.entries()) {
    if (other.eventSourceARN !== first.eventSourceARN || shardOf(other) !== shard) {
      throw new EventError(
        `record ${index + 1} is of ${shardOf(other)}, ${other.eventSourceARN}, and record 0 of ${shard}, ` +
          `${first.eventSourceARN}; expected records of one shard, as Lambda's event source mappings hand them over`,
      );
    }
  }
  checkOrder(kinesisEvent.Records);
  return { stream, shard, kinesisEvent };
}

function recordsOf(event: unknown): readonly unknown[] {
  const { Records: records, window } = (event ?? {}) as { Records?: unknown; window?: unknown };
  if (!Array.isArray(records)) {
    throw new EventError(
      'the event has no array Records; expected an event of a Kinesis event source mapping: is something else ' +
        'set up to invoke this function?',
    );
  }
  if (window !== undefined || records.length === 0) {
    throw new EventError(
      `the event ${window === undefined ? 'has no records' : 'is of a tumbling window'}; expected records alone: leave ` +
        'TumblingWindowInSeconds out of the event source mapping',
    );
  }
  return records;
}

function checkForm(index: number, record: unknown): void {
  const { eventSource, EventSource } = (record ?? {}) as Record<string, unknown>;
  if (eventSource !== 'aws:kinesis') {
    const service =
      [eventSource, EventSource].find((name) => typeof name === 'string') ?? 'an unknown service';
    throw new EventError(
      `record ${index} is of ${service}; expected aws:kinesis: remove the trigger that is not a Kinesis stream`,
    );
  }
  const wrong = FIELDS.flatMap(([name, of, form]) => {
    const value = of(record as KinesisStreamRecord);
    return typeof value === 'string' && form.test(value) ? [] : [`${name} is ${inspect(value)}`];
  });
  if (wrong.length === 0) wrong.push(...contradictions(record as KinesisStreamRecord));
  if (wrong.length === 0) return;
  throw new EventError(
    `record ${index} can't be read: ${wrong.join(', ')}; expected a record as Lambda's event source mappings hand it over`,
  );
}

function contradictions({ eventID, kinesis }: KinesisStreamRecord): string[] {
  const { sequenceNumber, approximateArrivalTimestamp } = kinesis;
  const wrong: string[] = [];
  if (!eventID.endsWith(`:${sequenceNumber}`)) {
    wrong.push(`eventID is ${inspect(eventID)} and kinesis.sequenceNumber ${inspect(sequenceNumber)}`);
  }
  // Absent for what is older than Kinesis's time stamps.
  if (approximateArrivalTimestamp !== undefined && !Number.isFinite(approximateArrivalTimestamp)) {
    wrong.push(`kinesis.approximateArrivalTimestamp is ${inspect(approximateArrivalTimestamp)}`);
  }
  return wrong;
}

/** Lambda takes the lowest number that is reported: out of order, records behind it would count as handled. */
function checkOrder(records: readonly KinesisStreamRecord[]): void {
  for (const [index, { kinesis }] of records.entries()) {
    const before = records[index - 1]?.kinesis.sequenceNumber;
    if (before === undefined || BigInt(before) < BigInt(kinesis.sequenceNumber)) continue;
    throw new EventError(
      `record ${index}, ${kinesis.sequenceNumber}, does not come after record ${index - 1}, ${before}; expected ascending ` +
        "sequence numbers, as Lambda's event source mappings hand them over",
    );
  }
}

/** Lambda writes the ARN of the stream, or of the consumer that the mapping reads by. */
function streamOf(arn: string, sources: readonly StreamSource[]): StreamArn {
  const source = sources.find(({ stream, consumer }) => arn === stream.arn || arn === consumer?.arn);
  if (source !== undefined) return source.stream;
  const configured = sources.flatMap(({ stream, consumer }) => [
    stream.arn,
    ...(consumer ? [consumer.arn] : []),
  ]);
  const ofStream = sources.some(({ stream }) => arn.startsWith(`${stream.arn}/consumer/`));
  const remedy = ofStream
    ? 'set CONSUMER_ARN to it, or let the event source mapping read the stream'
    : 'remove that event source mapping, or set STREAM_ARN to its stream';
  throw new EventError(
    `the event is of ${arn}, which this function was not set up for; expected ${configured.join(' or ')}: ${remedy}`,
  );
}

function shardOf({ eventID }: KinesisStreamRecord): string {
  return eventID.slice(0, eventID.indexOf(':'));
}
