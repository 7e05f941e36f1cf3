import { option, shellCommand } from '../errors/shell-command.js';
import type { ReadRequest } from '../policy/read-request.js';
import type { Lack } from './lack.js';
import type { Place } from './place.js';
import { decryptEvents } from './place-of-resource.js';
import { alwaysDenied, type MissingStatement } from './remedy.js';
import { placesToLook } from './where-to-look.js';

/**
 * Where the policy that denies is looked for: where AWS names its kind that one, and where it gives no reason all, since
 * the statements may be in force already.
 */
export function placesInWords(
  lack: Lack,
  request: ReadRequest,
  statements: readonly MissingStatement[],
  { id, brief, failed }: { readonly id: string; readonly brief: boolean; readonly failed: boolean },
): string[] {
  const { denial, direct, inForce } = lack;
  if (alwaysDenied(lack)) return [];
  const places = placesToLook(lack, request, denial.policy);
  if (denial.policy !== undefined) {
    const named = places.filter(({ policies }) => policies.includes(denial.policy ?? ''));
    if (statements.length > 0) return brief ? [] : named.map((place) => notAgain(place, request));
    return inForce && inForce.denies !== 'never' ? [] : named.map((place) => inWords(place));
  }
  if (!failed) return [];
  const why =
    statements.length > 0
      ? 'If these statements are in force already, another policy denies it'
      : 'Any of several policies can deny it';
  if (brief) {
    const list = shellCommand(['cross-account-kcl', 'preflight', ...option('--only', id)]);
    return [`${why}: ${list} lists them, and how each is looked at.`];
  }
  const evident = direct === 'allowed' ? undefined : direct?.policy;
  // What was read has been judged already.
  const left = inForce
    ? places.filter(({ policies }) => !policies.includes('resource-based policy'))
    : places;
  const first = left.filter(({ policies }) => evident !== undefined && policies.includes(evident));
  const ordered = [...first, ...left.filter((place) => !first.includes(place))];
  return [
    ...(lack.action === 'kms:Decrypt'
      ? [`${why}. ${inWords(decryptEvents(lack, request))}`, 'Possible causes, most likely first:']
      : [`${why}. Possible causes, most likely first:`]),
    ...ordered.map((place, index) => inWords(place, `${index + 1}. `)),
  ];
}

/** AWS says that nothing allows it, also where a statement does that does not apply. */
function notAgain(
  { policies, commands: [first = '', second = first] }: Place,
  { reader }: ReadRequest,
): string {
  // Of those about the identity, the command that shows its ARN.
  const look = policies.includes('identity-based policy') ? second : first;
  return `If this statement is in force already, a condition in it does not hold, or it names another ARN than that of the ${reader.kind} with its path: ${look}`;
}

function inWords({ text, commands }: Place, number = ''): string {
  const indent = ' '.repeat(number.length);
  return [`${number}${text}`, ...commands.map((command) => `${indent}${command}`)].join('\n');
}
