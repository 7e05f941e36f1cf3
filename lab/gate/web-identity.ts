import { randomBytes } from 'node:crypto';
import type { Fields } from '../iam/api-call.js';
import { listOf, type Statement } from '../iam/types.js';
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
 * AssumeRoleWithWebIdentity, the one call that nobody signs. Conditions of the trust policy are not looked at.
 *
 * @throws AwsError
 */
export function answerWebIdentity(fields: Fields, identities: Identities, tokens: WebIdentityTokens): object {
  tokens.check(String(fields.WebIdentityToken));
  const role = identities.role(String(fields.RoleArn));
  const trusts = ({ Effect, Action, Principal }: Statement) =>
    Effect === 'Allow' &&
    listOf(Action ?? []).includes(ACTION) &&
    typeof Principal === 'object' &&
    listOf(Principal.Federated ?? []).includes(tokens.provider);
  if (role?.trust === undefined || !listOf(role.trust.Statement).some(trusts)) {
    throw new AwsError('AccessDenied', `Not authorized to perform ${ACTION}`, 403);
  }
  return sessionOf(identities, role, String(fields.RoleSessionName));
}
