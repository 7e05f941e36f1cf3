import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
