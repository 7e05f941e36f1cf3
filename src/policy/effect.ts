import { listOf, type Principal, type Statement } from './types.js';

/**
 * Why a statement has no effect, to be read after its name. KMS takes a statement of a key without Action or Resource and
 * ignores it (KMS API Reference, PutKeyPolicy). In other policies a statement without Resource is about what it is
 * attached to.
 */
export function reasonWithoutEffect(statement: Statement, attachedTo: string): string | undefined {
  const ofKey = isKey(attachedTo);
  for (const [name, not] of [
    ['Action', 'NotAction'],
    ['Resource', 'NotResource'],
  ] as const) {
    if (statement[not] !== undefined) continue;
    if (statement[name] === undefined && (ofKey || name === 'Action')) {
      return `has no ${name}: ${ofKey ? 'KMS takes it, and it' : 'it'} has no effect`;
    }
    if (statement[name] !== undefined && listOf(statement[name]).length === 0) {
      return `has an empty list as its ${name}, and no effect`;
    }
  }
  return statement.Principal !== undefined && namesNobody(statement.Principal)
    ? 'has a Principal that names nobody, and no effect'
    : undefined;
}

export function isKey(arn: string): boolean {
  return arn.split(':')[2] === 'kms';
}

function namesNobody(principal: Principal): boolean {
  return principal !== '*' && Object.values(principal).every((names) => listOf(names).length === 0);
}
