import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labOnly } from '../../lab/consumer-process.js';
import { createStream, type Lab, startLab } from '../../lab/lab.js';
import { projectRoot } from '../../lab/project-root.js';

const CLI = join(projectRoot, 'dist', 'cli.js');

let lab: Lab;
let arn: string;
let folder: string;
beforeAll(async () => {
  lab = await startLab();
  arn = await createStream(lab.owner, 'orders', 1);
  folder = mkdtempSync(join(tmpdir(), 'xak-bad-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await lab.stop();
});

/** Runs `start` with an environment that is right but for what is given. */
function start(env: Record<string, string | undefined>, args: string[] = []) {
  const right = {
    PATH: process.env.PATH,
    NODE_NO_WARNINGS: '1',
    ...lab.reader.env,
    ...labOnly(lab),
    STREAM_ARN: arn,
  };
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'start', ...args], {
    env: { ...right, ...env } as NodeJS.ProcessEnv,
    encoding: 'utf8',
    timeout: 60_000,
  });
  // One message: what is wrong, at most a line for each problem and a hint, and no stack.
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.match(/^cross-account-kcl: /gm)).toHaveLength(1);
  return { status, message: stderr };
}

test('no ARN', () => {
  const { status, message } = start({ STREAM_ARN: undefined });

  expect(status).toBe(2);
  expect(message).toMatch(/streamArn: is missing; give it as --stream-arn .*STREAM_ARN.*properties file/);
});

test('a malformed ARN', () => {
  const { status, message } = start({ STREAM_ARN: 'arn:aws:kinesis:us-east-1:1111:stream/orders' });

  expect(status).toBe(2);
  expect(message).toMatch(/streamArn \(environment STREAM_ARN\): .*the account is '1111', not 12 digits/);
});

test('the ARN of a stream that does not exist, although the reader has one of that name', async () => {
  await createStream(lab.reader, 'mine', 1);
  const { status, message } = start({ STREAM_ARN: arn.replace('orders', 'mine') });

  expect(status).toBe(3);
  expect(message).toMatch(/stream\/mine can't be read: there is no such stream\n.*account 111111111111/);
});

test('the endpoint of Kinesis is down', () => {
  const { status, message } = start({ KINESIS_ENDPOINT: 'http://127.0.0.1:1' });

  expect(status).toBe(3);
  expect(message).toMatch(/Kinesis can't be reached .*ECONNREFUSED.*127\.0\.0\.1:1/);
});

test('the endpoint of DynamoDB is down', () => {
  const { status, message } = start({ DYNAMO_DB_ENDPOINT: 'http://127.0.0.1:1' });

  expect(status).toBe(3);
  expect(message).toMatch(
    /the lease table cross-account-kcl-111111111111-orders can't be used: .*127\.0\.0\.1:1/,
  );
});

test('no credentials', () => {
  const { status, message } = start({
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: folder,
  });

  expect(status).toBe(3);
  expect(message).toContain('there are no AWS credentials');
});

test('no Java', () => {
  const { status, message } = start({ PATH: folder, JAVA_HOME: undefined });

  expect(status).toBe(2);
  expect(message).toMatch(
    /Java can't be started as 'java': there is no such program; JAVA_HOME is not set\nInstall Java 17/,
  );
});

test('a Java that is too old', () => {
  const bin = join(folder, 'java-11', 'bin');
  mkdirSync(bin, { recursive: true });
  const said = 'Error: LinkageError occurred while loading main class crossaccountkcl.Launcher';
  const why =
    'java.lang.UnsupportedClassVersionError: has been compiled by a more recent version of the Java Runtime';
  writeFileSync(join(bin, 'java'), `#!/bin/sh\necho '${said}' >&2\necho '\t${why}' >&2\nexit 1\n`);
  chmodSync(join(bin, 'java'), 0o755);
  const { status, message } = start({ JAVA_HOME: join(folder, 'java-11') });

  expect(status).toBe(2);
  expect(message).toMatch(
    /the Java that was found is too old: .*UnsupportedClassVersionError.*\nInstall Java 17/,
  );
});

test('a socket path that is too long', () => {
  const { status, message } = start({ RUN_DIRECTORY: join(folder, 'x'.repeat(100)) });

  expect(status).toBe(2);
  expect(message).toMatch(
    /the socket's path would have \d+ bytes, and the system allows 10[37]: .*\nSet runDirectory/,
  );
});

test('a run directory that does not exist', () => {
  const { status, message } = start({ RUN_DIRECTORY: join(folder, 'none') });

  expect(status).toBe(2);
  expect(message).toMatch(/no directory can be made in .*none: ENOENT/);
});

test('a handler that can’t be loaded, and one that exports nothing useful', () => {
  expect(start({ HANDLER: join(folder, 'none.js') })).toMatchObject({
    status: 2,
    message: expect.stringMatching(/handler: .*none\.js can't be loaded: /),
  });
  writeFileSync(join(folder, 'empty.mjs'), 'export const handle = 1;');
  expect(start({ HANDLER: join(folder, 'empty.mjs') })).toMatchObject({
    status: 2,
    message: expect.stringMatching(/exports handle; expected a function 'handleRecord'/),
  });
});

test('a value that only KCL can judge', () => {
  const { status, message } = start({}, ['--set', 'awsCredentialsProvider=NoSuchProvider']);

  expect(status).toBe(2);
  expect(message).toMatch(/the launcher can't start: .+/);
});

test('several things at once are reported together', () => {
  const { status, message } = start({ STREAM_ARN: 'x', TRANSPORT: 'pipe', KCL_MAX_RECRDS: '5' });

  expect(status).toBe(2);
  expect(message.split('\n').filter((line) => line.startsWith('  '))).toHaveLength(3);
  expect(message).toContain('did you mean KCL_MAX_RECORDS?');
});

test('an unknown option', () => {
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'start', '--stream', 'x'], {
    encoding: 'utf8',
  });

  expect(status).toBe(2);
  expect(stderr).toMatch(/unknown option '--stream'/);
});

test('a port of the lab that is in use', async () => {
  const server: Server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, () => resolve((server.address() as { port: number }).port));
  });
  try {
    await expect(startLab({ kinesisPort: port })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(String(port)),
    });
  } finally {
    server.close();
  }
});
