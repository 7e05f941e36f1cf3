/** The providers that KCL (multilang 3.1.3) can make by their names: they have `create()`, or are its own. */
export const PROVIDERS: readonly string[] = [
  'DefaultCredentialsProvider',
  'EnvironmentVariableCredentialsProvider',
  'SystemPropertyCredentialsProvider',
  'ProfileCredentialsProvider',
  'WebIdentityTokenFileCredentialsProvider',
  'ContainerCredentialsProvider',
  'InstanceProfileCredentialsProvider',
  'AnonymousCredentialsProvider',
  'StsAssumeRoleCredentialsProvider',
  'KclStsAssumeRoleCredentialsProvider',
];

/** Providers of the AWS SDK for Java 2 that it can't make, since they take more than texts. */
export const NOT_BY_NAME: Readonly<Record<string, string>> = {
  StaticCredentialsProvider:
    'takes no keys from here; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and write DefaultCredentialsProvider',
  ProcessCredentialsProvider:
    'takes no command from here; write credential_process into a profile, and DefaultCredentialsProvider with AWS_PROFILE',
  AwsCredentialsProviderChain: 'is what a list is made into; write the providers with commas between them',
};

/** What a provider of the AWS SDK for Java 1 is today: providers that are tried in order, or what to do instead. */
interface Equivalent {
  readonly today?: readonly string[];
  readonly instead?: string;
}

const PROFILE = 'put the keys into a profile, and write ProfileCredentialsProvider|<profile>';

const OF_SDK_1: Readonly<Record<string, Equivalent>> = {
  DefaultAWSCredentialsProviderChain: { today: ['DefaultCredentialsProvider'] },
  EnvironmentVariableCredentialsProvider: { today: ['EnvironmentVariableCredentialsProvider'] },
  SystemPropertiesCredentialsProvider: { today: ['SystemPropertyCredentialsProvider'] },
  ProfileCredentialsProvider: { today: ['ProfileCredentialsProvider'] },
  WebIdentityTokenCredentialsProvider: { today: ['WebIdentityTokenFileCredentialsProvider'] },
  ContainerCredentialsProvider: { today: ['ContainerCredentialsProvider'] },
  InstanceProfileCredentialsProvider: { today: ['InstanceProfileCredentialsProvider'] },
  EC2ContainerCredentialsProviderWrapper: {
    today: ['ContainerCredentialsProvider', 'InstanceProfileCredentialsProvider'],
  },
  STSAssumeRoleSessionCredentialsProvider: { today: ['StsAssumeRoleCredentialsProvider'] },
  // Of KCL 1 and 2.
  KclSTSAssumeRoleSessionCredentialsProvider: { today: ['StsAssumeRoleCredentialsProvider'] },
  STSAssumeRoleWithWebIdentitySessionCredentialsProvider: {
    instead:
      'set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, and write WebIdentityTokenFileCredentialsProvider',
  },
  STSSessionCredentialsProvider: {
    instead: 'write DefaultCredentialsProvider, with the session in the environment',
  },
  ClasspathPropertiesFileCredentialsProvider: { instead: PROFILE },
  PropertiesFileCredentialsProvider: { instead: PROFILE },
  ProcessCredentialsProvider: {
    instead: 'write credential_process into a profile, and DefaultCredentialsProvider with AWS_PROFILE',
  },
  AWSStaticCredentialsProvider: {
    instead:
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and write EnvironmentVariableCredentialsProvider',
  },
  AWSCredentialsProviderChain: { instead: 'write the providers with commas between them' },
};

export const NAMES_OF_SDK_1: readonly string[] = Object.keys(OF_SDK_1);

/** @param name without its package, in any case */
export function equivalentOf(name: string): Equivalent | undefined {
  const known = NAMES_OF_SDK_1.find((old) => old.toLowerCase() === name.toLowerCase());
  return known === undefined ? undefined : OF_SDK_1[known];
}
