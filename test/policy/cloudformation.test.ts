import { cloudFormationTemplate } from '../../src/policy/cloudformation.js';
import { grantRead } from '../../src/policy/grants.js';
import { CONSUMER, KCL, KEY, LAMBDA, READER, STREAM } from './helpers/requests.js';

test('has the resources of both accounts, each with the condition of its account', () => {
  const request = { ...KCL, consumer: CONSUMER, key: KEY };
  const grants = grantRead(request);

  expect(cloudFormationTemplate(request, grants)).toMatchObject({
    AWSTemplateFormatVersion: '2010-09-09',
    Metadata: { KeyPolicyStatement: grants.keyPolicyStatement },
    Conditions: {
      InOwnerAccount: { 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, '111111111111'] },
      InReaderAccount: { 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, '222222222222'] },
    },
    Resources: {
      StreamPolicy: {
        Type: 'AWS::Kinesis::ResourcePolicy',
        Condition: 'InOwnerAccount',
        Properties: { ResourceArn: STREAM.arn, ResourcePolicy: grants.streamPolicy },
      },
      ConsumerPolicy: {
        Type: 'AWS::Kinesis::ResourcePolicy',
        DependsOn: 'StreamPolicy',
        Condition: 'InOwnerAccount',
        Properties: { ResourceArn: CONSUMER.arn, ResourcePolicy: grants.consumerPolicy },
      },
      ReaderPolicy: {
        Type: 'AWS::IAM::ManagedPolicy',
        Condition: 'InReaderAccount',
        Properties: { PolicyDocument: grants.readerPolicy, Roles: ['orders-reader'] },
      },
    },
  });
});

test('a part by itself waits for none that is not there', () => {
  const request = { ...KCL, consumer: CONSUMER };
  const { streamPolicy: _, readerPolicy: __, ...consumerOnly } = grantRead(request);

  const { Resources } = cloudFormationTemplate(request, consumerOnly) as { Resources: object };

  expect(Object.keys(Resources)).toEqual(['ConsumerPolicy']);
  expect(JSON.stringify(Resources)).not.toContain('DependsOn');
});

test('has nothing of what is not asked for, and attaches to a user where the reader is one', () => {
  const request = { ...LAMBDA, reader: { ...READER, kind: 'user' as const } };
  const template = cloudFormationTemplate(request, grantRead(request)) as {
    Metadata?: object;
    Resources: Record<string, { Properties: object }>;
  };

  expect(Object.keys(template.Resources)).toEqual(['StreamPolicy', 'ReaderPolicy']);
  expect(template.Resources.ReaderPolicy?.Properties).toMatchObject({ Users: ['orders-reader'] });
  expect(template.Resources.ReaderPolicy?.Properties).not.toHaveProperty('Roles');
  expect(template).not.toHaveProperty('Metadata');
});
