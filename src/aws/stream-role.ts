import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { noteSecret } from '../errors/secrets.js';
import { noting } from './client-calls.js';
import { ConnectionError } from './connection-error.js';
import { credentialChain } from './credential-chain.js';
import { renewingRefused } from './refused-credentials.js';
import { type RenewedCredentials, renewed } from './renewed-credentials.js';
import { RequestHandler } from './request-handler.js';

/** Before the limit of a source of credentials, whose message would not name STS. */
const TIMEOUT_MS = 10_000;

/** The caller's own credentials are missing: STS was not asked. */
const OF_THE_BASE = ['CredentialsProviderError', 'SourceTimeoutError'];

/** A role of another account that is assumed to read the stream. */
export interface StreamRole {
  arn: string;
  externalId?: string | undefined;
}

/** STS did not answer; by its name explainCall tells it from a Kinesis that did not. */
class StsUnreachableError extends Error {
  override readonly name = 'StsUnreachableError';
}

/**
 * Credentials of the role, got with the default credential chain, and renewed before they expire.
 *
 * @param region whose STS endpoint is asked
 */
export function assumedRole({ arn, externalId }: StreamRole, region: string): RenewedCredentials {
  noteSecret(externalId);
  return renewed(async () => {
    const sts = renewingRefused(
      noting(new STSClient({ region, credentials: credentialChain(), requestHandler: new RequestHandler() })),
    );
    try {
      const { Credentials: given } = await sts
        .send(
          new AssumeRoleCommand({
            RoleArn: arn,
            RoleSessionName: 'cross-account-kcl',
            ...(externalId === undefined ? {} : { ExternalId: externalId }),
          }),
          { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
        )
        .catch((error) => {
          throw failure(error, arn);
        });
      if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken || !given.Expiration) {
        throw new Error(`STS answered without credentials for ${arn}`);
      }
      return {
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        sessionToken: given.SessionToken,
        expiration: given.Expiration,
      };
    } finally {
      sts.destroy();
    }
  });
}

function failure(error: Error & { $metadata?: { httpStatusCode?: number } }, role: string): Error {
  const answered = error.$metadata?.httpStatusCode !== undefined;
  if (error instanceof ConnectionError) return error;
  if (answered || OF_THE_BASE.includes(error.name)) return error;
  const message = `STS, which is asked for ${role}, can't be reached (${error.message})`;
  return new StsUnreachableError(message, { cause: error });
}
