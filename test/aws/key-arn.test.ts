import { ArnError } from '../../src/aws/arn.js';
import { parseKeyArn } from '../../src/aws/key-arn.js';

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab';

test.each([
  [`arn:aws:kms:eu-west-1:111111111111:key/${ID}`, 'aws', 'eu-west-1', ID],
  [`arn:aws-cn:kms:cn-north-1:111111111111:key/${ID}`, 'aws-cn', 'cn-north-1', ID],
  [`arn:aws:kms:eu-west-1:111111111111:key/mrk-${ID.replaceAll('-', '')}`, 'aws', 'eu-west-1', undefined],
])('%s is taken apart', (arn, partition, region, keyId = arn.split('/')[1]) => {
  expect(parseKeyArn(arn)).toEqual({ arn, partition, region, account: '111111111111', keyId });
});

test.each([
  [ID, "it does not have an ARN's six parts"],
  ['alias/orders', "it does not have an ARN's six parts"],
  [
    'arn:aws:kms:eu-west-1:111111111111:alias/orders',
    'it is an alias, and policies know keys by their ARNs alone',
  ],
  ['arn:aws:kms:eu-west-1:111111111111:key/*', "the key id is '*'"],
  [`arn:aws:kms:eu-west-1:111111111111:key/${ID}/x`, `the resource is 'key/${ID}/x'`],
  [`arn:aws:kms::111111111111:key/${ID}`, "the region is ''"],
  [`arn:aws:kms:eu-west-1:1:key/${ID}`, "the account is '1', not 12 digits"],
  [`arn:aws:s3:eu-west-1:111111111111:key/${ID}`, "the service is 's3', not 'kms'"],
  [`arn:gcp:kms:eu-west-1:111111111111:key/${ID}`, "the partition is 'gcp'"],
])('%s is refused: %s', (text, reason) => {
  expect(() => parseKeyArn(text)).toThrow(ArnError);
  expect(() => parseKeyArn(text)).toThrow(`'${text}' can't be used: ${reason}; expected arn:aws:kms:`);
});
