import type { KeyArn } from '../aws/key-arn.js';
import type { ReadGrants } from './grants.js';
import type { ReadRequest } from './read-request.js';
import { sidOf } from './sids.js';
import type { PolicyTarget } from './size.js';
import type { PolicyDocument, Statement } from './types.js';

/** The aws commands that put the policies in force, as a shell script with remarks. */
export function awsCommands(request: ReadRequest, grants: Partial<ReadGrants>): string {
  const { stream, consumer, key } = request;
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grants;
  const replaces =
    '# It replaces the policy in force: `cross-account-kcl policy apply` keeps the others in it.';
  return [
    ...(streamPolicy
      ? [`# In account ${stream.account}, which owns the stream.`, replaces]
          .concat(putPolicy('stream', stream, shellQuoted(JSON.stringify(streamPolicy))))
          .concat('')
      : []),
    ...(consumer && consumerPolicy
      ? [`# In account ${stream.account}, for the consumer.`, replaces]
          .concat(
            putPolicy(
              'consumer',
              { arn: consumer.arn, region: stream.region },
              shellQuoted(JSON.stringify(consumerPolicy)),
            ),
          )
          .concat('')
      : []),
    ...(key && keyPolicyStatement ? addToKey(key, keyPolicyStatement) : []),
    ...(readerPolicy ? attach(request, readerPolicy) : []),
  ].join('\n');
}

/** @param policy as the shell takes it: a quoted text, or file://… */
export function putPolicy(
  target: PolicyTarget,
  { arn, region }: { arn: string; region: string },
  policy: string,
): string {
  return target === 'key'
    ? `aws kms put-key-policy --region ${region} --key-id ${arn} --policy-name default --policy ${policy}`
    : `aws kinesis put-resource-policy --region ${region} --resource-arn ${arn} --policy ${policy}`;
}

export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function addToKey(key: KeyArn, statement: Statement): string[] {
  const filter = `.Statement |= ((if type == "array" then . else [.] end) + [${JSON.stringify(statement)}])`;
  return [
    `# In account ${key.account}, which owns the key: its policy, with one statement more (with jq).`,
    `aws kms get-key-policy --region ${key.region} --key-id ${key.arn} --policy-name default --query Policy --output text > key-policy.json`,
    `jq ${shellQuoted(filter)} key-policy.json > new-key-policy.json`,
    putPolicy('key', key, 'file://new-key-policy.json'),
    '',
  ];
}

/** As a managed policy: the inline policies of a user may have 2,048 characters together, which is too few. */
function attach(request: ReadRequest, policy: PolicyDocument): string[] {
  const { stream, reader } = request;
  const scope = request.for === 'kcl' ? `${stream.arn} ${request.application}` : stream.arn;
  // Other readers of the account, streams and applications have policies of their own.
  const name = `cross-account-kcl-${sidOf('ReadStream', reader, scope)}`;
  const arn = `arn:${reader.partition}:iam::${reader.account}:policy/${name}`;
  const to = `attach-${reader.kind}-policy --${reader.kind}-name ${shellQuoted(reader.name)}`;
  return [
    `# In account ${reader.account}, the reader's.`,
    `aws iam create-policy --policy-name ${name} --policy-document ${shellQuoted(JSON.stringify(policy))}`,
    `aws iam ${to} --policy-arn ${arn}`,
    '',
  ];
}
