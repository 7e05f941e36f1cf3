import { isAlias } from '../aws/key-arn.js';
import type { FixedBy } from '../aws/known-errors/known-error.js';
import { remedyOfLimit } from '../aws/known-errors/known-errors.js';
import { option, shellCommand } from '../errors/shell-command.js';
import type { ReadRequest } from '../policy/read-request.js';
import { causesInWords } from './denial-causes.js';
import type { DeniedAction } from './failure.js';
import type { MissingStatement } from './remedy.js';

interface RemedyOptions {
  /** The id of the check. */
  readonly id: string;
  /** Without the list of every policy that can deny, as for a log. */
  readonly brief: boolean;
  /** Whether the check failed; a warning may be about a denial that is no failure. */
  readonly failed: boolean;
}

/** What to do about an action that was denied, for people: a paragraph each. */
export function remedyInWords(
  denied: DeniedAction,
  request: ReadRequest | undefined,
  statements: readonly MissingStatement[],
  options: RemedyOptions,
): string[] {
  const said = asAwsSays(denied);
  if (request === undefined) {
    const { action, resource, denial } = denied;
    if (denial.explicit) return said;
    return [...said, `Allow ${action} on ${resource}; give --reader to have the statement.`];
  }
  return [
    ...said,
    ...asInForce(denied),
    ...asCalledDirectly(denied),
    ...statements.map((one) => inWords(one, denied)),
    ...causesInWords(denied, request, statements, options),
  ];
}

/** What to do where no statement helps. */
function asAwsSays({ action, resource, denial }: DeniedAction): string[] {
  const { policy, policyArn, explicit, fixedBy, authorizationId: id } = denial;
  const details = id === undefined ? [] : [`A recent aws CLI lists what AWS evaluated: ${evaluated(id)}`];
  if (explicit) {
    const where = policy === undefined ? 'a policy that AWS does not name' : `the ${policy}`;
    const arn = policyArn === undefined ? '' : ` (${policyArn})`;
    const who = whose(fixedBy, resource);
    return [
      `A Deny in ${where}${arn} wins over every Allow; ${who} must take ${action} out of it.`,
      ...details,
    ];
  }
  const must = policy === undefined ? undefined : remedyOfLimit(policy, action);
  return [...(must === undefined ? [] : [must]), ...details];
}

const evaluated = (id: string) =>
  shellCommand([
    ...['aws', 'iam-toolbox', 'get-request-authorization-details'],
    ...option('--authorization-id', id),
  ]);

const accountOf = (arn: string) => arn.split(':')[4] ?? '';

function whose(fixedBy: FixedBy, resource: string): string {
  switch (fixedBy) {
    case 'stream owner':
      return "the stream's owner";
    case 'key owner':
      return `the key's owner, account ${accountOf(resource)},`;
    case 'reader':
      return "the reader's account";
    case 'both':
      return 'its owner';
  }
}

const POLICIES = {
  stream: "the stream's policy",
  consumer: "the consumer's policy",
  key: "the key's policy",
  reader: "the reader's IAM policy",
} as const;

/** What a policy says that could be read. */
function asInForce({ inForce }: DeniedAction): string[] {
  if (inForce === undefined) return [];
  const name = `${POLICIES[inForce.policy].replace('the', 'The')} (${inForce.attachedTo})`;
  return [
    ...inForce.cautions.map((text) => `${name}: ${text}.`),
    ...(inForce.hasStatement ? [`${name} has the statement already.`] : []),
  ];
}

/** KMS gives a reason, of a call that policies may treat in another way. */
function asCalledDirectly({ direct }: DeniedAction): string[] {
  const call = 'A Decrypt that the reader calls by itself';
  if (direct === 'allowed') {
    return [
      `${call} is allowed: a condition on kms:ViaService refuses the one of Kinesis, or it is about an earlier key.`,
    ];
  }
  if (direct === undefined) return [];
  const { policy, policyArn, explicit } = direct;
  const where =
    policy === undefined
      ? ''
      : ` in ${article(policy)} ${policy}${policyArn === undefined ? '' : ` (${policyArn})`}`;
  const why = explicit ? `with an explicit deny${where}` : `because no ${policy} allows it`;
  return [
    `${call} is refused ${why}. Unless that depends on kms:ViaService, it refuses the Decrypt of Kinesis too, and no statement helps.`,
  ];
}

const article = (noun: string) => (/^[aeiou]/i.test(noun) ? 'an' : 'a');

function inWords(
  { side, policy, attachedTo, statement, command }: MissingStatement,
  { resource }: DeniedAction,
): string {
  const who = { 'stream owner': 'The stream owner', reader: 'The reader' };
  const name = side === 'key owner' ? `The key's owner, account ${accountOf(attachedTo)},` : who[side];
  const any = side === 'reader' && isAlias(resource) ? ANY_KEY : '';
  return `${name} adds to ${side === 'reader' ? 'its IAM policy' : POLICIES[policy]} (${attachedTo}):\n${JSON.stringify(statement, undefined, 2)}${any}\n${name} applies it with:\n${command}`;
}

const ANY_KEY =
  "\nThe key's ARN is unknown here, so this is for any key of its account, and for this stream only; narrow it when the key's owner has named the ARN.";
