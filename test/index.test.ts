import * as library from '../src/index.js';
import { grantRead, mergeStatement, parseReaderArn, parseStreamArn, removeStatement } from '../src/index.js';

test('what the package exports stays', () => {
  expect(Object.keys(library).sort()).toEqual([
    'AccessError',
    'CHECK_IDS',
    'CautionError',
    'ConfigurationError',
    'CrossAccountKclError',
    'DaemonError',
    'EnvironmentError',
    'ExitCode',
    'FailureMessageError',
    'HandlerError',
    'PolicyError',
    'ProtocolError',
    'QueueUrlError',
    'SIZE_LIMITS',
    'awsCommands',
    'cautionsOf',
    'cdkFunctions',
    'changesOfMerge',
    'changesOfRemoval',
    'checkSize',
    'checkUnchanged',
    'cloudFormationTemplate',
    'grantByOwner',
    'grantRead',
    'mergeStatement',
    'parseConsumerArn',
    'parseFailureMessage',
    'parseKeyArn',
    'parsePolicy',
    'parseQueueArn',
    'parseQueueUrl',
    'parseReaderArn',
    'parseStreamArn',
    'planShare',
    'policySize',
    'policyText',
    'preflight',
    'removeStatement',
    'restoreCommand',
    'savePolicy',
    'stepsToOwnKey',
    'terraformConfiguration',
    'waitUntilActive',
    'writeChange',
  ]);
});

test('the policies can be made and merged with it', () => {
  const { streamPolicy } = grantRead({
    for: 'lambda',
    stream: parseStreamArn('arn:aws:kinesis:eu-west-1:111111111111:stream/orders'),
    reader: parseReaderArn('arn:aws:iam::222222222222:role/reader'),
  });
  const [statement] = streamPolicy.Statement;

  expect(mergeStatement(undefined, statement)).toEqual(streamPolicy);
  expect(removeStatement(streamPolicy, statement)).toBeUndefined();
});
