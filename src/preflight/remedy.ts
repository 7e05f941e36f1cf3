import { createHash } from 'node:crypto';
import { isAlias } from '../aws/key-arn.js';
import { option, shellCommand } from '../errors/shell-command.js';
import { findKey, policyCommand } from '../policy/commands.js';
import { grantRead, type ReadGrants } from '../policy/grants.js';
import { addCommands, mergeProgram } from '../policy/merge-commands.js';
import { ownerParts, placeOfKey } from '../policy/owner-parts.js';
import type { ReadRequest } from '../policy/read-request.js';
import { listOf, type Statement } from '../policy/types.js';
import { type DeniedAction, ownerOfKey, type Side } from './failure.js';
import { withKey } from './stream-key.js';

const HASH_LENGTH = 8;

/** A statement that is missing somewhere, ready to be pasted. */
export interface MissingStatement {
  /** Whose policy it belongs in. */
  readonly side: Side;
  /** Of the stream, its consumer or its key; or the reader's IAM policy. */
  readonly policy: 'stream' | 'consumer' | 'key' | 'reader';
  /** The ARN of what has the policy; of a key that Kinesis names by an alias perhaps that of the alias. */
  readonly attachedTo: string;
  readonly statement: Statement;
  /** What applies it, run by that side; perhaps several lines. */
  readonly command: string;
}

/**
 * The statements that give what is lacked: of the side that AWS names, or of both where it names none. None where a
 * statement is not the remedy: an explicit Deny, a boundary, a service control policy. None that is in force already.
 */
export function missingStatements(denied: DeniedAction, given: ReadRequest): MissingStatement[] {
  const { action, resource, inForce } = denied;
  const { policy, explicit, fixedBy } = denied.denial;
  const curable =
    policy === undefined || policy === 'identity-based policy' || policy === 'resource-based policy';
  if (explicit || !curable || alwaysDenied(denied)) return [];
  const request = action.startsWith('kms:') ? withKey(given, resource) : given;
  const grants = grantRead(request);
  return [
    ...(fixedBy === 'reader' || inForce?.hasStatement ? [] : ofOwner(action, resource, request, grants)),
    ...(fixedBy === 'reader' || fixedBy === 'both' ? ofReader(action, resource, request, grants) : []),
  ];
}

/** Whether a policy that could be read denies it, whatever the call. */
export function alwaysDenied({ inForce }: DeniedAction): boolean {
  return inForce?.denies === 'always';
}

function ofOwner(
  action: string,
  resource: string,
  request: ReadRequest,
  grants: ReadGrants,
): MissingStatement[] {
  return ownerParts(request, grants).flatMap(({ place: { target: policy, arn = '' }, statement }) => {
    if (!allows(statement, action)) return [];
    const attachedTo = policy === 'key' ? resource : arn;
    const side = policy === 'key' ? ownerOfKey(request.key, request.stream) : 'stream owner';
    const command =
      side === 'key owner' ? addToForeignKey(attachedTo, request, statement) : ofStreamOwner(request);
    return [{ side, policy, attachedTo, statement, command }];
  });
}

/** It finds out by itself which key an alias stands for. */
function ofStreamOwner({ key, ...share }: ReadRequest): string {
  return policyCommand('apply', key?.keyId === '*' ? share : { ...share, key });
}

/** The stream's owner can neither read nor change the policy of such a key. */
function addToForeignKey(arn: string, request: ReadRequest, keyPolicyStatement: Statement): string {
  const { stream, key } = request;
  return [
    ...mergeProgram(),
    ...(isAlias(arn) ? [findKey({ arn, region: key?.region ?? '' }, arn)] : []),
    ...addCommands(placeOfKey(isAlias(arn) ? undefined : key, stream), keyPolicyStatement),
  ].join('\n');
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
