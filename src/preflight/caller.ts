import { ArnError } from '../aws/arn.js';
import { isMissing } from '../aws/known-errors/known-errors.js';
import { parseReaderArn, type ReaderArn } from '../aws/reader-arn.js';
import type { RoleArnOf } from '../aws/role-arn.js';
import { option, shellCommand } from '../errors/shell-command.js';
import { deadlineSignal } from '../errors/time-limit.js';
import { failureOf } from './failure.js';

/** Who calls, as STS reports it. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
  /**
   * As policies must name it: the user, or what was given as the reader. Undefined for a session, whose ARN has lost the
   * path of its role, and for what is neither a user nor a role.
   */
  readonly reader: ReaderArn | undefined;
}

/** How policies must name the caller. */
export interface NamedReader {
  /** Undefined where no statement can be made for it. */
  readonly reader: ReaderArn | undefined;
  /** What is unknown of it, and what to do; undefined where the reader is known. */
  readonly note?: string;
}

/** Finds out how policies must name a caller. */
export type ReaderNames = (caller: Identity) => Promise<NamedReader>;

/** A network without a way to IAM often drops packets without an answer. */
const IAM_LIMIT_MS = 4_000;

/** Roles of IAM Identity Center: all of them have a path, most with a region in it ("Referencing permission sets"). */
const HAS_PATH = /^AWSReservedSSO_/;
const SESSION = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//;

/** As namedReader, which asks IAM only when the first name is needed, and once for each caller. */
export function readerNames(roleArnOf: RoleArnOf | undefined, signal?: AbortSignal): ReaderNames {
  const known = new Map<string, Promise<NamedReader>>();
  return (caller) => {
    const found = known.get(caller.arn) ?? namedReader(caller, roleArnOf, signal);
    known.set(caller.arn, found);
    return found;
  };
}

/** @param account as STS reports it */
export function identityOf(arn: string, account: string): Identity {
  try {
    return { account, arn, reader: parseReaderArn(arn) };
  } catch {
    return { account, arn, reader: undefined };
  }
}

/** The name of the role that the ARN is a session of. */
export function sessionRole(arn: string): { partition: string; account: string; name: string } | undefined {
  const [, partition = '', account = '', name] = SESSION.exec(arn) ?? [];
  return name === undefined ? undefined : { partition, account, name };
}

/** Whether a role of this name always has a path. */
export function alwaysHasPath(roleName: string): boolean {
  return HAS_PATH.test(roleName);
}

/**
 * The ARN by which policies must name the caller. STS reports a session without the path of its role; only IAM knows it.
 *
 * @param roleArnOf asks IAM as the caller; without it the path stays unknown
 */
export async function namedReader(
  identity: Identity,
  roleArnOf: RoleArnOf | undefined,
  signal?: AbortSignal,
): Promise<NamedReader> {
  const { arn, reader: given } = identity;
  const role = sessionRole(arn);
  if (role === undefined) return { reader: given };
  const { partition, account, name } = role;
  const unnamed = `arn:${partition}:iam::${account}:role/${name}`;
  const found = roleArnOf
    ? await ask(roleArnOf, name, unnamed, signal)
    : { failure: 'iam:GetRole was not called' };
  if ('reader' in found) {
    const { reader } = found;
    if (given === undefined || given.arn === reader.arn) return { reader };
    return {
      reader,
      note: `--reader names ${given.arn}; IAM reports that these credentials are of ${reader.arn}.`,
    };
  }
  if (given) return { reader: given };
  if (found.gone) {
    const note = `IAM knows no role ${name} in account ${account}: it was deleted. AWS refuses a policy that names it.`;
    return { reader: undefined, note };
  }
  const unknown = `The path of the role ${name} is unknown: STS does not report it (${found.failure}).`;
  if (HAS_PATH.test(name)) {
    const note = `${unknown} It is /aws-reserved/sso.amazonaws.com/, usually followed by the region of IAM Identity Center and a slash after it. ${lookUp(name)}`;
    return { reader: undefined, note };
  }
  const note = `${unknown} ${unnamed} is right only if the role has no path, such as service-role/. ${lookUp(name)}`;
  return { reader: parseReaderArn(unnamed), note };
}

type Answer = { readonly reader: ReaderArn } | { readonly failure: string; readonly gone?: boolean };

async function ask(
  roleArnOf: RoleArnOf,
  name: string,
  resource: string,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  try {
    return { reader: parseReaderArn((await roleArnOf(name, deadlineSignal(IAM_LIMIT_MS, signal))) ?? '') };
  } catch (error) {
    if (error instanceof ArnError) return { failure: `IAM, or what answered for it, returned no role` };
    if (isMissing(error)) return { failure: error.message, gone: true };
    return { failure: failureOf(error, { action: 'iam:GetRole', resource }).message };
  }
}

function lookUp(name: string): string {
  const command = shellCommand([
    ...['aws', 'iam', 'get-role', ...option('--role-name', name)],
    ...['--query', 'Role.Arn', '--output', 'text'],
  ]);
  return `Look it up with \`${command}\`, and give --reader with the ARN.`;
}
