import type { ReadGrants } from './grants.js';
import type { ReadRequest } from './read-request.js';

/**
 * One template for both accounts: in each it creates only that account's resources.
 *
 * The statement for the key stands in the metadata, since CloudFormation changes a key's policy only with the key.
 */
export function cloudFormationTemplate(request: ReadRequest, grants: Partial<ReadGrants>): object {
  const { stream, reader, consumer } = request;
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grants;
  const attached = reader.kind === 'role' ? { Roles: [reader.name] } : { Users: [reader.name] };
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `Lets ${reader.arn} read ${stream.arn}. Replaces the policies of stream and consumer that are in force.`,
    ...(keyPolicyStatement && { Metadata: { KeyPolicyStatement: keyPolicyStatement } }),
    Conditions: { InOwnerAccount: inAccount(stream.account), InReaderAccount: inAccount(reader.account) },
    Resources: {
      ...(streamPolicy && { StreamPolicy: resourcePolicy(stream.arn, streamPolicy) }),
      ...(consumer &&
        consumerPolicy && {
          ConsumerPolicy: {
            ...resourcePolicy(consumer.arn, consumerPolicy),
            // One after the other, so that neither is refused for the other's sake.
            ...(streamPolicy && { DependsOn: 'StreamPolicy' }),
          },
        }),
      ...(readerPolicy && {
        ReaderPolicy: {
          Type: 'AWS::IAM::ManagedPolicy',
          Condition: 'InReaderAccount',
          Properties: {
            Description: `Reads ${stream.arn}`.slice(0, 1000),
            PolicyDocument: readerPolicy,
            ...attached,
          },
        },
      }),
    },
  };
}

function inAccount(account: string): object {
  return { 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, account] };
}

function resourcePolicy(arn: string, policy: object): object {
  return {
    Type: 'AWS::Kinesis::ResourcePolicy',
    Condition: 'InOwnerAccount',
    Properties: { ResourceArn: arn, ResourcePolicy: policy },
  };
}
