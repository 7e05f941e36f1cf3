import { ArnError } from '../../src/aws/arn.js';
import { parseReaderArn } from '../../src/aws/reader-arn.js';

test.each([
  ['arn:aws:iam::222222222222:role/reader', 'aws', 'role', '/', 'reader'],
  ['arn:aws:iam::222222222222:role/teams/data+ml/reader', 'aws', 'role', '/teams/data+ml/', 'reader'],
  ['arn:aws-cn:iam::222222222222:user/reader', 'aws-cn', 'user', '/', 'reader'],
  ['arn:aws-us-gov:iam::222222222222:user/a/r@b,c=d', 'aws-us-gov', 'user', '/a/', 'r@b,c=d'],
  ['arn:aws:iam::222222222222:role/a:b/reader', 'aws', 'role', '/a:b/', 'reader'],
])('%s is taken apart', (arn, partition, kind, path, name) => {
  expect(parseReaderArn(arn)).toEqual({ arn, partition, account: '222222222222', kind, path, name });
});

test.each([
  ['', "it does not have an ARN's six parts"],
  ['reader', "it does not have an ARN's six parts"],
  ['222222222222', 'it is a whole account, and a role or user is needed here'],
  ['arn:aws:iam::222222222222:root', 'it is a whole account, and a role or user is needed here'],
  ['*', "it does not have an ARN's six parts"],
  ['arn:aws:iam::222222222222:role/*', "the resource is 'role/*'"],
  ['arn:aws:iam::222222222222:role/team?/reader', "the resource is 'role/team?/reader'"],
  ['arn:aws:iam::222222222222:role/', "the resource is 'role/'"],
  ['arn:aws:iam::222222222222:group/readers', "the resource is 'group/readers'"],
  ['arn:aws:iam::222222222222:role/läser', "the resource is 'role/läser'"],
  ['arn:aws:iam::22222222222:role/reader', "the account is '22222222222', not 12 digits"],
  ['arn:aws:iam:eu-west-1:222222222222:role/reader', "it has a region, 'eu-west-1'"],
  ['arn:gcp:iam::222222222222:role/reader', "the partition is 'gcp'"],
  ['arn:aws:s3::222222222222:role/reader', "the service is 's3', not 'iam'"],
  [
    'arn:aws:sts::222222222222:assumed-role/reader/session',
    'it is a session, which ends, and its role is needed here (its path included)',
  ],
])('%s is refused: %s', (text, reason) => {
  expect(() => parseReaderArn(text)).toThrow(ArnError);
  expect(() => parseReaderArn(text)).toThrow(`'${text}' can't be used: ${reason}; expected arn:aws:iam::`);
});

test('a path of many parts is refused at once', () => {
  expect(() => parseReaderArn(`arn:aws:iam::222222222222:role/${'a/'.repeat(250)}*`)).toThrow(ArnError);
});
