import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab } from '../../lab/lab.js';
import { WebIdentity } from './web-identity.js';

/** Where a worker gets sessions of a role from. */
export interface SessionSource {
  readonly role: string;
  readonly env: Record<string, string>;
  /** Replaces what proves to the source who asks; what was there before is refused. */
  replaceToken(): void;
  remove(): void;
}

export type SourceName = keyof typeof sources;

export const sources = {
  'a web identity': async (lab: Lab, role: string) => new WebIdentity(lab, role),
  'a container, as with EKS Pod Identity': async (lab: Lab, role: string) => {
    const container = await Container.start(lab, role);
    return container.source(container.env);
  },
  'a process (credential_process)': async (lab: Lab, role: string) => {
    const container = await Container.start(lab, role);
    const command = `curl --silent --fail ${container.url}/process`;
    return container.source(container.profile(`credential_process = ${command}`));
  },
  'a role of a profile (source_profile)': async (lab: Lab, role: string) => {
    const container = await Container.start(lab, role);
    const { accessKeyId, secretAccessKey } = container.user();
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}`;
    return container.source(
      container.profile(`role_arn = ${role}\nsource_profile = base\n\n[profile base]\n${keys}`),
    );
  },
  'a role of a profile (credential_source = Environment)': async (lab: Lab, role: string) => {
    const container = await Container.start(lab, role);
    const { accessKeyId, secretAccessKey } = container.user();
    return container.source({
      ...container.profile(`role_arn = ${role}\ncredential_source = Environment`),
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
  },
  'a role of a profile (credential_source = EcsContainer)': async (lab: Lab, role: string) => {
    const container = await Container.start(lab, `${role}-of-the-task`);
    container.setRole(role);
    return container.source(
      { ...container.env, ...container.profile(`role_arn = ${role}\ncredential_source = EcsContainer`) },
      role,
    );
  },
} satisfies Record<string, (lab: Lab, role: string) => Promise<SessionSource>>;

/** The endpoint of a container's credentials, on the loopback, and a folder with a token and profiles. */
class Container {
  url = '';
  readonly #folder = mkdtempSync(join(tmpdir(), 'xak-container-'));
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #lab: Lab;
  readonly #role: string;
  #token = 'token-0';
  #tokens = 0;

  private constructor(lab: Lab, role: string) {
    this.#lab = lab;
    this.#role = role;
    this.setRole(role);
    this.replaceToken();
  }

  static async start(lab: Lab, role: string): Promise<Container> {
    const container = new Container(lab, role);
    container.#server.listen(0, '127.0.0.1');
    await once(container.#server, 'listening');
    container.url = `http://127.0.0.1:${(container.#server.address() as AddressInfo).port}`;
    return container;
  }

  /** Without any keys, and with the token of the container. */
  get env(): Record<string, string> {
    return {
      ...NO_KEYS,
      AWS_CONFIG_FILE: join(this.#folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(this.#folder, 'credentials'),
      AWS_REGION: this.#lab.region,
      AWS_ENDPOINT_URL_STS: this.#lab.gate.endpoint,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${this.url}/container`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: this.#tokenFile,
    };
  }

  /** @return the environment of a user of this profile */
  profile(lines: string): Record<string, string> {
    writeFileSync(join(this.#folder, 'config'), `[profile orders]\n${lines}\n`);
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: _, ...others } = this.env;
    return { ...others, AWS_PROFILE: 'orders' };
  }

  user() {
    return this.#lab.gate.identities.addUser(`arn:aws:iam::${READER}:user/base`, [ALL]);
  }

  setRole(arn: string): void {
    const trust = {
      Statement: { Effect: 'Allow', Principal: { AWS: READER }, Action: 'sts:AssumeRole' },
    } as const;
    this.#lab.gate.identities.setRole({ arn, policies: [ALL], trust });
  }

  replaceToken(): void {
    this.#token = `token-${++this.#tokens}`;
    writeFileSync(`${this.#tokenFile}.new`, this.#token);
    renameSync(`${this.#tokenFile}.new`, this.#tokenFile);
  }

  source(env: Record<string, string>, role = this.#role): SessionSource {
    return {
      role,
      env,
      replaceToken: () => this.replaceToken(),
      remove: () => {
        this.#server.closeAllConnections();
        this.#server.close();
        rmSync(this.#folder, { recursive: true });
      },
    };
  }

  get #tokenFile(): string {
    return join(this.#folder, 'token');
  }

  #answer({ url, headers }: IncomingMessage, response: ServerResponse): void {
    if (url === '/container' && headers.authorization !== this.#token) {
      response.writeHead(401).end('{"code":"Unauthorized","message":"the token has expired"}');
      return;
    }
    const { identities } = this.#lab.gate;
    const session = identities.assume(identities.role(this.#role) as never, 'lab');
    const name = url === '/container' ? 'Token' : 'SessionToken';
    const answer = {
      Version: 1,
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      [name]: session.sessionToken,
      Expiration: session.expiration?.toISOString(),
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }
}

const READER = '222222222222';
const ALL = { Statement: { Effect: 'Allow', Action: '*', Resource: '*' } } as const;
const NO_KEYS = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_EC2_METADATA_DISABLED: 'true',
};
