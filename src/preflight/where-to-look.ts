import { option, shellCommand } from '../errors/shell-command.js';
import { applyCommand } from '../policy/commands.js';
import { onlyForStream } from '../policy/key-conditions.js';
import type { ReadRequest } from '../policy/read-request.js';
import type { Lack } from './lack.js';
import { isAlias } from './stream-key.js';

/** Policies of a kind that can deny an action, and how they are looked at. */
export interface Place {
  /** What AWS's texts call them. */
  readonly policies: readonly string[];
  /** What may deny, and who can look. */
  readonly text: string;
  /** Run by whoever looks. */
  readonly commands: readonly string[];
}

/** In a command where it is unknown. */
export const KEY_ARN = '<ARN of the key>';

type Denied = Pick<Lack, 'action' | 'resource'>;

/** Every kind of policy that can deny the action, the likeliest first. */
export function placesToLook(denied: Denied, request: ReadRequest): Place[] {
  const { reader, stream } = request;
  const [service = ''] = denied.action.split(':');
  const [, , , , resourceAccount = ''] = denied.resource.split(':');
  const ofStream = service === 'kinesis' || service === 'kms';
  const owner = resourceAccount || (ofStream ? stream : reader).account;
  return [
    ...ofResource(service, denied, request),
    ofIdentity(denied, request),
    ofOrganization('service control policy', reader.account, "the reader's organization"),
    ofOrganization('resource control policy', owner, `the organization of account ${owner}`),
    ...(reader.kind === 'role' ? [ofSession(reader.account)] : []),
    // Kinesis itself calls KMS, and by no endpoint of the reader's.
    ...(service === 'kms' ? [earlierKey(reader.name)] : ofEndpoint(service, stream.region)),
  ];
}

/** Names the kind of policy that denied a Decrypt, of Kinesis for the reader too. */
export function decryptEvents({ resource }: Denied, { stream, reader }: ReadRequest): Place {
  const [, , , region = stream.region, account = stream.account] = resource.split(':');
  const also = account === reader.account ? '' : `, and account ${reader.account} may have the event too,`;
  return {
    policies: [],
    text: `CloudTrail has each Decrypt some minutes later, with the reason in its errorMessage. The key's owner, account ${account}, looks${also} with:`,
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

/** Shows what `policy apply` would change, and each Deny that concerns the reader. */
function diffCommand(request: ReadRequest): string {
  return applyCommand(request).replace(' policy apply ', ' policy diff ');
}

function ofResource(service: string, { resource }: Denied, request: ReadRequest): Place[] {
  const { stream } = request;
  const policies = ['resource-based policy'];
  const diff = diffCommand(request);
  if (service === 'kinesis') {
    const what = resource === stream.arn ? 'stream' : 'consumer';
    const text = `A Deny in the ${what}'s policy, or a condition of its own statement that does not hold. The stream's owner, account ${stream.account}, looks with:`;
    const get = ['aws', 'kinesis', 'get-resource-policy', ...option('--region', stream.region)];
    return [
      { policies, text, commands: [diff, shellCommand([...get, ...option('--resource-arn', resource)])] },
    ];
  }
  if (service !== 'kms') {
    const text = `A Deny in the policy of ${resource}, if it has one: its owner looks.`;
    return resource === '*' ? [] : [{ policies, text, commands: [] }];
  }
  const [, , , region = stream.region, account = stream.account] = resource.split(':');
  const get = shellCommand([
    ...['aws', 'kms', 'get-key-policy', ...option('--region', region)],
    ...option('--key-id', isAlias(resource) || resource === '*' ? KEY_ARN : resource),
    ...['--policy-name', 'default', '--query', 'Policy', '--output', 'text'],
  ]);
  return [
    {
      policies,
      text: `A Deny in the key's policy, or a condition of its own statement that does not hold. The key's owner, account ${account}, looks with:`,
      commands: account === stream.account ? [diff, get] : [get],
    },
  ];
}

/** Of all of them the only one that is no policy of the present key. */
function earlierKey(name: string): Place {
  return {
    policies: [],
    text: `An earlier key: a record stays under the key that it was put with until it expires. If the stream was moved to another key, the earlier one must be shared too (policy apply --key-arn), or ${name} reads from after the move.`,
    commands: [],
  };
}

function ofIdentity({ action, resource }: Denied, { reader, stream }: ReadRequest): Place {
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
    text: `A Deny in the reader's IAM policies, or a permissions boundary that does not allow ${action}; or the ${kind} has a path that its ARN in the statements lacks. Account ${reader.account} looks with:`,
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

function ofOrganization(policy: string, account: string, whose: string): Place {
  const filter = policy.replaceAll(' ', '_').toUpperCase();
  return {
    policies: [policy],
    text: `A ${policy} of ${whose}, if it is in one. Its management account looks at those of the account, of each unit above it and of the root, with:`,
    commands: [
      shellCommand([
        ...['aws', 'organizations', 'list-policies-for-target', ...option('--target-id', account)],
        ...option('--filter', filter),
      ]),
      shellCommand(['aws', 'organizations', 'describe-policy', '--policy-id', '<id of the policy>']),
    ],
  };
}

function ofSession(account: string): Place {
  return {
    policies: ['session policy'],
    text: `A session policy: what assumes the role may narrow the session with Policy or PolicyArns of AssumeRole. Account ${account} sees them in CloudTrail with:`,
    commands: [
      'aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRole',
    ],
  };
}

/** The last part of an endpoint service's name. */
const ENDPOINTS: Readonly<Record<string, string>> = {
  kinesis: 'kinesis-streams',
  dynamodb: 'dynamodb',
  cloudwatch: 'monitoring',
  sqs: 'sqs',
};

function ofEndpoint(service: string, region: string): Place[] {
  const name = ENDPOINTS[service];
  if (name === undefined) return [];
  const filter = `Name=service-name,Values=*.${name}*`;
  return [
    {
      policies: ['VPC endpoint policy'],
      text: 'The policy of a VPC endpoint, if this machine calls by one. The owner of the VPC looks with:',
      commands: [
        shellCommand([
          ...[
            'aws',
            'ec2',
            'describe-vpc-endpoints',
            ...option('--region', region),
            ...option('--filters', filter),
          ],
          ...['--query', 'VpcEndpoints[].PolicyDocument'],
        ]),
      ],
    },
  ];
}
