import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../../lab/lab.js';

/** The reader's role, whose sessions a pod gets for the token of its service account. */
export const READER = 'arn:aws:iam::222222222222:role/orders-reader';

/** A pod's way to credentials: a role, and a file with a token that is replaced from time to time. */
export class WebIdentity {
  readonly env: Record<string, string>;
  readonly tokenFile: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'xak-token-'));
  readonly #lab: Lab;
  #token: string | undefined;

  constructor(
    lab: Lab,
    readonly role = READER,
  ) {
    this.#lab = lab;
    this.tokenFile = join(this.#folder, 'token');
    const { identities, webIdentityTokens, endpoint } = lab.gate;
    identities.setRole({
      arn: role,
      policies: [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }],
      trust: {
        Statement: {
          Effect: 'Allow',
          Principal: { Federated: webIdentityTokens.provider },
          Action: 'sts:AssumeRoleWithWebIdentity',
        },
      },
    });
    this.replaceToken();
    this.env = {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
      AWS_PROFILE: '',
      AWS_CONFIG_FILE: join(this.#folder, 'none'),
      AWS_SHARED_CREDENTIALS_FILE: join(this.#folder, 'none'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_REGION: lab.region,
      AWS_ROLE_ARN: role,
      AWS_WEB_IDENTITY_TOKEN_FILE: this.tokenFile,
      AWS_ENDPOINT_URL_STS: endpoint,
    };
  }

  /** As the kubelet does it; STS refuses the token that was there before. */
  replaceToken(): void {
    const token = this.#lab.gate.webIdentityTokens.issue();
    writeFileSync(`${this.tokenFile}.new`, token, { mode: 0o600 });
    renameSync(`${this.tokenFile}.new`, this.tokenFile);
    if (this.#token !== undefined) this.#lab.gate.webIdentityTokens.expire(this.#token);
    this.#token = token;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
