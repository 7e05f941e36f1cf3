import { option, shellCommand } from '../errors/shell-command.js';
import type { DenialCause } from './denial-causes-policies.js';

/** Policies that allow nothing, and limit what others allow. */
export function ofOrganization(policy: string, account: string, whose: string): DenialCause {
  const filter = policy.replaceAll(' ', '_').toUpperCase();
  return {
    policies: [policy],
    text: `A ${policy} of ${whose}, if it is in one. Its management account can check those of the account, of each unit above it and of the root, with:`,
    commands: [
      shellCommand([
        ...['aws', 'organizations', 'list-policies-for-target', ...option('--target-id', account)],
        ...option('--filter', filter),
      ]),
      shellCommand(['aws', 'organizations', 'describe-policy', '--policy-id', '<id of the policy>']),
    ],
  };
}

export function ofSession(account: string, region: string): DenialCause {
  return {
    policies: ['session policy'],
    text: `A session policy: what assumes the role may narrow the session with Policy or PolicyArns of AssumeRole. Account ${account} sees them in CloudTrail with:`,
    commands: [
      shellCommand([
        ...['aws', 'cloudtrail', 'lookup-events', ...option('--region', region)],
        ...['--lookup-attributes', 'AttributeKey=EventName,AttributeValue=AssumeRole'],
      ]),
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

export function ofEndpoint(service: string, region: string): DenialCause[] {
  const name = ENDPOINTS[service];
  if (name === undefined) return [];
  const filter = `Name=service-name,Values=*.${name}*`;
  return [
    {
      policies: ['VPC endpoint policy'],
      text: 'The policy of a VPC endpoint, if this machine uses one. The owner of the VPC can check with:',
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
