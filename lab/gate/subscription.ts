import { Readable } from 'node:stream';
import { EventStreamCodec, getChunkedStream } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import { isFields } from '../iam/api-call.js';
import { toAwsError } from './aws-error.js';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/**
 * The events of SubscribeToShard, each looked at before it is handed out. What is not allowed ends the subscription with
 * an event that is an exception, as Kinesis does once the subscription stands. Events are JSON in every protocol.
 */
export function checkedEvents(
  events: AsyncIterable<Uint8Array>,
  check: (records: unknown) => Promise<void>,
): Readable {
  return Readable.from(checked(events, check), { objectMode: false });
}

async function* checked(
  events: AsyncIterable<Uint8Array>,
  check: (records: unknown) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const message of getChunkedStream(events)) {
    try {
      const event: unknown = JSON.parse(toUtf8(codec.decode(message).body) || '{}');
      await check(isFields(event) ? event.Records : undefined);
    } catch (error) {
      yield exception(error);
      return;
    }
    yield message;
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
