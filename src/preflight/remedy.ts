import { createHash } from 'node:crypto';
import { option, shellCommand } from '../errors/shell-command.js';
import { applyCommand } from '../policy/commands.js';
import { grantRead, type ReadGrants } from '../policy/grants.js';
import type { ReadRequest } from '../policy/read-request.js';
import { listOf, type Statement } from '../policy/types.js';
import type { Lack } from './lack.js';

const HASH_LENGTH = 8;

/** A statement that is missing somewhere, ready to be pasted. */
export interface MissingStatement {
  /** Whose policy it belongs in. */
  readonly side: 'stream owner' | 'reader';
  /** Of the stream, its consumer or its key; or the reader's IAM policy. */
  readonly policy: 'stream' | 'consumer' | 'key' | 'reader';
  /** The ARN of what has the policy. */
  readonly attachedTo: string;
  readonly statement: Statement;
  /** What applies it, run by that side. */
  readonly command: string;
}

/**
 * The statements that give what is lacked: of the side that AWS names, or of both where it names none. None where a
 * statement is not the cure: an explicit Deny, a boundary, a service control policy.
 */
export function missingStatements(
  { action, resource, denial }: Lack,
  request: ReadRequest,
): MissingStatement[] {
  const { policy, explicit, fixedBy } = denial;
  const curable =
    policy === undefined || policy === 'identity-based policy' || policy === 'resource-based policy';
  if (explicit || !curable) return [];
  const grants = grantRead(request);
  return [
    ...(fixedBy === 'reader' ? [] : ofOwner(action, request, grants)),
    ...(fixedBy === 'stream owner' ? [] : ofReader(action, resource, request, grants)),
  ];
}

function ofOwner(action: string, request: ReadRequest, grants: ReadGrants): MissingStatement[] {
  const { stream, consumer, key } = request;
  const { streamPolicy, consumerPolicy, keyPolicyStatement } = grants;
  const candidates = [
    { policy: 'stream', attachedTo: stream.arn, statement: streamPolicy.Statement[0] },
    { policy: 'consumer', attachedTo: consumer?.arn ?? '', statement: consumerPolicy?.Statement[0] },
    { policy: 'key', attachedTo: key?.arn ?? '', statement: keyPolicyStatement },
  ] as const;
  return candidates.flatMap(({ policy, attachedTo, statement }) =>
    statement && allows(statement, action)
      ? [{ side: 'stream owner' as const, policy, attachedTo, statement, command: applyCommand(request) }]
      : [],
  );
}

function ofReader(
  action: string,
  resource: string,
  { reader }: ReadRequest,
  { readerPolicy }: ReadGrants,
): MissingStatement[] {
  const able = readerPolicy.Statement.filter((statement) => allows(statement, action));
  const exact = able.filter(({ Resource }) => listOf(Resource).includes(resource));
  const [statement] = exact.length > 0 ? exact : able;
  if (statement === undefined) return [];
  const document = JSON.stringify({ Version: readerPolicy.Version, Statement: [statement] });
  // It would replace a policy of the same name, which may be for another stream or application.
  const hash = createHash('sha256').update(document).digest('hex').slice(0, HASH_LENGTH);
  const command = shellCommand([
    ...['aws', 'iam', `put-${reader.kind}-policy`, ...option(`--${reader.kind}-name`, reader.name)],
    ...option('--policy-name', `cross-account-kcl-${statement.Sid}-${hash}`),
    ...option('--policy-document', document),
  ]);
  return [{ side: 'reader', policy: 'reader', attachedTo: reader.arn, statement, command }];
}

const allows = ({ Action }: Statement, action: string) => listOf(Action).includes(action);

/** What to do where no statement helps. */
export function cureOf({ action, denial: { policy, explicit, fixedBy } }: Lack): string | undefined {
  const whose = fixedBy === 'stream owner' ? "the stream's owner" : "the reader's account";
  if (explicit)
    return `A Deny in the ${policy} wins over every Allow; ${whose} must take ${action} out of it.`;
  switch (policy) {
    case 'permissions boundary':
      return `The permissions boundary of the reader must allow ${action}, beside its IAM policy.`;
    case 'service control policy':
    case 'resource control policy':
      return `A ${policy} of the organization must allow ${action}; its administrators can change that.`;
    case 'session policy':
      return `The session policy, given when the role was assumed, must allow ${action}.`;
    case 'VPC endpoint policy':
      return `The policy of the VPC endpoint must allow ${action}.`;
    default:
      return undefined;
  }
}
