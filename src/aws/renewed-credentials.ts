import type { AwsCredentialIdentity, AwsIdentityProperties } from '@aws-sdk/types';
import { withTimeout } from '../errors/time-limit.js';

/** Credentials are renewed from so long before their expiration, in ms; short sessions when a third is left. */
const WINDOW_MS = 300_000;
/** Between two attempts to renew credentials that are still accepted, in ms. */
const PAUSE_MS = 5_000;
/** Credentials that have expired when they arrive, by this machine's clock, are used for so long, in ms. */
const LEAST_MS = 30_000;

/** A source that takes longer is taken for one that does not answer, in ms: the launcher waits 20 s for this process. */
const LIMIT_MS = 15_000;

/** What gives credentials did not answer in time. It may again: that says nothing of the credentials. */
export class SourceTimeoutError extends Error {
  override readonly name = 'SourceTimeoutError';
}

/** How a client of the SDK asks for credentials. */
export type CredentialRequest = AwsIdentityProperties & {
  /** Ask the source, whatever is cached. */
  forceRefresh?: boolean;
  /** The access key id that AWS has refused: the source is asked only if it is the cached one's. */
  refused?: string;
};

/** Why valid credentials could not be renewed, and until when they are used. */
export type RenewalFailure = (error: Error, usedUntil: Date) => void;

export interface RenewedCredentials {
  (request?: CredentialRequest): Promise<AwsCredentialIdentity>;
  /** The SDK's own cache would ask at each call, and fail, in the last five minutes of credentials that are valid. */
  readonly memoized: true;
}

/**
 * The source's credentials, cached. They are renewed in the background while they are valid, so that a source that
 * fails for a while disturbs no call, and waited for once they have expired. A source that does not answer is asked again.
 *
 * @param onFailure called when the source begins to fail
 * @param limitMs how long the source is waited for, in ms; what it gives later is used, too
 * @throws SourceTimeoutError, when called; or what the source throws
 */
export function renewed(
  source: (request: CredentialRequest) => Promise<AwsCredentialIdentity>,
  onFailure: RenewalFailure = () => {},
  limitMs = LIMIT_MS,
): RenewedCredentials {
  let current: AwsCredentialIdentity | undefined;
  let dueAt = Number.POSITIVE_INFINITY;
  let expiresAt = Number.POSITIVE_INFINITY;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failing = false;
  let asking: Promise<AwsCredentialIdentity> | undefined;
  let questions = 0;
  let answered = 0;

  function tooLate(): never {
    throw new SourceTimeoutError(`what gives the AWS credentials did not answer within ${limitMs / 1_000} s`);
  }

  async function ask(request: CredentialRequest): Promise<AwsCredentialIdentity> {
    const question = ++questions;
    const credentials = await source({ ...request, forceRefresh: true });
    if (question < answered) return credentials; // newer ones have come before it
    answered = question;
    current = credentials;
    failing = false;
    const now = Date.now();
    const expiration = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
    expiresAt = expiration > now ? expiration : now + LEAST_MS;
    dueAt = expiresAt - Math.min(WINDOW_MS, (expiresAt - now) / 3);
    return credentials;
  }

  function renew(request: CredentialRequest): Promise<AwsCredentialIdentity> {
    askedAt = performance.now();
    asking ??= withTimeout(ask(request), limitMs, tooLate).finally(() => {
      asking = undefined;
    });
    return asking;
  }

  const provide = async (request: CredentialRequest = {}): Promise<AwsCredentialIdentity> => {
    const { refused, ...others } = request;
    const askedLately = performance.now() - askedAt < PAUSE_MS;
    if (current === undefined || Date.now() >= expiresAt) return renew(others);
    if (refused !== undefined) {
      return current.accessKeyId !== refused || askedLately ? current : renew(others);
    }
    if (request.forceRefresh) return renew(others);
    if (Date.now() >= dueAt && !askedLately) {
      // It is tried again, and once the credentials have expired the call that needs them fails with the reason.
      renew(others).catch((error: Error) => {
        if (!failing) onFailure(error, new Date(expiresAt));
        failing = true;
      });
    }
    return current;
  };
  return Object.assign(provide, { memoized: true as const });
}
