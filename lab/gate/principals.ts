import { listOf, type Principal } from '../iam/types.js';
import type { UniqueIds } from './unique-ids.js';

const ACCOUNT = /^(\d{12}|arn:aws[\w-]*:iam::\d{12}:root)$/;
const USER_OR_ROLE = /^arn:aws[\w-]*:iam::\d{12}:(user|role)\/[^*?]+$/;
/** STS knows no list of sessions: any name may be used. */
const SESSION = /^arn:aws[\w-]*:sts::\d{12}:(assumed-role\/[^/*?]+\/[^/*?]+|federated-user\/[^*?]+)$/;
const UNIQUE_ID = /^A(ROA|IDA)[A-Z0-9]+$/;

/** The texts of the AWS principals that an element names; `*` is one of them. */
export function awsPrincipals(element: Principal): readonly string[] {
  return element === '*' ? ['*'] : listOf(element.AWS);
}

/**
 * Whether AWS takes a name for a principal: an account, a user or role that exists, a session, or `*`. A wildcard within a
 * name does not exist ("AWS JSON policy elements: Principal"). Every account counts as one that exists.
 */
export function isValidPrincipal(name: string, ids: UniqueIds): boolean {
  if (name === '*' || ACCOUNT.test(name) || SESSION.test(name)) return true;
  if (UNIQUE_ID.test(name)) return ids.arnOf(name) !== undefined;
  return USER_OR_ROLE.test(name) && ids.exists(name) !== false;
}
