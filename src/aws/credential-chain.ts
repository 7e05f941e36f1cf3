import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
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

/**
 * The default credential chain of the SDK for JavaScript: credentials are cached, and renewed before they expire. Those without one are looked for again when the environment or a file of profiles has changed.
 *
 * @throws CredentialsProviderError, when called, if nothing gives credentials; or the error of the service that refused
 */
export function createCredentialChain({
  requestHandler = new RequestHandler(),
  onFailure,
}: ChainOptions = {}): CredentialChain {
  // Some inner clients take the handler from the one, some from the other. A region in `clientConfig` would replace
  // that of the SSO portal.
  const options = {
    clientConfig: { requestHandler },
    parentClientConfig: { requestHandler },
    ignoreCache: true, // of files: one that is corrected is read again
  };
  let chain = renewed(defaultProvider(options), onFailure);
  let environment = environmentNow();
  let files: string | undefined;
  const provide = async (properties?: CredentialRequest) => {
    if (environment !== environmentNow()) {
      environment = environmentNow();
      chain = renewed(defaultProvider(options), onFailure);
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
