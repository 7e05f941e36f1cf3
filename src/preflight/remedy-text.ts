import { isAlias } from '../aws/key-arn.js';
import type { ReadRequest } from '../policy/read-request.js';
import type { FixedBy } from './check.js';
import type { Lack } from './denial.js';
import { causesInWords } from './denial-causes.js';
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
  lack: Lack,
  request: ReadRequest | undefined,
  statements: readonly MissingStatement[],
  options: RemedyOptions,
): string[] {
  const said = asAwsSays(lack);
  if (request === undefined) {
    const { action, resource, denial } = lack;
    if (denial.explicit) return said;
    return [...said, `Allow ${action} on ${resource}; give --reader to have the statement.`];
  }
  return [
    ...said,
    ...asInForce(lack),
    ...asCalledDirectly(lack),
    ...statements.map((one) => inWords(one, lack)),
    ...causesInWords(lack, request, statements, options),
  ];
}

/** What to do where no statement helps. */
function asAwsSays({ action, resource, denial }: Lack): string[] {
  const { policy, policyArn, explicit, fixedBy, authorizationId: id } = denial;
  const evaluated =
    'A recent aws CLI lists what AWS evaluated: aws iam-toolbox get-request-authorization-details';
  const details = id === undefined ? [] : [`${evaluated} --authorization-id ${id}`];
  if (explicit) {
    const where = policy === undefined ? 'a policy that AWS does not name' : `the ${policy}`;
    const arn = policyArn === undefined ? '' : ` (${policyArn})`;
    const who = whose(fixedBy, resource);
    return [
      `A Deny in ${where}${arn} wins over every Allow; ${who} must take ${action} out of it.`,
      ...details,
    ];
  }
  const must = policy === undefined ? undefined : MUST_ALLOW[policy];
  return [...(must === undefined ? [] : [must(action)]), ...details];
}

/** Policies that only limit: a statement elsewhere does not help. */
const ofOrganization = (policy: string) => (action: string) =>
  `A ${policy} of the organization must allow ${action}; its administrators can change that.`;
const MUST_ALLOW: Readonly<Record<string, (action: string) => string>> = {
  'permissions boundary': (action) =>
    `The permissions boundary of the reader must allow ${action}, beside its IAM policy.`,
  'service control policy': ofOrganization('service control policy'),
  'resource control policy': ofOrganization('resource control policy'),
  'session policy': (action) => `The session policy, given when the role was assumed, must allow ${action}.`,
  'VPC endpoint policy': (action) => `The policy of the VPC endpoint must allow ${action}.`,
};

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
function asInForce({ inForce }: Lack): string[] {
  if (inForce === undefined) return [];
  const name = `${POLICIES[inForce.policy].replace('the', 'The')} (${inForce.attachedTo})`;
  return [
    ...inForce.cautions.map((text) => `${name}: ${text}.`),
    ...(inForce.hasStatement ? [`${name} has the statement already.`] : []),
  ];
}

/** KMS gives a reason, of a call that policies may treat in another way. */
function asCalledDirectly({ direct }: Lack): string[] {
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
  { resource }: Lack,
): string {
  const who = { 'stream owner': 'The stream owner', reader: 'The reader' };
  const name = side === 'key owner' ? `The key's owner, account ${accountOf(attachedTo)},` : who[side];
  const any = side === 'reader' && isAlias(resource) ? ANY_KEY : '';
  return `${name} adds to ${side === 'reader' ? 'its IAM policy' : POLICIES[policy]} (${attachedTo}):\n${JSON.stringify(statement, undefined, 2)}${any}\n${name} applies it with:\n${command}`;
}

const ANY_KEY =
  "\nThe key's ARN is unknown here, so this is for any key of its account, and for this stream only; narrow it when the key's owner has named the ARN.";
