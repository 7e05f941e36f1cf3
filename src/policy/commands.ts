import { option, shellCommand } from '../errors/shell-command.js';
import type { ReadGrants } from './grants.js';
import { addCommands, mergeProgram, placeOfConsumer, placeOfKey, placeOfStream } from './merge-commands.js';
import type { ReadRequest } from './read-request.js';
import { sidOf } from './sids.js';
import { policyText } from './size.js';
import type { PolicyDocument } from './types.js';

/** The aws commands that put the policies in force, as a shell script with remarks. It needs jq. */
export function awsCommands(request: ReadRequest, grants: Partial<ReadGrants>): string {
  const { stream, consumer, key } = request;
  const { streamPolicy, consumerPolicy, keyPolicyStatement, readerPolicy } = grants;
  const parts = [
    streamPolicy && {
      account: stream.account,
      place: placeOfStream(stream),
      statement: streamPolicy.Statement[0],
    },
    consumer &&
      consumerPolicy && {
        account: stream.account,
        place: placeOfConsumer(consumer, stream),
        statement: consumerPolicy.Statement[0],
      },
    key &&
      keyPolicyStatement && {
        account: key.account,
        place: placeOfKey(key, stream),
        statement: keyPolicyStatement,
      },
  ].filter((part) => part !== undefined);
  // Neither backticks nor apostrophes: an interactive zsh takes a remark for a command.
  return [
    ...(parts.length > 0
      ? ['# What puts one statement into a policy, and keeps all others.', ...mergeProgram(), '']
      : []),
    ...parts.flatMap(({ account, place, statement }) => [
      `# In account ${account}: one statement more in the policy of the ${place.target}. The policy as it was is saved.`,
      ...addCommands(place, statement),
      '',
    ]),
    ...(readerPolicy ? attach(request, readerPolicy) : []),
  ].join('\n');
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
    `# In account ${reader.account}, of the reader.`,
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
