import type { KeyArn } from '../aws/key-arn.js';
import { option, shellCommand } from '../errors/shell-command.js';
import { applyCommand } from './commands.js';
import type { ShareRequest } from './read-request.js';
import type { PolicyTarget } from './size.js';

/**
 * The command of this tool that makes the change.
 *
 * @param only of one part of it
 */
export function changeCommand(
  intent: 'apply' | 'remove',
  request: Omit<ShareRequest, 'key'> & { readonly key?: Pick<KeyArn, 'arn'> | undefined },
  only?: PolicyTarget,
): string {
  const apply = applyCommand(request);
  const command = intent === 'apply' ? apply : apply.replace('policy apply', 'policy remove');
  return only === undefined ? command : `${command} ${shellCommand(option('--only', only))}`;
}
