import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import { createCredentialChain } from '../../src/aws/credential-chain.js';
import { CredentialServer } from '../../src/aws/credential-server.js';
import { makeRunDirectory } from '../../src/jvm/run-directory.js';
import { CredentialSources } from '../helpers/credential-sources.js';
import { environment } from './helpers/environment.js';

let sources: CredentialSources;
let folder: string;
let server: CredentialServer;
environment(() => ({}));
beforeEach(async () => {
  sources = await CredentialSources.start();
  folder = mkdtempSync(join(tmpdir(), 'credential-server-'));
  server = await CredentialServer.listen(join(folder, 'aws.sock'), createCredentialChain(), 'us-east-1');
});
afterEach(() => {
  server.close();
  sources.stop();
  rmSync(folder, { recursive: true });
});

/** As the launcher asks. */
async function ask(env: Record<string, string>, refused = ''): Promise<Record<string, unknown>> {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  for (const [name, value] of Object.entries(env)) {
    if (value === '') delete process.env[name];
    else process.env[name] = value;
  }
  const socket = connect(join(folder, 'aws.sock'));
  socket.end(refused);
  return JSON.parse(await text(socket)) as Record<string, unknown>;
}

const FIVE_MINUTES_MS = 300_000;
const CLOSED = 'http://127.0.0.1:1';
const UNKNOWN = 'http://portal.invalid';

test.each([
  ['a profile with an sso-session', () => sources.ssoSession(), ['GET /federation/credentials']],
  [
    'an sso-session whose token is renewed',
    () => sources.ssoSession(FIVE_MINUTES_MS / 2),
    ['POST /token', 'GET /federation/credentials'],
  ],
  [
    'a profile of IAM Identity Center as CLI 1 writes it',
    () => sources.ssoLegacy(),
    ['GET /federation/credentials'],
  ],
  ['aws login', () => sources.login(), []],
  ['aws login whose keys are renewed', () => sources.login(FIVE_MINUTES_MS / 2), ['POST /v1/token']],
  ['credential_process', () => sources.process(), []],
  ['the container endpoint', () => sources.container(), ['GET /v1/credentials']],
  [
    'the instance metadata',
    () => sources.instance(),
    [
      'PUT /latest/api/token',
      'GET /latest/meta-data/iam/security-credentials/',
      'GET /latest/meta-data/iam/security-credentials/orders-reader',
    ],
  ],
  ['a web identity', () => sources.webIdentity(), ['POST /']],
  ['a role with source_profile', () => sources.chained(), ['POST /']],
])('serves what %s gives', async (_name, setUp, asked) => {
  const answer = await ask(setUp());

  expect(answer).toMatchObject({ AccessKeyId: '222222222222', SecretAccessKey: expect.any(String) });
  expect(sources.asked).toEqual(asked);
  const again = await ask(setUp());
  expect(again.AccessKeyId).toBe('222222222222');
  expect(sources.asked).toEqual(asked); // from the cache of the chain
});

test('renews what expires, with the keys of that moment', async () => {
  sources.keys = { accessKeyId: '111111111111', lastingMs: 1_000 };
  const env = sources.ssoSession();
  expect(await ask(env)).toMatchObject({ AccessKeyId: '111111111111', Expiration: expect.any(String) });

  sources.keys = { accessKeyId: '333333333333', lastingMs: 2 * FIVE_MINUTES_MS };
  while ((await ask(env)).AccessKeyId !== '333333333333') await new Promise(setImmediate);
});

test('gives others for the keys that AWS has refused, and only for those', async () => {
  const env = sources.container();
  await ask(env);
  const { now } = performance;
  const later = jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 6_000);
  try {
    sources.keys = { accessKeyId: '333333333333', lastingMs: 2 * FIVE_MINUTES_MS };
    expect((await ask(env, '444444444444')).AccessKeyId).toBe('222222222222');
    expect((await ask(env, '222222222222')).AccessKeyId).toBe('333333333333');
  } finally {
    later.mockRestore();
  }
});

test.each([
  ['an SSO session that has ended', () => sources.ssoLegacy(-1_000), 'aws sso login --profile reader'],
  ['an sso-session that has ended', () => sources.ssoSession(-1_000), 'aws sso login --profile reader'],
  [
    'an SSO session that the portal does not know any more',
    () => {
      sources.portalRefuses = true;
      return sources.ssoSession();
    },
    'aws sso login --profile reader',
  ],
  [
    'a login that has ended',
    () => {
      sources.portalRefuses = true;
      return sources.login(-1_000);
    },
    'aws login --profile reader',
  ],
  [
    'a profile that does not exist',
    () => ({ ...sources.env, AWS_PROFILE: 'nobody' }),
    "the profile 'nobody' is in neither",
  ],
  ['nothing at all', () => sources.env, 'there are no AWS credentials'],
])('of %s it gives the reason and the remedy', async (_name, setUp, remedy) => {
  const answer = await ask(setUp());

  expect(answer).toMatchObject({ Refused: true, Message: expect.stringContaining(remedy) });
  expect(answer).not.toHaveProperty('AccessKeyId');
});

test.each([
  ['a portal that is down', () => ({ ...sources.ssoSession(), AWS_ENDPOINT_URL_SSO: CLOSED })],
  ['a portal whose name is unknown', () => ({ ...sources.ssoLegacy(), AWS_ENDPOINT_URL_SSO: UNKNOWN })],
  ['a portal that throttles', () => answering(429, 'TooManyRequestsException')],
  ['a portal that fails', () => answering(500, 'InternalServerException')],
  ['a portal that answers 503', () => answering(503, 'ServiceUnavailable')],
  ['a sign-in that is down', () => ({ ...sources.login(-1_000), AWS_ENDPOINT_URL_SIGNIN: CLOSED })],
])('of %s it tells that, and not that the credentials are not valid', async (_name, setUp) => {
  const answer = await ask(setUp());

  expect(answer).toMatchObject({ Refused: false, Message: expect.stringContaining('the network') });
  expect(answer.Message).not.toMatch(/Log in|belongs to its settings/);
});

function answering(status: number, name: string): Record<string, string> {
  sources.portalAnswers = { status, name };
  return sources.ssoSession();
}

test('of a service that is down it tells that, and not that there are no credentials', async () => {
  const answer = await ask({ ...sources.webIdentity(), AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' });

  expect(answer).toMatchObject({ Refused: false, Message: expect.stringContaining('127.0.0.1:1') });
});

test('only this user can ask: the socket stands in the private directory of the run', async () => {
  const directory = await makeRunDirectory(tmpdir());
  try {
    expect(statSync(join(directory.credentialsSocketPath, '..')).mode & 0o777).toBe(0o700);
  } finally {
    await directory.remove();
  }
});
