import type { Command } from 'commander';
import { parseKeyArn } from '../aws/key-arn.js';
import { addConfigOptions } from './config-options.js';
import { addConditionOption } from './policy-options.js';
import { addReaderOptions, orInvalid } from './preflight-options.js';
import type { RequestOptions } from './preflight-request-run.js';

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
