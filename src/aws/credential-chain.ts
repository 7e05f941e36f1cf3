import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { noteSecret } from '../errors/secrets.js';
import {
  type CredentialRequest,
  type RenewalFailure,
  type RenewedCredentials,
  renewed,
} from './renewed-credentials.js';
import { RequestHandler } from './request-handler.js';

/** What the SDK's clients take as `credentials`. */
export type CredentialChain = RenewedCredentials;

export interface ChainOptions {
  /** For the clients inside the chain: STS, SSO, SSO OIDC and sign-in. */
  requestHandler?: NodeHttpHandler;
  onFailure?: RenewalFailure;
}

/** Of one request to STS, SSO or sign-in, in ms; what gets no answer is asked once more. */
const REQUEST_MS = 7_000;

/** For the SDK, which writes past the log to stderr that AWS_PROFILE counts before keys in the environment. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * The default credential chain of the SDK for JavaScript: credentials are cached, and renewed before they expire. Those
 * that do not expire are looked for again when the environment or a file of profiles has changed.
 *
 * @throws CredentialsProviderError, when called, if nothing gives credentials; or the error of the service that refused
 */
export function createCredentialChain({
  requestHandler = new RequestHandler({
    connectionTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    throwOnRequestTimeout: true,
  }),
  onFailure,
}: ChainOptions = {}): CredentialChain {
  const source = (request: CredentialRequest) => find(requestHandler, request);
  let chain = renewed(source, onFailure);
  let environment = environmentNow();
  let files: string | undefined;
  const provide = async (properties?: CredentialRequest) => {
    if (environment !== environmentNow()) {
      environment = environmentNow();
      chain = renewed(source, onFailure);
      files = undefined;
    }
    const found = filesNow();
    const changed = files !== undefined && files !== found;
    let credentials = await chain(properties);
    if (credentials.expiration === undefined && changed) {
      try {
        credentials = await chain({ ...properties, forceRefresh: true });
        files = found;
      } catch {
        // The file may just be written: until it gives credentials, those that were found before stay.
      }
    } else files = found;
    noteSecret(credentials.secretAccessKey);
    noteSecret(credentials.sessionToken);
    return credentials;
  };
  return Object.assign(provide, { memoized: true as const });
}

/**
 * Asks the profile, and where it has no source of credentials the default chain. The chain by itself also asks the next
 * source where the profile's fails, and a program that fails once would make the caller the role of the instance.
 */
async function find(requestHandler: NodeHttpHandler, request: CredentialRequest) {
  const { AWS_PROFILE: profile, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env;
  // Some inner clients take the handler from the one, some from the other. A region in `clientConfig` would replace
  // that of the SSO portal. The SDK keeps its client of STS in this object, with the region of the profile.
  const options = {
    clientConfig: { requestHandler },
    parentClientConfig: { requestHandler },
    ignoreCache: true, // of files: one that is corrected is read again
    logger: SILENT,
  };
  if (profile || !id || !secret) {
    try {
      return await fromIni(options)(request);
    } catch (error) {
      const hasNoSource = `Could not resolve credentials using profile: [${profile || 'default'}]`;
      if (!(error as Error).message.startsWith(hasNoSource)) throw error;
    }
  }
  return defaultProvider({ ...options })(request);
}

let ofProcess: CredentialChain | undefined;
let report: RenewalFailure | undefined;

/** Has the failures of credentialChain() to renew credentials reported, which no call shows while they are valid. */
export function reportRenewals(onFailure: RenewalFailure): void {
  report = onFailure;
}

/** The chain of this process: every client has it, and the launcher is served from it. */
export function credentialChain(): CredentialChain {
  ofProcess ??= createCredentialChain({ onFailure: (error, usedUntil) => report?.(error, usedUntil) });
  return ofProcess;
}

function environmentNow(): string {
  const { env } = process;
  const names = Object.keys(env).filter((name) => name.startsWith('AWS_') || name === 'HOME');
  return JSON.stringify(names.sort().map((name) => [name, env[name]]));
}

/** Which state the files of profiles are in. */
function filesNow(): string {
  const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, HOME = homedir() } = process.env;
  const paths = [
    AWS_CONFIG_FILE || join(HOME, '.aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE || join(HOME, '.aws', 'credentials'),
  ];
  return paths
    .map((path) => {
      try {
        const { mtimeMs, size, ino } = statSync(path);
        return `${mtimeMs} ${size} ${ino}`;
      } catch {
        return 'none'; // the chain tells why
      }
    })
    .join();
}
