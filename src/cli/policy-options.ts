import { type Command, Option } from 'commander';
import { parseConsumerArn, parseStreamArn } from '../aws/arn.js';
import { parseKeyArn } from '../aws/key-arn.js';
import type { QueueArn } from '../aws/queue-arn.js';
import { parseQueue } from '../aws/queue-url.js';
import { parseReaderArn } from '../aws/reader-arn.js';
import { ConfigurationError, type ConfigurationProblem } from '../errors/errors.js';
import type { ReaderType } from '../policy/actions.js';
import type { ShareRequest } from '../policy/read-request.js';
import { parseShareCondition, SHARE_CONDITIONS, type ShareCondition } from '../policy/share-conditions.js';
import type { PolicyTarget } from '../policy/size.js';
import { orInvalid } from './preflight-options.js';

/** The policies of the owner's side, which can be compared and changed. */
export const OWNER_PARTS = ['stream', 'consumer', 'key'] as const satisfies readonly PolicyTarget[];
/** All that can be printed. */
export const PARTS = [...OWNER_PARTS, 'reader'] as const;

/** @throws ConfigurationError with `consumer` where none is given */
export function checkPart(only: PolicyTarget | undefined, { consumer }: ShareRequest): void {
  if (only === 'consumer' && !consumer) throw missingPart('consumer', '--consumer-arn');
}

export function missingPart(part: string, flag: string): ConfigurationError {
  return new ConfigurationError([{ key: flag, message: `is missing; --only ${part} needs it` }]);
}

export interface ShareOptions {
  for: ReaderType;
  streamArn: string;
  reader: string;
  consumerArn?: string;
  keyArn?: string;
  condition?: ShareCondition[];
}

/** The stream and its reader: the same flags for every command. */
export function addShareOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--for <kind>', 'what the reader reads with').choices(['kcl', 'lambda']).default('kcl'),
    )
    .requiredOption('--stream-arn <arn>', 'the stream that is shared')
    .requiredOption('--reader <arn>', 'the role or user that reads it')
    .option('--consumer-arn <arn>', 'a registered consumer of the stream, for enhanced fan-out')
    .option('--key-arn <arn>', 'the customer managed key that the stream is encrypted with');
}

/** For the commands that make the reader's statements. */
export function addConditionOption(command: Command): Command {
  return command.option(
    '--condition <name=value>',
    `narrows the owner's statements, repeatable: ${SHARE_CONDITIONS.join(', ')}`,
    (text: string, earlier: ShareCondition[] = []) => [...earlier, orInvalid(parseShareCondition)(text)],
  );
}

/** @throws ConfigurationError with everything that is wrong */
export function readShare(
  options: ShareOptions & { failureQueue?: string },
): ShareRequest & { failureQueue: QueueArn | undefined } {
  const problems: ConfigurationProblem[] = [];
  const read = <T>(key: string, text: string | undefined, parse: (text: string) => T): T | undefined => {
    try {
      return text === undefined ? undefined : parse(text);
    } catch (error) {
      problems.push({ key, message: (error as Error).message });
      return undefined;
    }
  };
  const stream = read('--stream-arn', options.streamArn, parseStreamArn);
  const reader = read('--reader', options.reader, parseReaderArn);
  const consumer = read('--consumer-arn', options.consumerArn, parseConsumerArn);
  const key = read('--key-arn', options.keyArn, parseKeyArn);
  const failureQueue = read('--failure-queue', options.failureQueue, parseQueue);
  if (!stream || !reader || problems.length > 0) throw new ConfigurationError(problems);
  return { for: options.for, stream, reader, consumer, key, failureQueue, conditions: options.condition };
}
