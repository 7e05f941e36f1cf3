import { option, shellCommand } from '../errors/shell-command.js';
import type { ReadRequest } from '../policy/read-request.js';
import { ofEndpoint, ofOrganization, ofSession } from './denial-causes-limits.js';
import {
  type DenialCause,
  decryptEvents,
  earlierKey,
  ofIdentity,
  ofResource,
} from './denial-causes-policies.js';
import type { Call, DeniedAction } from './failure.js';
import { alwaysDenied, type MissingStatement } from './remedy.js';

const RESOURCE_CONTROL = 'resource control policy';
/** Of the services that are called here: Kinesis and CloudWatch have none (AWS Organizations User Guide, "Resource control policies"). */
const HAVE_RESOURCE_CONTROL = ['kms', 'sqs', 'sts', 'dynamodb'];

/**
 * Every kind of policy that can deny the action, the most likely first.
 *
 * @param policy the kind that AWS names, if it names one
 */
export function denialCauses(denied: Call, request: ReadRequest, policy?: string): DenialCause[] {
  const { reader, stream } = request;
  const [service = ''] = denied.action.split(':');
  const [, , , , resourceAccount = ''] = denied.resource.split(':');
  const ofStream = service === 'kinesis' || service === 'kms';
  const owner = resourceAccount || (ofStream ? stream : reader).account;
  return [
    ...ofResource(service, denied, request),
    ofIdentity(denied, request),
    ofOrganization('service control policy', reader.account, "the reader's organization"),
    ...(HAVE_RESOURCE_CONTROL.includes(service) || policy === RESOURCE_CONTROL
      ? [ofOrganization(RESOURCE_CONTROL, owner, `the organization of account ${owner}`)]
      : []),
    ...(reader.kind === 'role' ? [ofSession(reader.account, stream.region)] : []),
    // Kinesis itself calls KMS, and by no endpoint of the reader's.
    ...(service === 'kms' ? [earlierKey(reader.name)] : ofEndpoint(service, stream.region)),
  ];
}

/**
 * How to find the policy that denies, as lines: of the kind that AWS names, or of every kind where AWS gives no reason,
 * since the statements may be in force already.
 */
export function causesInWords(
  denied: DeniedAction,
  request: ReadRequest,
  statements: readonly MissingStatement[],
  { id, brief, failed }: { readonly id: string; readonly brief: boolean; readonly failed: boolean },
): string[] {
  const { denial, direct, inForce } = denied;
  if (alwaysDenied(denied)) return [];
  const causes = denialCauses(denied, request, denial.policy);
  if (denial.policy !== undefined) {
    const named = causes.filter(({ policies }) => policies.includes(denial.policy ?? ''));
    if (statements.length > 0) return brief ? [] : named.map((cause) => notAgain(cause, request));
    return inForce && inForce.denies !== 'never' ? [] : named.map((cause) => inWords(cause));
  }
  if (!failed) return [];
  const why =
    statements.length > 0
      ? 'If these statements are in force already, another policy denies it'
      : 'Any of several policies can deny it';
  if (brief) {
    const list = shellCommand(['cross-account-kcl', 'preflight', ...option('--only', id)]);
    return [`${why}: ${list} lists them, and how to check each.`];
  }
  const evident = direct === 'allowed' ? undefined : direct?.policy;
  // What was read has been judged already.
  const left = inForce
    ? causes.filter(({ policies }) => !policies.includes('resource-based policy'))
    : causes;
  const first = left.filter(({ policies }) => evident !== undefined && policies.includes(evident));
  const ordered = [...first, ...left.filter((cause) => !first.includes(cause))];
  return [
    ...(denied.action === 'kms:Decrypt'
      ? [`${why}. ${inWords(decryptEvents(denied, request))}`, 'Possible causes, most likely first:']
      : [`${why}. Possible causes, most likely first:`]),
    ...ordered.map((cause, index) => inWords(cause, `${index + 1}. `)),
  ];
}

/** AWS says that nothing allows it, also where a statement does that does not apply. */
function notAgain(
  { policies, commands: [first = '', second = first] }: DenialCause,
  { reader }: ReadRequest,
): string {
  // Of those about the identity, the command that shows its ARN.
  const look = policies.includes('identity-based policy') ? second : first;
  return `If this statement is in force already, a condition in it does not hold, or it names another ARN than that of the ${reader.kind} with its path: ${look}`;
}

function inWords({ text, commands }: DenialCause, number = ''): string {
  const indent = ' '.repeat(number.length);
  return [`${number}${text}`, ...commands.map((command) => `${indent}${command}`)].join('\n');
}
