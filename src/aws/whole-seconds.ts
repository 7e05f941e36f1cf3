import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { KinesisClient } from '@aws-sdk/client-kinesis';

const TIMESTAMP = /("StreamCreationTimestamp"\s*:\s*)([-+.\deE]+)/g;

/**
 * Cuts the creation time of a stream to the second in Kinesis's answers. The SDK rounds it to the millisecond, so that
 * 1700000000.9996 would be another second than in the launcher, whose SDK cuts; a creation epoch must be the same in both.
 */
export function cutCreationTimes({ middlewareStack }: KinesisClient): void {
  middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        if (!/^DescribeStream(Summary)?Command$/.test(commandName ?? '')) return result;
        const response = result.response as { body: Readable | Uint8Array };
        const { body } = response;
        const text = (body instanceof Uint8Array ? Buffer.from(body) : await buffer(body)).toString();
        response.body = Buffer.from(
          text.replace(TIMESTAMP, (_all, name: string, time: string) => name + Math.floor(Number(time))),
        );
        return result;
      },
    // Inside of the deserializer, which parses what this leaves.
    { step: 'deserialize', priority: 'low', name: 'cutCreationTimes' },
  );
}
