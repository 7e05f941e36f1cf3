import type { KeyArn } from '../aws/key-arn.js';
import { option, shellCommand } from '../errors/shell-command.js';
import type { ShareRequest } from './read-request.js';
import type { PolicyTarget } from './size.js';

/**
 * A command of this tool, to be run by the owner: `diff` shows what `apply` would change, `remove` takes the access back.
 *
 * @param request its key may be one that is still to be made
 * @param only one part of it
 */
export function policyCommand(
  name: 'diff' | 'apply' | 'remove',
  request: Omit<ShareRequest, 'key'> & { readonly key?: Pick<KeyArn, 'arn'> | undefined },
  only?: PolicyTarget,
): string {
  const { stream, reader, consumer, key, conditions = [] } = request;
  return shellCommand([
    ...['cross-account-kcl', 'policy', name, '--for', request.for],
    ...option('--stream-arn', stream.arn),
    ...option('--reader', reader.arn),
    ...option('--consumer-arn', consumer?.arn),
    ...option('--key-arn', key?.arn),
    ...(name === 'remove'
      ? []
      : conditions.flatMap(({ name, value }) => option('--condition', `${name}=${value}`))),
    ...option('--only', only),
  ]);
}
