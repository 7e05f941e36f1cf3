import type { KeyArn } from '../../aws/key-arn.js';
import { awsCommands } from '../commands.js';
import { grantByOwner } from '../grants.js';
import { mergeProgram, placeOfKey, removeCommands } from '../merge-commands.js';
import { policyCommand } from '../policy-command.js';
import type { ShareRequest } from '../read-request.js';
import type { Statement } from '../types.js';
import type { Intent } from './policy-change.js';

/** The part of a change that the owner of the stream can't make: the key belongs to another account. */
export interface ElsewhereChange {
  readonly target: 'key';
  /** The key's, or that of its alias where KMS did not report the key. */
  readonly arn: string;
  /** The account that owns the key: its credentials are needed to read and to change the key's policy. */
  readonly account: string;
  /** What `apply` adds and `remove` takes out. */
  readonly statement: Statement;
  /** The command of this tool for the key's owner. It makes no call of Kinesis. */
  readonly command: string;
  /** The same with the aws CLI and jq. */
  readonly awsCommands: string;
}

/** @param key undefined where only its alias is known */
export function elsewhereChange(
  request: ShareRequest,
  intent: Intent,
  { arn, account }: { arn: string; account: string },
  key: KeyArn | undefined,
): ElsewhereChange {
  const { partition, region } = request.stream;
  const known = key ?? { arn: `<ARN of the key of ${arn}>`, partition, region, account, keyId: 'of-alias' };
  const asked: ShareRequest = { ...request, key: known };
  const { keyPolicyStatement: statement } = grantByOwner(asked);
  if (!statement) throw new Error('a request with a key has a statement for it');
  return {
    target: 'key',
    arn,
    account,
    statement,
    command: policyCommand(intent, asked, 'key'),
    awsCommands:
      intent === 'apply'
        ? // What it reads by makes no difference to the key.
          awsCommands({ ...asked, for: 'lambda' }, { keyPolicyStatement: statement })
        : [...mergeProgram(), ...removeCommands(placeOfKey(known, request.stream), statement)].join('\n'),
  };
}
