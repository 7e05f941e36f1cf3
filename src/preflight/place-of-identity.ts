import { option, shellCommand } from '../errors/shell-command.js';
import { onlyForStream } from '../policy/key-conditions.js';
import type { ReadRequest } from '../policy/read-request.js';
import type { Denied, Place } from './place.js';
import { KEY_ARN } from './place-of-resource.js';
import { isAlias } from './stream-key.js';

export function ofIdentity({ action, resource }: Denied, { reader, stream }: ReadRequest): Place {
  const { kind, name } = reader;
  const names = option(`--${kind}-name`, name);
  const context =
    action === 'kms:Decrypt'
      ? Object.entries(onlyForStream(stream).StringEquals ?? {}).map(
          ([key, values]) =>
            `ContextKeyName=${key},ContextKeyValues=${[values].flat().join(',')},ContextKeyType=string`,
        )
      : [];
  return {
    policies: ['identity-based policy', 'permissions boundary'],
    text: `A Deny in the reader's IAM policies, or a permissions boundary that does not allow ${action}; or the ${kind} has a path that its ARN in the statements lacks. Account ${reader.account} can check with:`,
    commands: [
      shellCommand([
        ...['aws', 'iam', 'simulate-principal-policy', ...option('--policy-source-arn', reader.arn)],
        ...[
          '--action-names',
          action,
          ...(resource === '*' ? [] : option('--resource-arns', isAlias(resource) ? KEY_ARN : resource)),
        ],
        ...(context.length > 0 ? ['--context-entries', ...context] : []),
      ]),
      shellCommand([
        'aws',
        'iam',
        `get-${kind}`,
        ...names,
        '--query',
        `${kind === 'role' ? 'Role' : 'User'}.[Arn,PermissionsBoundary]`,
      ]),
      shellCommand(['aws', 'iam', `list-attached-${kind}-policies`, ...names]),
    ],
  };
}
