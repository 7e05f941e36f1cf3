import { visible } from '../errors/visible.js';
import type { ElsewhereChange } from '../sharing/elsewhere.js';
import type { Intent } from '../sharing/policy-change.js';
import { nameOf } from '../sharing/policy-store.js';

/** What another account's owner has to do, to be handed on as it is. */
export function elsewhereText(changes: readonly ElsewhereChange[], intent: Intent): string {
  return changes.map((change) => `\n${one(change, intent)}`).join('');
}

function one(change: ElsewhereChange, intent: Intent): string {
  const { account, statement, command, awsCommands } = change;
  const lines = [
    `! ${nameOf(change)} was not read: the key belongs to account ${account}, and only that account's credentials can read and change it.`,
    intent === 'apply'
      ? 'Without this statement in it the reader is denied kms:Decrypt:'
      : 'This statement must be taken out of it:',
    JSON.stringify(statement, undefined, 2),
    `With credentials of account ${account}:`,
    command,
    'Or with the aws CLI and jq:',
    awsCommands.trimEnd(),
  ];
  // From the first column: a here-document in the commands ends with a line that begins there.
  return `${lines
    .flatMap((line) => line.split('\n'))
    .map(visible)
    .join('\n')}\n`;
}
