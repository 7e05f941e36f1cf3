import { servedByNode } from '../../src/config/credentials-providers.js';
import { ConfigurationError } from '../../src/errors/errors.js';
import { type Inputs, loadWithArn } from './load-helpers.js';

const SDK_2 = 'software.amazon.awssdk.auth.credentials.';
const STS = 'arn:aws:iam::111122223333:role/reader|session';

const inFile = (text: string, key = 'AWSCredentialsProvider') =>
  loadWithArn({ properties: `# first\n${key} = ${text}` });

function problemsOf(inputs: Inputs): string[] {
  try {
    loadWithArn(inputs);
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.problems.map(({ key, message }) => `${key}: ${message}`);
    throw error;
  }
  return [];
}

test.each([
  ['DefaultAWSCredentialsProviderChain', 'DefaultCredentialsProvider'],
  ['com.amazonaws.auth.DefaultAWSCredentialsProviderChain', 'DefaultCredentialsProvider'],
  ['defaultawscredentialsproviderchain', 'DefaultCredentialsProvider'],
  ['com.amazonaws.auth.EnvironmentVariableCredentialsProvider', 'EnvironmentVariableCredentialsProvider'],
  ['SystemPropertiesCredentialsProvider', 'SystemPropertyCredentialsProvider'],
  ['com.amazonaws.auth.profile.ProfileCredentialsProvider|reader', 'ProfileCredentialsProvider|reader'],
  ['com.amazonaws.auth.InstanceProfileCredentialsProvider', 'InstanceProfileCredentialsProvider'],
  [
    'EC2ContainerCredentialsProviderWrapper',
    'ContainerCredentialsProvider,InstanceProfileCredentialsProvider',
  ],
  ['WebIdentityTokenCredentialsProvider', 'WebIdentityTokenFileCredentialsProvider'],
  [`STSAssumeRoleSessionCredentialsProvider|${STS}`, `StsAssumeRoleCredentialsProvider|${STS}`],
  [
    `com.amazonaws.auth.STSAssumeRoleSessionCredentialsProvider|${STS}|externalId=x`,
    `StsAssumeRoleCredentialsProvider|${STS}|externalId=x`,
  ],
  [
    'EnvironmentVariableCredentialsProvider, DefaultAWSCredentialsProviderChain',
    'EnvironmentVariableCredentialsProvider,DefaultCredentialsProvider',
  ],
])('%s is taken for what it is today, with a notice', (given, today) => {
  const { kclProperties, notices } = inFile(given);

  expect(kclProperties.awsCredentialsProvider).toBe(today);
  expect(notices).toEqual([
    expect.stringMatching(
      /^AWSCredentialsProvider \(.*\.properties, line 2\): '.*' is a name of the AWS SDK for Java 1; it is taken for /,
    ),
  ]);
});

test.each(['AWSCredentialsProviderDynamoDB', 'AwsCredentialsProviderCloudWatch'])('%s, too', (key) => {
  const { kclProperties, notices } = inFile('DefaultAWSCredentialsProviderChain', key);

  expect(kclProperties[key.replace(/^AWS/i, 'aws')]).toBe('DefaultCredentialsProvider');
  expect(notices).toHaveLength(1);
});

test('from the environment, a flag and --set, too; the notice names where it is given', () => {
  const old = 'DefaultAWSCredentialsProviderChain';
  expect(loadWithArn({ env: { AWS_CREDENTIALS_PROVIDER: old } }).notices[0]).toContain(
    'awsCredentialsProvider (environment AWS_CREDENTIALS_PROVIDER): ',
  );
  expect(
    loadWithArn({ env: { KCL_AWS_CREDENTIALS_PROVIDER_DYNAMO_DB: old } }).kclProperties
      .awsCredentialsProviderDynamoDB,
  ).toBe('DefaultCredentialsProvider');
  expect(loadWithArn({ flags: { awsCredentialsProvider: old } }).notices[0]).toMatch(
    /^--aws-credentials-provider: /,
  );
  expect(
    loadWithArn({ set: [`kinesisCredentialsProvider.class=${old}`] }).kclProperties[
      'kinesisCredentialsProvider.class'
    ],
  ).toBe('DefaultCredentialsProvider');
});

test('another case is taken for the provider, with a notice', () => {
  const { kclProperties, notices } = inFile('profilecredentialsprovider|reader');

  expect(kclProperties.awsCredentialsProvider).toBe('ProfileCredentialsProvider|reader');
  expect(notices).toEqual([
    expect.stringContaining("'profilecredentialsprovider' is taken for ProfileCredentialsProvider"),
  ]);
});

test.each([
  'DefaultCredentialsProvider',
  `${SDK_2}DefaultCredentialsProvider`,
  'ProfileCredentialsProvider|reader',
  'EnvironmentVariableCredentialsProvider,InstanceProfileCredentialsProvider',
  `StsAssumeRoleCredentialsProvider|${STS}|endpointRegion=eu-west-1`,
  `software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider|${STS}`,
  `software.amazon.kinesis.multilang.auth.KclStsAssumeRoleCredentialsProvider|${STS}`,
  'software.amazon.awssdk.services.sts.auth.StsWebIdentityTokenFileCredentialsProvider',
  'org.mycompany.FooProvider|x',
])('%s, which KCL understands, stays as it is', (given) => {
  const { kclProperties, notices } = inFile(given);

  expect(kclProperties.awsCredentialsProvider).toBe(given);
  expect(notices).toEqual([]);
});

