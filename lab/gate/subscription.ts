import { Readable } from 'node:stream';
import { EventStreamCodec, getChunkedStream } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import { isFields } from '../iam/api-call.js';
import { toAwsError } from './aws-error.js';
import type { Wire } from './wire.js';

const codec = new EventStreamCodec(toUtf8, fromUtf8);

/**
 * The events of SubscribeToShard, each looked at before it is handed out. What is not allowed ends the subscription with
 * an event that is an exception, as Kinesis does once the subscription stands.
 */
export function checkedEvents(
  events: AsyncIterable<Uint8Array>,
  wire: Wire,
  check: (records: unknown) => Promise<void>,
): Readable {
  return Readable.from(checked(events, wire, check), { objectMode: false });
}

async function* checked(
  events: AsyncIterable<Uint8Array>,
  wire: Wire,
  check: (records: unknown) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const message of getChunkedStream(events)) {
    const value = wire.decode(Buffer.from(codec.decode(message).body));
    try {
      await check(isFields(value) ? value.Records : undefined);
    } catch (error) {
      yield exception(error, wire);
      return;
    }
    yield message;
  }
}

function exception(error: unknown, wire: Wire): Uint8Array {
  const refusal = toAwsError(error);
  const { headers, body } = wire.error(refusal);
  return codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'exception' },
      ':exception-type': { type: 'string', value: refusal.code },
      ':content-type': { type: 'string', value: headers['content-type'] ?? '' },
    },
    body: Buffer.from(body),
  });
}
