import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseReaderArn, type ReaderArn } from '../aws/reader-arn.js';
import type { WorkerConfig } from '../config/load.js';
import { ConfigurationError } from '../errors/errors.js';
import type { ReaderType } from '../policy/actions.js';

/** Who reads, and by what. */
export interface ReaderOptions {
  for: ReaderType;
  reader?: ReaderArn;
}

export function addReaderOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--for <kind>', 'what the reader reads with').choices(['kcl', 'lambda']).default('kcl'),
    )
    .option(
      '--reader <arn>',
      'the role or user that reads; needed if it has a path that IAM does not report (default: whose credentials these are)',
      orInvalid(parseReaderArn),
    );
}

/** For commander, which then names the flag. */
export function orInvalid<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

/** @throws ConfigurationError where it contradicts the configuration */
export function checkReader(
  { streams: [{ stream }], streamRoleArn }: WorkerConfig,
  { for: readerType, reader }: ReaderOptions,
): void {
  if (reader && reader.partition !== stream.partition) {
    const message = `${reader.arn} is in another partition than the stream ${stream.arn}`;
    throw new ConfigurationError([{ key: '--reader', message }]);
  }
  if (readerType === 'lambda' && streamRoleArn !== undefined) {
    const message = 'is for KCL: Lambda reads with the role of the function';
    throw new ConfigurationError([{ key: 'streamRoleArn', message }]);
  }
}
