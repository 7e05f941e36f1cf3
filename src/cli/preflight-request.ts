import type { Command } from 'commander';
import { type KeyArn, parseKeyArn } from '../aws/key-arn.js';
import type { ShareCondition } from '../policy/share-conditions.js';
import { addConfigOptions, type ConfigOptions } from './config-options.js';
import { addConditionOption } from './policy-options.js';
import { addReaderOptions, orInvalid, type ReaderOptions } from './preflight-options.js';

export interface RequestOptions extends ConfigOptions, ReaderOptions {
  keyArn?: KeyArn;
  condition?: ShareCondition[];
}

/** Adds `preflight request`: the message of the reader to the owner of the stream. */
export function addRequest(preflight: Command): void {
  const command = preflight
    .command('request')
    .description(
      "print the message to the stream's owner: who asks for what, the policies, and the commands",
    );
  addReaderOptions(command).option(
    '--key-arn <arn>',
    'the customer managed key that the stream is encrypted with',
    orInvalid(parseKeyArn),
  );
  addConfigOptions(addConditionOption(command)).action(async (options: RequestOptions) => {
    const { printRequest } = await import('./preflight-request-run.js');
    await printRequest(options);
  });
}
