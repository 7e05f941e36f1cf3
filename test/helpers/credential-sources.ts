import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the sources give: keys of that account of the lab. */
export interface IssuedKeys {
  accessKeyId: string;
  /** How long they last. */
  lastingMs: number;
}

const HOUR_MS = 3_600_000;

/**
 * A home of a user with profiles, and every service that gives credentials, on the loopback: the portal of IAM Identity
 * Center and its token service, sign-in, the container endpoint, the instance metadata, and STS for web identities.
 */
export class CredentialSources {
  readonly home = mkdtempSync(join(tmpdir(), 'credential-sources-'));
  /** What was asked for, oldest first: method and path. */
  readonly asked: string[] = [];
  keys: IssuedKeys = { accessKeyId: '222222222222', lastingMs: HOUR_MS };
  /** Set to have the portal answer that, as while it is down or throttles. */
  portalAnswers: { status: number; name: string } | undefined;
  /** Set to have the portal and sign-in refuse, as after a logout. */
  portalRefuses = false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const [status, type, body] = this.#answer(request, Buffer.concat(chunks).toString());
        response.writeHead(status, { 'content-type': type }).end(body);
      });
    });
    mkdirSync(join(this.home, '.aws'));
  }

  static async start(): Promise<CredentialSources> {
    const sources = new CredentialSources();
    await new Promise<void>((resolve) => sources.#server.listen(0, '127.0.0.1', resolve));
    return sources;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The environment of a user of this home, without keys. */
  get env(): Record<string, string> {
    return {
      HOME: this.home,
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_LOGIN_CACHE_DIRECTORY: join(this.home, '.aws', 'login', 'cache'),
      AWS_ENDPOINT_URL_SSO: this.url,
      AWS_ENDPOINT_URL_SSO_OIDC: this.url,
      AWS_ENDPOINT_URL_SIGNIN: this.url,
      AWS_ENDPOINT_URL_STS: this.url,
    };
  }

  config(text: string): void {
    writeFileSync(join(this.home, '.aws', 'config'), text);
  }

  credentials(text: string): void {
    writeFileSync(join(this.home, '.aws', 'credentials'), text);
  }

  /** A profile with an sso-session, as `aws configure sso` and `aws sso login` leave it. */
  ssoSession(tokenLastsMs = 8 * HOUR_MS): Record<string, string> {
    this.config(`
[profile reader]
sso_session = corp
sso_account_id = 222222222222
sso_role_name = OrdersReader
region = us-east-1

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access
`);
    this.#ssoToken('corp', tokenLastsMs);
    return { ...this.env, AWS_PROFILE: 'reader' };
  }

  /** The same in the form of CLI 1. */
  ssoLegacy(tokenLastsMs = 8 * HOUR_MS): Record<string, string> {
    const url = 'https://corp.awsapps.com/start';
    this.config(`
[profile reader]
sso_start_url = ${url}
sso_region = us-east-1
sso_account_id = 222222222222
sso_role_name = OrdersReader
region = us-east-1
`);
    this.#ssoToken(url, tokenLastsMs);
    return { ...this.env, AWS_PROFILE: 'reader' };
  }

  #ssoToken(of: string, lastsMs: number): void {
    const folder = join(this.home, '.aws', 'sso', 'cache');
    mkdirSync(folder, { recursive: true });
    const token = {
      startUrl: 'https://corp.awsapps.com/start',
      region: 'us-east-1',
      accessToken: 'access-token-of-the-portal',
      expiresAt: new Date(Date.now() + lastsMs).toISOString(),
      clientId: 'client',
      clientSecret: 'secret-of-the-client',
      registrationExpiresAt: new Date(Date.now() + 24 * HOUR_MS).toISOString(),
      refreshToken: 'refresh-token-of-the-portal',
    };
    writeFileSync(join(folder, `${sha(of, 'sha1')}.json`), JSON.stringify(token));
  }

  /** A profile of `aws login`. */
  login(lastsMs = HOUR_MS): Record<string, string> {
    const session = 'arn:aws:iam::222222222222:user/ann';
    this.config(`[profile reader]\nlogin_session = ${session}\nregion = us-east-1\n`);
    const folder = join(this.home, '.aws', 'login', 'cache');
    mkdirSync(folder, { recursive: true });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const token = {
      accessToken: {
        accessKeyId: this.keys.accessKeyId,
        secretAccessKey: 'secret-of-the-login',
        sessionToken: 'session-of-the-login',
        accountId: '222222222222',
        expiresAt: new Date(Date.now() + lastsMs).toISOString(),
      },
      tokenType: 'aws_sigv4',
      refreshToken: 'refresh-token-of-the-login',
      idToken: 'identity-token-of-the-login',
      clientId: 'arn:aws:signin:::devtools/same-device',
      dpopKey: privateKey.export({ format: 'pem', type: 'sec1' }),
    };
    writeFileSync(join(folder, `${sha(session, 'sha256')}.json`), JSON.stringify(token));
    return { ...this.env, AWS_PROFILE: 'reader' };
  }

  /** A profile with a program that gives credentials. */
  process(): Record<string, string> {
    const answer = { Version: 1, AccessKeyId: this.keys.accessKeyId, SecretAccessKey: 'of-the-process' };
    writeFileSync(join(this.home, 'answer.json'), JSON.stringify(answer));
    this.config(`[profile reader]\ncredential_process = cat ${join(this.home, 'answer.json')}\n`);
    return { ...this.env, AWS_PROFILE: 'reader' };
  }

  /** The endpoint of ECS and of EKS Pod Identity, whose token stands in a file. */
  container(): Record<string, string> {
    writeFileSync(join(this.home, 'token'), 'pod-token-that-is-checked');
    return {
      ...this.env,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${this.url}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(this.home, 'token'),
    };
  }

  instance(): Record<string, string> {
    return { ...this.env, AWS_EC2_METADATA_DISABLED: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: this.url };
  }

  webIdentity(): Record<string, string> {
    writeFileSync(join(this.home, 'token'), 'eyJhbGciOiJSUzI1NiJ9.of-the-pod.signature');
    return {
      ...this.env,
      AWS_ROLE_ARN: 'arn:aws:iam::222222222222:role/orders-reader',
      AWS_WEB_IDENTITY_TOKEN_FILE: join(this.home, 'token'),
    };
  }

  /** A role that is assumed with the keys of another profile. */
  chained(): Record<string, string> {
    this.config(`
[profile reader]
role_arn = arn:aws:iam::222222222222:role/orders-reader
source_profile = base
`);
    this.credentials('[base]\naws_access_key_id = 222222222222\naws_secret_access_key = of-the-base\n');
    return { ...this.env, AWS_PROFILE: 'reader' };
  }

  #answer(request: IncomingMessage, body: string): [number, string, string] {
    const { pathname } = new URL(request.url ?? '', this.url);
    this.asked.push(`${request.method} ${pathname}`);
    const json = (content: object, status = 200): [number, string, string] => [
      status,
      'application/json',
      JSON.stringify(content),
    ];
    const expiration = Date.now() + this.keys.lastingMs;
    const { accessKeyId } = this.keys;
    const given = {
      AccessKeyId: accessKeyId,
      SecretAccessKey: 'secret-of-the-role',
      Token: 'session-of-the-role',
    };
    const Expiration = new Date(expiration).toISOString();
    switch (pathname) {
      case '/federation/credentials':
        if (this.portalAnswers) {
          const { status, name } = this.portalAnswers;
          return json({ message: 'later', __type: name }, status);
        }
        if (this.portalRefuses || !request.headers['x-amz-sso_bearer_token']) {
          return json(
            { message: 'Session token not found or invalid', __type: 'UnauthorizedException' },
            401,
          );
        }
        return json({
          roleCredentials: {
            accessKeyId,
            secretAccessKey: given.SecretAccessKey,
            sessionToken: given.Token,
            expiration,
          },
        });
      case '/token':
        return json({ accessToken: 'renewed-access-token', tokenType: 'Bearer', expiresIn: 28_800 });
      case '/v1/token':
        if (this.portalRefuses) {
          return json({ message: 'x', error: 'TOKEN_EXPIRED', __type: 'AccessDeniedException' }, 400);
        }
        return json({
          accessToken: {
            accessKeyId,
            secretAccessKey: given.SecretAccessKey,
            sessionToken: given.Token,
          },
          tokenType: 'aws_sigv4',
          expiresIn: this.keys.lastingMs / 1000,
          refreshToken: 'renewed-refresh-token',
        });
      case '/v1/credentials':
        return request.headers.authorization === readFileSync(join(this.home, 'token'), 'utf8')
          ? json({ ...given, Expiration })
          : json({ Code: 'AccessDenied', Message: 'wrong token' }, 403);
      case '/latest/api/token':
        return [200, 'text/plain', 'token-of-the-instance'];
      case '/latest/meta-data/iam/security-credentials/':
        return [200, 'text/plain', 'orders-reader'];
      case '/latest/meta-data/iam/security-credentials/orders-reader':
        return json({ Code: 'Success', Type: 'AWS-HMAC', LastUpdated: Expiration, ...given, Expiration });
      default: {
        const action = new URLSearchParams(body).get('Action') ?? '';
        return [200, 'text/xml', stsAnswer(action, given, Expiration)];
      }
    }
  }
}

function stsAnswer(action: string, keys: Record<string, string>, expiration: string): string {
  if (action === 'GetCallerIdentity') {
    return `<GetCallerIdentityResponse><GetCallerIdentityResult>
      <Arn>arn:aws:sts::222222222222:assumed-role/orders-reader/x</Arn><UserId>x</UserId><Account>222222222222</Account>
      </GetCallerIdentityResult></GetCallerIdentityResponse>`;
  }
  return `<${action}Response><${action}Result><Credentials><AccessKeyId>${keys.AccessKeyId}</AccessKeyId>
    <SecretAccessKey>${keys.SecretAccessKey}</SecretAccessKey><SessionToken>${keys.Token}</SessionToken>
    <Expiration>${expiration}</Expiration></Credentials></${action}Result></${action}Response>`;
}

function sha(text: string, how: 'sha1' | 'sha256'): string {
  return createHash(how).update(text).digest('hex');
}
