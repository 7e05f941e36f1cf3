import { isAlias } from '../aws/key-arn.js';
import { option, shellCommand } from '../errors/shell-command.js';
import { onResource, policyCommand } from '../policy/commands.js';
import type { ReadRequest } from '../policy/read-request.js';
import { onlyForStream } from '../policy/share-conditions.js';
import type { Call } from './failure.js';

/** Policies of a kind that can deny an action, and how to check them. */
export interface DenialCause {
  /** What AWS's texts call them. */
  readonly policies: readonly string[];
  /** What may deny, and who can check it. */
  readonly text: string;
  /** For the person who checks. */
  readonly commands: readonly string[];
}

/** In a command where it is unknown. */
export const KEY_ARN = '<ARN of the key>';

export function ofResource(service: string, { resource }: Call, request: ReadRequest): DenialCause[] {
  const { stream } = request;
  const policies = ['resource-based policy'];
  // It names each Deny that concerns the reader, too.
  const diff = policyCommand('diff', request);
  if (service === 'kinesis') {
    const what = resource === stream.arn ? 'stream' : 'consumer';
    const text = `A Deny in the ${what}'s policy, or a condition of its own statement that does not hold. The stream's owner, account ${stream.account}, can check with:`;
    const get = onResource({ target: what, arn: resource, region: stream.region }, 'get');
    return [{ policies, text, commands: [diff, get] }];
  }
  if (service !== 'kms') {
    const text = `A Deny in the policy of ${resource}, if it has one: its owner can check.`;
    return resource === '*' ? [] : [{ policies, text, commands: [] }];
  }
  const [, , , region = stream.region, account = stream.account] = resource.split(':');
  const arn = isAlias(resource) || resource === '*' ? KEY_ARN : resource;
  const get = onResource({ target: 'key', arn, region }, 'get');
  return [
    {
      policies,
      text: `A Deny in the key's policy, or a condition of its own statement that does not hold. The key's owner, account ${account}, can check with:`,
      commands: account === stream.account ? [diff, get] : [get],
    },
  ];
}

/** Of all of them the only one that is no policy of the present key. */
export function earlierKey(name: string): DenialCause {
  return {
    policies: [],
    text: `An earlier key: a record stays under the key that it was put with until it expires. If the stream was moved to another key, the earlier one must be shared too (policy apply --key-arn), or ${name} reads from after the move.`,
    commands: [],
  };
}

/** Names the kind of policy that denied a Decrypt, of Kinesis for the reader too. */
export function decryptEvents({ resource }: Call, { stream, reader }: ReadRequest): DenialCause {
  const [, , , region = stream.region, account = stream.account] = resource.split(':');
  const also = account === reader.account ? '' : `, and account ${reader.account} may have the event too,`;
  return {
    policies: [],
    text: `CloudTrail has each Decrypt some minutes later, with the reason in its errorMessage. The key's owner, account ${account}, can check${also} with:`,
    commands: [
      shellCommand([
        ...['aws', 'cloudtrail', 'lookup-events', ...option('--region', region)],
        ...['--lookup-attributes', 'AttributeKey=EventName,AttributeValue=Decrypt'],
        ...[
          '--query',
          'Events[?contains(CloudTrailEvent, `AccessDenied`)].CloudTrailEvent',
          '--output',
          'text',
        ],
      ]),
    ],
  };
}

export function ofIdentity({ action, resource }: Call, { reader, stream }: ReadRequest): DenialCause {
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
