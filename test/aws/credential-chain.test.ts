import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { createCredentialChain } from '../../src/aws/credential-chain.js';
import { hideSecrets } from '../../src/errors/secrets.js';
import { environment } from './helpers/environment.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'credential-chain-'));
});
afterEach(() => rmSync(home, { recursive: true }));
environment(() => ({
  HOME: home,
  AWS_CONFIG_FILE: join(home, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
  AWS_EC2_METADATA_DISABLED: 'true',
}));
beforeEach(() => {
  delete process.env.AWS_ACCESS_KEY_ID;
  delete process.env.AWS_SECRET_ACCESS_KEY;
});

const keys = (id: string) =>
  writeFileSync(
    join(home, 'credentials'),
    `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret-of-${id}\n`,
  );

test('keys that another program replaces in the file are found at the next call', async () => {
  const chain = createCredentialChain();
  keys('AKIAFIRST');
  expect(await chain()).toMatchObject({ accessKeyId: 'AKIAFIRST' });

  keys('AKIASECOND');
  expect(await chain()).toMatchObject({ accessKeyId: 'AKIASECOND' });
});

test('while the file has none, as when it is just written, the keys that were found before stay', async () => {
  const chain = createCredentialChain();
  keys('AKIAFIRST');
  await chain();

  writeFileSync(join(home, 'credentials'), '');
  expect(await chain()).toMatchObject({ accessKeyId: 'AKIAFIRST' });
  keys('AKIATHIRD');
  expect(await chain()).toMatchObject({ accessKeyId: 'AKIATHIRD' });
});

test('a profile that is added after a failure is found', async () => {
  const chain = createCredentialChain();
  process.env.AWS_PROFILE = 'later';
  await expect(chain()).rejects.toMatchObject({ name: 'CredentialsProviderError' });

  writeFileSync(join(home, 'config'), `[profile later]\ncredential_process = ${printing({})}\n`);
  expect(await chain()).toMatchObject({ accessKeyId: 'AKIAPROCESS' });
});

test('a process that gives no expiration is run once, and again when the profile changes', async () => {
  const chain = createCredentialChain();
  process.env.AWS_PROFILE = 'p';
  const runs = join(home, 'runs');
  const profile = `[profile p]\ncredential_process = sh -c 'echo run >> ${runs}; ${printing({})}'\n`;
  writeFileSync(join(home, 'config'), profile);
  await chain();
  await chain();
  writeFileSync(join(home, 'config'), `${profile}# changed\n`);
  await chain();

  expect(readFileSync(runs, 'utf8')).toBe('run\nrun\n');
});

test('a process with an expiration is run again before it', async () => {
  const chain = createCredentialChain();
  process.env.AWS_PROFILE = 'p';
  const lasting = (ms: number) => ({ Expiration: new Date(Date.now() + ms).toISOString() });
  writeFileSync(join(home, 'config'), `[profile p]\ncredential_process = ${printing(lasting(1_000))}\n`);
  expect((await chain()).accessKeyId).toBe('AKIAPROCESS');

  printing({ AccessKeyId: 'AKIANEXT', ...lasting(3_600_000) });
  while ((await chain()).accessKeyId !== 'AKIANEXT') await new Promise(setImmediate);
});

test.each(['p', 'default'])('a program of the profile %s that fails is not passed over', async (profile) => {
  const heading = profile === 'default' ? '[default]' : `[profile ${profile}]`;
  if (profile !== 'default') process.env.AWS_PROFILE = profile;
  process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI = 'http://127.0.0.1:1/never';
  const runs = join(home, 'runs');
  writeFileSync(
    join(home, 'config'),
    `${heading}\ncredential_process = sh -c 'echo run >> ${runs}; echo the vault is sealed >&2; exit 1'\n`,
  );

  await expect(createCredentialChain()()).rejects.toThrow('the vault is sealed');
  expect(readFileSync(runs, 'utf8')).toBe('run\n');
});

test('keys in the environment count before the default profile', async () => {
  writeFileSync(join(home, 'config'), '[default]\ncredential_process = false\n');
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'of-the-environment' });

  expect(await createCredentialChain()()).toMatchObject({ accessKeyId: 'AKIAENV' });
});

test('a profile without a source is passed over, and a source_profile that does not exist is not', async () => {
  const token = join(home, 'token');
  Object.assign(process.env, { AWS_PROFILE: 'p', AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ROLE_ARN: 'arn' });
  writeFileSync(join(home, 'config'), '[profile p]\nregion = us-east-1\n');
  await expect(createCredentialChain()()).rejects.toMatchObject({ code: 'ENOENT', path: token });

  writeFileSync(
    join(home, 'config'),
    '[profile p]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = gone\n',
  );
  await expect(createCredentialChain()()).rejects.toThrow('using profile: [gone]');
});

test('AWS_PROFILE counts before keys in the environment, and the SDK writes nothing of it', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  keys('AKIADEFAULT');
  Object.assign(process.env, {
    AWS_PROFILE: 'nobody',
    AWS_ACCESS_KEY_ID: 'AKIAENV',
    AWS_SECRET_ACCESS_KEY: 'of-the-environment',
  });
  await expect(createCredentialChain()()).rejects.toThrow('Could not load credentials from any providers');
  process.env.AWS_PROFILE = 'default';

  expect(await createCredentialChain()()).toMatchObject({ accessKeyId: 'AKIADEFAULT' });
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

test('what it finds is hidden from all that is written', async () => {
  keys('AKIASECRETIVE');
  await createCredentialChain()();

  expect(hideSecrets('it was secret-of-AKIASECRETIVE')).toBe('it was [hidden]');
});

/** A shell command, to stand in single quotes or by itself. */
function printing(more: object): string {
  const answer = { Version: 1, AccessKeyId: 'AKIAPROCESS', SecretAccessKey: 'of-the-process', ...more };
  const file = join(home, 'answer.json');
  writeFileSync(file, JSON.stringify(answer));
  return `cat ${file}`;
}
