import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { explainCall } from '../../src/aws/call-error.js';
import { credentialsFailure } from '../../src/aws/credentials-failure.js';
import { failureOf } from '../../src/preflight/failure.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { namedError } from './helpers/named-error.js';

const NONE = namedError('CredentialsProviderError', 'Could not load credentials from any providers');
const folder = temporaryFolder();
const config = () => join(folder(), 'config');
const credentials = () => join(folder(), 'credentials');

function files(ofConfig: string, ofCredentials = ''): NodeJS.ProcessEnv {
  writeFileSync(config(), ofConfig);
  writeFileSync(credentials(), ofCredentials);
  return { AWS_CONFIG_FILE: config(), AWS_SHARED_CREDENTIALS_FILE: credentials() };
}

const failure = (env: NodeJS.ProcessEnv, error: Error = NONE) =>
  credentialsFailure(error, { HOME: folder(), ...env });

test('nothing was set up', () => {
  expect(failure({})).toEqual({
    reason: 'there are no AWS credentials (Could not load credentials from any providers)',
    remedy: expect.stringMatching(/^Set AWS_PROFILE or AWS_ACCESS_KEY_ID and /),
  });
});

test('a profile that does not exist is named, with the files and the profiles in them', () => {
  const env = files(
    '[profile reader]\nregion = a\n[sso-session nope]\n',
    '[default]\naws_access_key_id = A\n',
  );

  expect(failure({ ...env, AWS_PROFILE: 'nope' })).toEqual({
    reason: `there are no AWS credentials: the profile 'nope' is in neither ${config()} nor ${credentials()}`,
    remedy: expect.stringMatching(/^Correct AWS_PROFILE, .*; they have reader, default\.$/),
  });
});

test('files that do not exist are named', () => {
  expect(failure({ AWS_PROFILE: 'nope' })?.reason).toMatch(
    /the profile 'nope' is in neither \S+\.aws\/config \(there is no such file\) nor \S+\.aws\/credentials \(there/,
  );
  const env = { AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials' };
  expect(failure(env)?.reason).toContain('nor /nowhere/credentials (there is no such file)');
});

test('a file that is a directory, as Docker makes one', () => {
  const env = { ...files('[default]\n'), AWS_SHARED_CREDENTIALS_FILE: folder() };

  expect(failure(env)).toEqual({
    reason: `there are no AWS credentials: the file ${folder()}, which AWS_SHARED_CREDENTIALS_FILE names, can't be read (EISDIR)`,
    remedy: expect.stringContaining('Docker makes a directory in place of a file'),
  });
});

test('a file that this user may not read is named, with whose it is and its mode', () => {
  const env = files('', '[default]\naws_access_key_id = A\naws_secret_access_key = B\n');
  chmodSync(folder(), 0o755);
  chmodSync(credentials(), 0o600);
  // Root may read everything, so another user looks at root's file; else the owner, who may not.
  const root = process.getuid?.() === 0;
  if (!root) chmodSync(credentials(), 0);
  const module = pathToFileURL(join(process.cwd(), 'build', 'src', 'aws', 'credentials-failure.js')).href;
  const program = `const { credentialsFailure } = await import(${JSON.stringify(module)});
    const error = Object.assign(new Error('none'), { name: 'CredentialsProviderError' });
    console.log(JSON.stringify(credentialsFailure(error)));`;

  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...env, PATH: process.env.PATH },
    encoding: 'utf8',
    ...(root && { uid: 65_534, gid: 65_534 }),
  });

  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    reason: expect.stringMatching(
      `the file ${credentials()}, which AWS_SHARED_CREDENTIALS_FILE names, can't be read \\(EACCES\\)`,
    ),
    remedy: expect.stringMatching(
      /^This process is of user \d+\. The file is of user \d+, with mode (600|000)\. Let it/,
    ),
  });
});

test.each([
  [
    'source_profile = gone\nrole_arn = x',
    "the profile 'p' has the source_profile 'gone', which is in neither",
  ],
  ['credential_process = /bin/false', "the credential_process of the profile 'p' gives none"],
  ['aws_access_key_id = A', "the profile 'p' gives none"],
  ['region = eu-west-1', "the profile 'p' gives none"],
])('a profile with %j', (settings, reason) => {
  const found = failure({ ...files(`[profile p]\n${settings}\n`), AWS_PROFILE: 'p' });

  expect(found?.reason).toContain(`there are no AWS credentials: ${reason}`);
  expect(found?.remedy).not.toContain('Set AWS_PROFILE');
});

