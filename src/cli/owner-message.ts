import type { StreamEncryption } from '../policy/aws/stream-encryption.js';
import { findKey, policyCommand } from '../policy/commands.js';
import { grantByOwner } from '../policy/grants.js';
import { addCommands, mergeProgram, remainingCommand, removeCommands } from '../policy/merge-commands.js';
import { type OwnerPart, ownerParts, placeOfKey } from '../policy/owner-parts.js';
import type { ShareRequest } from '../policy/read-request.js';
import {
  actionLines,
  conditionLines,
  consoleLines,
  encryptionLines,
  securityNotes,
} from './owner-message-notes.js';

interface OwnerMessage {
  readonly request: Omit<ShareRequest, 'key'>;
  readonly encryption: StreamEncryption;
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
    'It asks for these actions and no others. None of them writes, changes or deletes anything:',
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
    ...consoleLines(request, encryption),
    '',
    `Or with cross-account-kcl, which shows what would change, asks${key ? '' : ', finds the key'} and keeps all other statements:`,
    `  ${policyCommand('apply', { ...request, key })}`,
    '',
    'Then tell the reader, who checks the access with:',
    `  ${check}`,
    '',
    'HOW TO REVOKE IT (with the file one-reader.jq from above)',
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

/** One policy of the owner's to change, and how. */
interface MessagePart extends OwnerPart {
  /** As in "On the stream arn:…". */
  readonly title: string;
  /** Commands that come before. */
  readonly before: readonly string[];
}

/** What the owner is to change: of the stream, of the consumer, and of the key unless the stream has none. */
function messageParts(
  request: Omit<ShareRequest, 'key'>,
  encryption: StreamEncryption,
): readonly MessagePart[] {
  const { stream } = request;
  const known = encryption.kind === 'customer-managed' ? encryption.key : undefined;
  const { region, partition, account } = stream;
  // The statement for a key does not name it, so that it can be made for one that is unknown.
  const key = known ?? { arn: '', keyId: '', region, partition, account };
  const share = { ...request, key: encryption.kind === 'none' ? undefined : key };
  return ownerParts(share, grantByOwner(share)).map((part) =>
    part.place.target === 'key'
      ? {
          ...part,
          place: placeOfKey(known, stream),
          title: titleOfKey(encryption, account),
          before: known ? [] : [findKey(stream)],
        }
      : { ...part, title: `On the ${part.place.target} ${part.place.arn}`, before: [] },
  );
}

function titleOfKey(encryption: StreamEncryption, owner: string): string {
  switch (encryption.kind) {
    case 'customer-managed': {
      const { arn, account } = encryption.key;
      return `On the key ${arn}${account === owner ? '' : `, with credentials of account ${account}`}`;
    }
    case 'unknown':
      return 'If the stream is encrypted, on its key';
    default:
      return 'On the new key of the stream';
  }
}
