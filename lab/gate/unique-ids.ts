import { createHash } from 'node:crypto';

/**
 * The unique ids of users and roles ("IAM identifiers", IAM User Guide): one that is deleted and created again under the
 * same name has another id, and what was granted to the first is not granted to the second.
 */
export class UniqueIds {
  /** By ARN: how often it was created, and whether it exists now. */
  readonly #known = new Map<string, { created: number; exists: boolean }>();
  readonly #accounts = new Set<string>();
  readonly #arns = new Map<string, string>();

  /** Creating what exists changes nothing. */
  create(arn: string): void {
    const { created, exists } = this.#known.get(arn) ?? { created: 0, exists: false };
    if (exists) return;
    this.#known.set(arn, { created: created + 1, exists: true });
    this.#accounts.add(accountOf(arn));
    this.#arns.set(this.idOf(arn), arn);
  }

  delete(arn: string): void {
    const known = this.#known.get(arn);
    if (known === undefined) return;
    this.#arns.delete(this.idOf(arn));
    this.#known.set(arn, { ...known, exists: false });
  }

  /**
   * Whether a user or role exists. Undefined in an account in which none was ever created: the lab knows nothing of it, and
   * any may exist.
   */
  exists(arn: string): boolean | undefined {
    return this.#accounts.has(accountOf(arn)) ? this.#known.get(arn)?.exists === true : undefined;
  }

  /** The id that it has, or had last: of AWS's form, the same in each lab. */
  idOf(arn: string): string {
    const prefix = arn.includes(':user/') ? 'AIDA' : 'AROA';
    const { created = 1 } = this.#known.get(arn) ?? {};
    return idOf(prefix, created === 1 ? arn : `${arn} ${created}`);
  }

  /** The ARN of one that exists. */
  arnOf(id: string): string | undefined {
    return this.#arns.get(id);
  }
}

const accountOf = (arn: string) => arn.split(':')[4] ?? '';

/** An id of the form that AWS gives users and roles, the same for the same ARN. */
function idOf(prefix: string, arn: string): string {
  return prefix + createHash('sha256').update(arn).digest('hex').toUpperCase().slice(0, 17);
}