test('half of a key pair in the environment', () => {
  expect(failure({ AWS_ACCESS_KEY_ID: 'A' })?.reason).toBe(
    'there are no AWS credentials: AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not',
  );
});

test('no login by SSO: the command that logs in', () => {
  const error = namedError(
    'CredentialsProviderError',
    'The SSO session token associated with profile=a b was not found',
  );

  expect(failure({ AWS_PROFILE: 'a b' }, error)?.remedy).toBe("Log in: aws sso login --profile 'a b'");
});

test('no login by SSO of the profile that gives the keys for a role: that one is to be logged in', () => {
  const error = namedError('CredentialsProviderError', 'The SSO session has expired');
  const env = files('[profile p]\nrole_arn = x\nsource_profile = q\n[profile q]\nsource_profile = sso\n');

  expect(failure({ ...env, AWS_PROFILE: 'p' }, error)?.remedy).toBe('Log in: aws sso login --profile sso');
});

test('a profile that is its own source_profile', () => {
  const error = namedError('CredentialsProviderError', 'The SSO session has expired');
  const env = files('[profile p]\nrole_arn = x\nsource_profile = p\n');

  expect(failure({ ...env, AWS_PROFILE: 'p' }, error)?.remedy).toBe('Log in: aws sso login --profile p');
});

test.each([
  ['Command failed: vault read --key=hush\nunsealing\nthe vault is sealed\n', ' (the vault is sealed)'],
  ['Command failed: vault read --key=hush\n', ' (the command failed and wrote nothing to stderr)'],
  [`Command failed: vault\n${'x'.repeat(1_000)}`, ` (${'x'.repeat(300)}…)`],
])('of a program that fails its last line is told: %#', (text, said) => {
  const env = { ...files('[profile p]\ncredential_process = vault\n'), AWS_PROFILE: 'p' };

  expect(failure(env, namedError('CredentialsProviderError', text))?.reason).toBe(
    `there are no AWS credentials: the credential_process of the profile 'p' gives none${said}`,
  );
});

test('a source that does not answer says nothing of the credentials', () => {
  const error = namedError('SourceTimeoutError', 'it did not answer');

  expect(failure({}, error)).toMatchObject({ transient: true });
  expect(failureOf(error, { action: 'a', resource: 'r' })).toMatchObject({ status: 'error' });
});

test('the file of a web identity token is not taken for an endpoint that does not answer', () => {
  const error = Object.assign(new Error('ENOENT: …'), {
    code: 'ENOENT',
    syscall: 'open',
    path: '/nowhere/token',
  });

  expect(failure({}, error)?.reason).toContain(
    "the file /nowhere/token, from which the credentials come, can't be read (ENOENT)",
  );
});

test.each([
  'IncompleteSignature',
  'MissingAuthenticationTokenException',
  'ExpiredToken',
  'CredentialsProviderError',
])('start and preflight say the same of %s', (name) => {
  const error = namedError(name, 'as AWS says', 400);
  const subject = {
    failure: 'f',
    service: 'KMS',
    action: 'a',
    allowedBy: 'b',
    missing: { reason: '', remedy: '' },
    endpointKey: '',
  } as const;
  const { message, remedy } = explainCall(error, subject);

  expect(failureOf(error, { action: 'a', resource: 'r' })).toMatchObject({
    status: 'failed',
    fixedBy: 'reader',
    message: message.replace(/^f: /, ''),
    remedy,
  });
});

test('no secret of a file is shown', () => {
  mkdirSync(join(folder(), 'd'));
  const env = files(
    '[profile p]\naws_secret_access_key = hush\nsource_profile = gone\n',
    '[x]\naws_session_token = hush\n',
  );

  for (const AWS_PROFILE of ['p', 'x', 'nope']) {
    expect(JSON.stringify(failure({ ...env, AWS_PROFILE }))).not.toContain('hush');
  }
});
