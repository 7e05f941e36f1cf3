import { option, shellCommand } from '../errors/shell-command.js';
import type { ReadGrants } from './grants.js';
import { addCommands, mergeProgram } from './merge-commands.js';
import { ownerParts } from './owner-parts.js';
import type { ReadRequest } from './read-request.js';
import { readerPolicyName } from './sids.js';
import { policyText } from './size.js';
import type { PolicyDocument } from './types.js';

/** The aws commands that put the policies in force, as a shell script with remarks. It needs jq. */
export function awsCommands(request: ReadRequest, grants: Partial<ReadGrants>): string {
  const { readerPolicy } = grants;
  const parts = ownerParts(request, grants);
  // Neither backticks nor apostrophes: an interactive zsh takes a remark for a command.
  return [
    ...(parts.length > 0
      ? ['# Adds one statement to a policy and keeps all others.', ...mergeProgram(), '']
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
  const { reader } = request;
  const name = readerPolicyName(request);
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
