import { Readable } from 'node:stream';
import { EventStreamCodec, getChunkedStream } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import { type Fields, isFields } from '../iam/api-call.js';
import { toAwsError } from './aws-error.js';
import type { ShardEnd } from './shard-end.js';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/** What is done with the events of a subscription. */
export interface EventHandling {
  /** @throws AwsError if the caller may not have them */
  check(records: unknown): Promise<void>;
  /** @return the records as they are served, in so many events; undefined to serve the event as it is */
  serve(records: unknown): readonly (readonly Fields[])[] | undefined;
  readonly end: ShardEnd;
  /** Aborted when the time of the subscription is over. */
  readonly over: AbortSignal;
}

/**
 * The events of SubscribeToShard, each looked at before it is handed out. What is not allowed ends the subscription with
 * an event that is an exception, as Kinesis does once the subscription stands. Events are JSON in every protocol.
 *
 * Behind the last record of a shard that was closed the subscription ends, with an event that has the shard's children
 * and no ContinuationSequenceNumber (SubscribeToShardEvent, API reference).
 */
export function checkedEvents(events: AsyncIterable<Uint8Array>, handling: EventHandling): Readable {
  return Readable.from(untilOver(events, handling), { objectMode: false });
}

async function* untilOver(events: AsyncIterable<Uint8Array>, handling: EventHandling) {
  try {
    for await (const bytes of checked(events, handling)) {
      if (handling.over.aborted) return;
      yield bytes;
    }
  } catch (error) {
    // The emulator's own subscription is cut off.
    if (!handling.over.aborted) throw error;
  }
}

async function* checked(
  events: AsyncIterable<Uint8Array>,
  { check, serve, end }: EventHandling,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of getChunkedStream(events)) {
    let last: Uint8Array | undefined;
    let served = [bytes];
    try {
      const message = codec.decode(bytes);
      const event: unknown = JSON.parse(toUtf8(message.body) || '{}');
      const records = isFields(event) ? event.Records : undefined;
      await check(records);
      if (message.headers[':event-type']?.value === 'SubscribeToShardEvent') {
        const encode = (fields: Fields) =>
          codec.encode({ ...message, body: fromUtf8(JSON.stringify(fields)) });
        served = serve(records)?.map((part) => encode(partOf(event as Fields, part))) ?? served;
        const ChildShards = await end.childrenBehind(records);
        if (ChildShards.length > 0) last = encode({ Records: [], MillisBehindLatest: 0, ChildShards });
      }
    } catch (error) {
      last = exception(error);
    }
    if (last === undefined) yield* served;
    else yield last;
    if (last !== undefined) return;
  }
}

/** A subscription that ends behind it continues behind its last record. */
function partOf(event: Fields, Records: readonly Fields[]): Fields {
  const last = Records.at(-1);
  return { ...event, Records, ...(last && { ContinuationSequenceNumber: last.SequenceNumber }) };
}

function exception(error: unknown): Uint8Array {
  const { code, message } = toAwsError(error);
  return codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'exception' },
      ':exception-type': { type: 'string', value: code },
      ':content-type': { type: 'string', value: 'application/json' },
    },
    body: fromUtf8(JSON.stringify({ message })),
  });
}
