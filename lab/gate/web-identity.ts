import { randomBytes } from 'node:crypto';
import type { Fields } from '../iam/api-call.js';
import { listOf, type Statement, type UnknownKey } from '../iam/types.js';
import { refusal, unknownOf } from './access.js';
import { AwsError, QueryError } from './aws-error.js';
import type { Identities } from './identities.js';
import { sessionOf } from './sts.js';

const ACTION = 'sts:AssumeRoleWithWebIdentity';

/** The tokens of an OpenID Connect provider, as those of a pod's service account. */
export class WebIdentityTokens {
  /** As the Federated principal of a role's trust policy. */
  readonly provider = 'arn:aws:iam::222222222222:oidc-provider/oidc.example';
  readonly #expired = new Map<string, boolean>();

  issue(): string {
    const token = `lab.${randomBytes(24).toString('base64url')}.token`;
    this.#expired.set(token, false);
    return token;
  }

  expire(token: string): void {
    this.#expired.set(token, true);
  }

  /** @throws AwsError for a token that was not issued here, or has expired, in the words of STS */
  check(token: string): void {
    const expired = this.#expired.get(token);
    if (expired === undefined) {
      throw new AwsError(
        'InvalidIdentityToken',
        "Couldn't retrieve verification key from your identity provider",
      );
    }
    if (!expired) return;
    const now = Math.floor(Date.now() / 1000);
    throw new QueryError(
      'ExpiredTokenException',
      `Token expired: current date/time ${now} must be before the expiration date/time ${now - 1}`,
    );
  }
}

/**
 * AssumeRoleWithWebIdentity, the one call that nobody signs. What a token claims is not known, so that a statement with
 * a Condition does not count; statements with Deny are not looked at.
 *
 * @throws AwsError
 */
export function answerWebIdentity(fields: Fields, identities: Identities, tokens: WebIdentityTokens): object {
  tokens.check(String(fields.WebIdentityToken));
  const role = identities.role(String(fields.RoleArn));
  const trusting = listOf(role?.trust?.Statement).filter(
    ({ Effect, Action, Principal }: Statement) =>
      Effect === 'Allow' &&
      listOf(Action).includes(ACTION) &&
      typeof Principal === 'object' &&
      listOf(Principal.Federated).includes(tokens.provider),
  );
  const conditions = trusting.map(({ Condition = {} }) => Object.values(Condition).flatMap(Object.keys));
  if (role === undefined || !conditions.some((keys) => keys.length === 0)) {
    const unknown = trusting.flatMap(({ Sid }, index) =>
      (conditions[index] ?? []).map(
        (key): UnknownKey => ({
          key,
          policyType: 'role-trust',
          statement: Sid ? `'${Sid}'` : 'for the provider',
        }),
      ),
    );
    const text = `Not authorized to perform ${ACTION}`;
    throw refusal(
      'AccessDenied',
      { text, unknown: unknown.length > 0 ? unknownOf(unknown) : undefined },
      403,
    );
  }
  return sessionOf(identities, role, String(fields.RoleSessionName));
}
