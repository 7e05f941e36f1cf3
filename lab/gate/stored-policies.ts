import { isFields } from '../iam/api-call.js';
import { listOf, type Policy, type Statement } from '../iam/types.js';
import type { UniqueIds } from './unique-ids.js';

interface Stored {
  readonly text: string;
  /** The unique id that each user or role had when the policy was stored, by ARN. */
  readonly ids: Map<string, string>;
}

/**
 * Policies as AWS stores them: a user or role that is named is kept by its unique id, and shown by its ARN while it exists
 * ("AWS JSON policy elements: Principal"). One that was deleted is shown by the id, and stays so when another is created
 * under its name.
 */
export class StoredPolicies {
  readonly #stored = new Map<string, Stored>();
  readonly #ids: UniqueIds;

  constructor(ids: UniqueIds) {
    this.#ids = ids;
  }

  /** Remembers who is named now. A policy that is stored past the gate is remembered when it is shown first. */
  put(resourceArn: string, text: string): void {
    this.#stored.set(resourceArn, { text, ids: new Map() });
    this.shown(resourceArn, text);
  }

  /** The text as it was put, unless one of its principals has changed since. */
  shown(resourceArn: string, text: string): string {
    const known = this.#stored.get(resourceArn);
    const stored = known?.text === text ? known : { text, ids: new Map<string, string>() };
    this.#stored.set(resourceArn, stored);
    const policy = parsed(text);
    if (policy === undefined) return text;
    let changed = false;
    const name = (principal: string) => {
      const now = this.#nameOf(principal, stored.ids);
      changed ||= now !== principal;
      return now;
    };
    const statements = listOf(policy.Statement).map((statement) => renamed(statement, name));
    const Statement = Array.isArray(policy.Statement) ? statements : statements[0];
    return changed ? JSON.stringify({ ...policy, Statement }) : text;
  }

  #nameOf(principal: string, ids: Map<string, string>): string {
    const arn = this.#ids.arnOf(principal) ?? principal;
    if (!/^arn:[^:]+:iam::\d{12}:(user|role)\//.test(arn)) return arn;
    const exists = this.#ids.exists(arn) === true;
    const id = ids.get(principal);
    if (id === undefined) {
      // One that does not exist may be created later: the lab lets a test set policies before roles.
      if (exists) ids.set(principal, this.#ids.idOf(arn));
      return arn;
    }
    return this.#ids.arnOf(id) ?? id;
  }
}

function renamed(statement: Statement, name: (principal: string) => string): Statement {
  const elements = Object.fromEntries(
    (['Principal', 'NotPrincipal'] as const).flatMap((element) => {
      const principal = statement[element];
      if (!isFields(principal) || !('AWS' in principal)) return [];
      const { AWS } = principal;
      const names = Array.isArray(AWS) ? AWS.map((one) => name(String(one))) : name(String(AWS));
      return [[element, { ...principal, AWS: names }]];
    }),
  );
  return { ...statement, ...elements };
}

function parsed(text: string): Policy | undefined {
  try {
    const policy: unknown = JSON.parse(text);
    const statements = isFields(policy) ? listOf(policy.Statement) : [];
    return isFields(policy) && statements.every(isFields) ? (policy as unknown as Policy) : undefined;
  } catch {
    // Whoever evaluates it reports it.
    return undefined;
  }
}
