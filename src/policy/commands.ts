import type { KeyArn } from '../aws/key-arn.js';
import { option, shellCommand } from '../errors/shell-command.js';
import type { ReadGrants } from './grants.js';
import type { ReadRequest, ShareRequest } from './read-request.js';
import { sidOf } from './sids.js';
import { type PolicyTarget, policyText } from './size.js';
import type { PolicyDocument, Statement } from './types.js';

/** The command of this tool that lets the reader read. It keeps everybody else's statements. */
export function applyCommand({
  for: by,
  stream,
  reader,
  consumer,
  key,
  conditions = [],
}: Omit<ShareRequest, 'key'> & { readonly key?: Pick<KeyArn, 'arn'> | undefined }): string {
  return shellCommand([
    ...['cross-account-kcl', 'policy', 'apply', '--for', by],
    ...option('--stream-arn', stream.arn),
    ...option('--reader', reader.arn),
    ...option('--consumer-arn', consumer?.arn),
    ...option('--key-arn', key?.arn),
    ...conditions.flatMap(({ name, value }) => option('--condition', `${name}=${value}`)),
  ]);
}

/** The aws commands that put the policies in force, as a shell script with remarks. */
export function awsCommands(request: ReadRequest, grants: Partial<ReadGrants>): string {
  const { stream, consumer, key } = request;
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grants;
  // No backticks: an interactive zsh takes a remark for a command.
  const replaces =
    '# It replaces the policy in force: cross-account-kcl policy apply keeps the others in it.';
  return [
    ...(streamPolicy
      ? [
          `# In account ${stream.account}, which owns the stream.`,
          replaces,
          putPolicy('stream', stream, policyText(streamPolicy)),
          '',
        ]
      : []),
    ...(consumer && consumerPolicy
      ? [
          `# In account ${stream.account}, for the consumer.`,
          replaces,
          putPolicy('consumer', { arn: consumer.arn, region: stream.region }, policyText(consumerPolicy)),
          '',
        ]
      : []),
    ...(key && keyPolicyStatement ? addToKey(key, keyPolicyStatement) : []),
    ...(readerPolicy ? attach(request, readerPolicy) : []),
  ].join('\n');
}

/** @param policy its text, or file://… */
export function putPolicy(
  target: PolicyTarget,
  { arn, region }: { arn: string; region: string },
  policy: string,
): string {
  return shellCommand(
    target === 'key'
      ? [
          ...['aws', 'kms', 'put-key-policy', ...option('--region', region), ...option('--key-id', arn)],
          ...['--policy-name', 'default', ...option('--policy', policy)],
        ]
      : [
          ...['aws', 'kinesis', 'put-resource-policy', ...option('--region', region)],
          ...[...option('--resource-arn', arn), ...option('--policy', policy)],
        ],
  );
}

function addToKey(key: KeyArn, statement: Statement): string[] {
  const filter = `.Statement |= ((if type == "array" then . else [.] end) + [${JSON.stringify(statement)}])`;
  const get = shellCommand([
    ...['aws', 'kms', 'get-key-policy', ...option('--region', key.region), ...option('--key-id', key.arn)],
    ...['--policy-name', 'default', '--query', 'Policy', '--output', 'text'],
  ]);
  return [
    `# In account ${key.account}, which owns the key: its policy, with one statement more (with jq).`,
    `${get} > key-policy.json`,
    `${shellCommand(['jq', filter, 'key-policy.json'])} > new-key-policy.json`,
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
  const { kind } = reader;
  return [
    `# In account ${reader.account}, the reader's.`,
    shellCommand([
      ...['aws', 'iam', 'create-policy', ...option('--policy-name', name)],
      ...option('--policy-document', policyText(policy)),
    ]),
    shellCommand([
      ...['aws', 'iam', `attach-${kind}-policy`, ...option(`--${kind}-name`, reader.name)],
      ...option('--policy-arn', arn),
    ]),
    '',
  ];
}