test.each([
  ['ClasspathPropertiesFileCredentialsProvider|aws.properties', 'ProfileCredentialsProvider|<profile>'],
  ['com.amazonaws.auth.PropertiesFileCredentialsProvider', 'ProfileCredentialsProvider|<profile>'],
  ['AWSStaticCredentialsProvider|AKIAKEY|hush', 'AWS_ACCESS_KEY_ID'],
  ['StaticCredentialsProvider|AKIAKEY|hush', 'AWS_ACCESS_KEY_ID'],
  ['ProcessCredentialsProvider|./keys', 'credential_process'],
  ['com.amazonaws.auth.NoSuchProvider', 'expected one of DefaultCredentialsProvider, '],
  ['DefaultCredentialProvider', 'did you mean DefaultCredentialsProvider?'],
  ['DefaultAWSCredentialProviderChain', 'did you mean DefaultCredentialsProvider?'],
  [`${SDK_2}ProfileCredentialProvider`, 'did you mean ProfileCredentialsProvider?'],
  ['com.amazonaws.auth.DefaultAWSCredentialsProvider', 'did you mean DefaultCredentialsProvider?'],
  ['StsAssumeRoleCredentialsProvider|arn:aws:iam::111122223333:role/r', 'a name for the session'],
  ['STSAssumeRoleSessionCredentialsProvider', 'a name for the session'],
])('%s is refused with key, file, line and what to write', (given, cure) => {
  const [problem = '', ...others] = problemsOf({ properties: `# first\nawsCredentialsProvider = ${given}` });

  expect(problem).toMatch(/^awsCredentialsProvider \(.*\.properties, line 2\): '/);
  expect(problem).toContain(cure);
  expect(problem).not.toContain('hush');
  expect(others).toEqual([]);
});

test('beside one that KCL knows it passes over the others, as it does by itself, with a notice', () => {
  const { notices, config, kclProperties } = inFile(
    'ClasspathPropertiesFileCredentialsProvider,DefaultAWSCredentialsProviderChain',
  );

  expect(kclProperties.awsCredentialsProvider).toBe('DefaultCredentialsProvider');
  expect(config.javaCredentials).toBe(false);
  expect(notices).toEqual([
    expect.stringMatching(/ has nothing like it; .*; KCL passes over it$/),
    expect.stringContaining('it is taken for DefaultCredentialsProvider'),
  ]);
});

test('arguments that KCL ignores are named', () => {
  expect(inFile('ProfileCredentialsProvider|/home/ann/.aws/credentials|reader').notices).toEqual([
    expect.stringContaining('KCL ignores the arguments of ProfileCredentialsProvider unless there is one'),
  ]);
});

test.each([
  ['DefaultCredentialsProvider|x', 'DefaultCredentialsProvider', false],
  [`${SDK_2}DefaultCredentialsProvider|x`, `${SDK_2}DefaultCredentialsProvider`, false],
  ['DefaultAWSCredentialsProviderChain|x|y', 'DefaultCredentialsProvider', false],
  ['ProfileCredentialsProvider|a|b', 'ProfileCredentialsProvider', true],
])('%s is read without its arguments', (written, text, ofJava) => {
  const { config, kclProperties } = inFile(written);

  expect(kclProperties.awsCredentialsProvider).toBe(text);
  expect(config.javaCredentials).toBe(ofJava);
});

test('a bean is of one class: a name that stands for two providers is refused with its key', () => {
  const properties = 'dynamoDBCredentialsProvider.class = EC2ContainerCredentialsProviderWrapper';

  expect(problemsOf({ properties })).toEqual([
    expect.stringMatching(
      /^dynamoDBCredentialsProvider\.class .*line 1.*: .*ContainerCredentialsProvider,InstanceProfileCredentialsProvider/,
    ),
  ]);
});

test('the default chain is served to a bean, too', () => {
  const given = {
    'kinesisCredentialsProvider.class': 'DefaultCredentialsProvider',
    'cloudWatchCredentialsProvider.class': `${SDK_2}DefaultCredentialsProvider`,
    'dynamoDBCredentialsProvider.class': 'ProfileCredentialsProvider',
  };

  expect(servedByNode(given)).toEqual({
    'kinesisCredentialsProvider.class': 'crossaccountkcl.aws.ServedCredentials',
    'cloudWatchCredentialsProvider.class': 'crossaccountkcl.aws.ServedCredentials',
    'dynamoDBCredentialsProvider.class': 'ProfileCredentialsProvider',
  });
});

test('only what is not the default chain is for Java alone', () => {
  const javaOnly = (text: string, key?: string) => inFile(text, key).config.javaCredentials;

  expect(javaOnly('DefaultAWSCredentialsProviderChain')).toBe(false);
  expect(javaOnly(`${SDK_2}DefaultCredentialsProvider`, 'awsCredentialsProviderDynamoDB')).toBe(false);
  expect(javaOnly('ProfileCredentialsProvider|x', 'awsCredentialsProviderDynamoDB')).toBe(true);
  expect(javaOnly('DefaultCredentialsProvider,ProfileCredentialsProvider|x')).toBe(true);
});

test("what the JVM's options say of credentials is not used any more, and a notice says so", () => {
  const env = { JAVA_TOOL_OPTIONS: '-Xmx1g -Daws.accessKeyId=AKIAOPTION -Daws.secretAccessKey=hush' };

  expect(loadWithArn({ env }).notices).toEqual([
    expect.stringContaining('-Daws.accessKeyId in JAVA_TOOL_OPTIONS gives no credentials'),
  ]);
  expect(
    loadWithArn({ env: { ...env, AWS_CREDENTIALS_PROVIDER: 'SystemPropertyCredentialsProvider' } }).notices,
  ).toEqual([]);
});
