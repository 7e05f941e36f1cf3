import type * as z from 'zod';
import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import type { ConfigurationProblem } from '../errors/errors.js';
import { NUMBERED_KEY } from './config-keys.js';
import { type Given, unreadable } from './problems.js';
import { streamSchema } from './schema.js';

/** One stream to read, as it was configured. */
export interface StreamSource {
  readonly stream: StreamArn;
  readonly consumer: ConsumerArn | undefined;
  /** Seconds since 1970, or to be found out; undefined: tracked by the ARN alone, KCL's single-stream form. */
  readonly creationEpoch: number | 'auto' | undefined;
  /** TRIM_HORIZON, LATEST or seconds since 1970; undefined: the application's. */
  readonly initialPosition: string | undefined;
}

/** What can be read of one stream's keys, so that problems of several keys are found together. */
export interface StreamEntry {
  /** Empty for the only stream, else `streams.<n>.`. */
  prefix: string;
  values: Partial<z.output<typeof streamSchema>>;
  complete: boolean;
}

/** The configured streams in the order of their numbers; one without a number if there is none with. */
export function readStreams(
  given: Map<string, Given>,
  problems: ConfigurationProblem[],
): [StreamEntry, ...StreamEntry[]] {
  const numbers = [...given.keys()].flatMap((key) => NUMBERED_KEY.exec(key)?.[1] ?? []);
  const [first = '', ...rest] = [...new Set(numbers)]
    .sort((a, b) => Number(a) - Number(b))
    .map((number) => `streams.${number}.`);
  if (first !== '') {
    for (const key of ['streamArn', 'streamCreationEpoch', 'consumerArn']) {
      const alone = given.get(key);
      if (alone) {
        problems.push({
          key: alone.label,
          message: `can't stand beside ${first}streamArn; give it as streams.<n>.${key}`,
        });
      }
    }
  }
  const read = (prefix: string) => readStream(given, prefix, problems);
  return [read(first), ...rest.map(read)];
}

export function toSource({ prefix, values }: StreamEntry): StreamSource {
  const { streamArn, consumerArn, streamCreationEpoch, initialPositionInStreamExtended: at } = values;
  const numbered = prefix !== '';
  return {
    stream: streamArn as StreamArn,
    consumer: consumerArn,
    creationEpoch: streamCreationEpoch ?? (numbered ? 'auto' : undefined),
    // The only stream's position is the application's, which KCL reads by itself.
    initialPosition: numbered ? (at?.toString() ?? values.initialPositionInStream) : undefined,
  };
}

function readStream(
  given: Map<string, Given>,
  prefix: string,
  problems: ConfigurationProblem[],
): StreamEntry {
  const texts: Record<string, string> = {};
  for (const key of Object.keys(streamSchema.shape)) {
    const value = given.get(prefix + key);
    if (value) texts[key] = value.text.trim();
  }
  const result = streamSchema.safeParse(texts);
  // The only stream's position is one of the application's keys, whose problems are reported there.
  const issues = (result.error?.issues ?? []).filter(
    ({ path }) => prefix !== '' || !String(path[0]).startsWith('initialPosition'),
  );
  problems.push(...unreadable(issues, given, prefix));
  if (result.success) return { prefix, values: result.data, complete: true };
  const readable = Object.entries(streamSchema.shape).map(([key, field]) => [
    key,
    field.safeParse(texts[key]).data,
  ]);
  return { prefix, values: Object.fromEntries(readable), complete: false };
}
