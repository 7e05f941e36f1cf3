import { Readable } from 'node:stream';
import { EventStreamCodec, getChunkedStream } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import { isFields } from '../iam/api-call.js';
import { toAwsError } from './aws-error.js';
import type { ShardEnd } from './shard-end.js';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/**
 * The events of SubscribeToShard, each looked at before it is handed out. What is not allowed ends the subscription with
 * an event that is an exception, as Kinesis does once the subscription stands. Events are JSON in every protocol.
 *
 * Behind the last record of a shard that was closed the subscription ends, with an event that has the shard's children
 * and no ContinuationSequenceNumber (SubscribeToShardEvent, API reference).
 */
export function checkedEvents(
  events: AsyncIterable<Uint8Array>,
  check: (records: unknown) => Promise<void>,
  end: ShardEnd,
): Readable {
  return Readable.from(checked(events, check, end), { objectMode: false });
}

async function* checked(
  events: AsyncIterable<Uint8Array>,
  check: (records: unknown) => Promise<void>,
  end: ShardEnd,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of getChunkedStream(events)) {
    let last: Uint8Array | undefined;
    try {
      const message = codec.decode(bytes);
      const event: unknown = JSON.parse(toUtf8(message.body) || '{}');
      const records = isFields(event) ? event.Records : undefined;
      await check(records);
      if (message.headers[':event-type']?.value === 'SubscribeToShardEvent') {
        const ChildShards = await end.childrenBehind(records);
        const body = JSON.stringify({ Records: [], MillisBehindLatest: 0, ChildShards });
        if (ChildShards.length > 0) last = codec.encode({ ...message, body: fromUtf8(body) });
      }
    } catch (error) {
      last = exception(error);
    }
    yield last ?? bytes;
    if (last !== undefined) return;
  }
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
