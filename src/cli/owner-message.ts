import { addCommands, mergeProgram, remainingCommand, removeCommands } from '../policy/merge-commands.js';
import { policyCommand } from '../policy/policy-command.js';
import type { ShareRequest } from '../policy/read-request.js';
import {
  actionLines,
  conditionLines,
  consoleLines,
  encryptionLines,
  securityNotes,
} from './owner-message-notes.js';
import { type KnownEncryption, messageParts } from './owner-message-parts.js';

interface OwnerMessage {
  readonly request: Omit<ShareRequest, 'key'>;
  readonly encryption: KnownEncryption;
  /** What is unknown of the reader, and what to do: for the sender. */
  readonly note?: string | undefined;
  /** What this project is and where it comes from. */
  readonly origin: string;
  /** The command with which the reader checks the access afterwards. */
  readonly check: string;
}

const BY = { kcl: 'the Kinesis Client Library', lambda: 'a Lambda function' } as const;

/** The message to the owner of the stream. It stands by itself: an owner may know nothing but AWS. */
export function ownerMessage({ request, encryption, note, origin, check }: OwnerMessage): string {
  const { stream, reader } = request;
  const parts = messageParts(request, encryption);
  const key = encryption.kind === 'customer-managed' ? encryption.key : undefined;
  return [
    ...(note === undefined ? [] : [`BEFORE YOU SEND THIS: ${note}`, '']),
    `To account ${stream.account}, which owns the stream ${stream.arn}`,
    '',
    `Account ${reader.account} asks to read this stream by ${BY[request.for]}, as this ${reader.kind}:`,
    `  ${reader.arn}`,
    '',
    'It asks for these actions, and no others. None of them writes, changes or deletes anything:',
    ...parts.flatMap(({ title, place, statement }) => [
      `  ${title}:`,
      ...actionLines(statement),
      ...conditionLines(place.target, request),
    ]),
    '',
    `- The ${reader.kind} must exist first: AWS refuses a policy that names one which does not.`,
    '- PutResourcePolicy and PutKeyPolicy REPLACE the policy in force. Do not put a statement by itself: all others would lose',
    '  their access. The commands below read the policy, save a copy (policy-…-<time>-….json), put one statement into it and',
    '  keep all others. A Condition that you add stays. Run twice, they change nothing more. AWS CloudShell has bash, aws and jq.',
    `- You need nothing else. This message is from a tool of the reader, who knows where to get it: ${origin}`,
    '',
    ...encryptionLines(encryption, request),
    'HOW TO ALLOW IT',
    ...mergeProgram(),
    ...parts.flatMap(({ title, place, statement, before }, index) => [
      '',
      `${index + 1}. ${title}:`,
      ...before,
      ...addCommands(place, statement),
    ]),
    '',
    ...consoleLines(request, parts),
    '',
    `Or with cross-account-kcl, which shows what would change, asks${key ? '' : ', finds the key'} and keeps all other statements:`,
    `  ${policyCommand('apply', { ...request, key })}`,
    '',
    'Then tell the reader, who checks the access with:',
    `  ${check}`,
    '',
    'HOW TO TAKE IT BACK (with the file one-reader.jq from above)',
    ...parts.flatMap(({ title, place, statement, before }) => [
      `# ${title}:`,
      ...before,
      ...removeCommands(place, statement),
    ]),
    remainingCommand(
      parts.map(({ place }) => place),
      reader,
    ),
    'Or with cross-account-kcl:',
    `  ${policyCommand('remove', { ...request, key })}`,
    '',
    'A change takes effect within seconds, for open sessions too. The last command prints what may still let the reader read,',
    'such as statements of others that name it or its account, and ends with an error: decide on those yourself.',
    '',
    'FOR A SECURITY REVIEW',
    ...securityNotes(request),
    '',
  ].join('\n');
}
