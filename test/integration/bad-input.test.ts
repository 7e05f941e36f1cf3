import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStream, type Lab, startLab } from '../../lab/lab.js';
import { CLI, refusedStart } from './helpers/cli.js';

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
  return refusedStart(lab, { STREAM_ARN: arn, ...env }, args);
}

test('no ARN', async () => {
  const { status, message } = await start({ STREAM_ARN: undefined });

  expect(status).toBe(2);
  expect(message).toMatch(/streamArn: is missing; give it as --stream-arn .*STREAM_ARN.*properties file/);
});

test('a malformed ARN', async () => {
  const { status, message } = await start({ STREAM_ARN: 'arn:aws:kinesis:us-east-1:1111:stream/orders' });

  expect(status).toBe(2);
  expect(message).toMatch(/streamArn \(environment STREAM_ARN\): .*the account is '1111', not 12 digits/);
});

test('the ARN of a stream that does not exist, although the reader has one of that name', async () => {
  await createStream(lab.reader, 'mine', 1);
  const { status, message } = await start({ STREAM_ARN: arn.replace('orders', 'mine') });

  expect(status).toBe(3);
  expect(message).toMatch(/stream\/mine can't be read: there is no such stream\n.*account 111111111111/);
});

test.each([
  ['DELETING', 'is deleting it; records that were not read are lost'],
  ['CREATING', 'Try again when its owner'],
])('a stream that is %s', async (status, remedy) => {
  // The emulator is done within 100 ms, and a start takes longer: a Kinesis that says so for good.
  const summary = { StreamARN: arn, StreamStatus: status, StreamCreationTimestamp: 1_700_000_000 };
  const server = createHttpServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ StreamDescriptionSummary: summary }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    expect(await start({ KINESIS_ENDPOINT: `http://127.0.0.1:${port}` })).toMatchObject({
      status: 3,
      message: expect.stringMatching(
        new RegExp(`its status is ${status}, and ACTIVE is needed\\n.*${remedy}`),
      ),
    });
  } finally {
    server.close();
  }
});

test('the endpoint of Kinesis is down', async () => {
  const { status, message } = await start({ KINESIS_ENDPOINT: 'http://127.0.0.1:1' });

  expect(status).toBe(3);
  expect(message).toMatch(/Kinesis can't be reached .*ECONNREFUSED.*127\.0\.0\.1:1/);
});

test('the endpoint of DynamoDB is down', async () => {
  const { status, message } = await start({ DYNAMO_DB_ENDPOINT: 'http://127.0.0.1:1' });

  expect(status).toBe(3);
  expect(message).toMatch(
    /the lease table cross-account-kcl-111111111111-orders can't be used: .*127\.0\.0\.1:1/,
  );
});

test('no credentials', async () => {
  const { status, message } = await start({
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: folder,
  });

  expect(status).toBe(3);
  expect(message).toContain('there are no AWS credentials');
});

test('no Java', async () => {
  const { status, message } = await start({ PATH: folder, JAVA_HOME: undefined });

  expect(status).toBe(2);
  expect(message).toMatch(
    /Java can't be started as 'java': there is no such program; JAVA_HOME is not set\nInstall Java 17/,
  );
});

test('a Java that is too old', async () => {
  const bin = join(folder, 'java-11', 'bin');
  mkdirSync(bin, { recursive: true });
  const said = 'Error: LinkageError occurred while loading main class crossaccountkcl.run.Launcher';
  const why =
    'java.lang.UnsupportedClassVersionError: has been compiled by a more recent version of the Java Runtime';
  writeFileSync(join(bin, 'java'), `#!/bin/sh\necho '${said}' >&2\necho '\t${why}' >&2\nexit 1\n`);
  chmodSync(join(bin, 'java'), 0o755);
  const { status, message } = await start({ JAVA_HOME: join(folder, 'java-11') });

  expect(status).toBe(2);
  expect(message).toMatch(
    /the Java that was found is too old: .*UnsupportedClassVersionError.*\nInstall Java 17/,
  );
});

test('a heap that is too small', async () => {
  const { status, message } = await start({ JAVA_TOOL_OPTIONS: '-Xmx12m' });

  expect(status).toBe(5);
  expect(message).toMatch(/the JVM ran out of memory: .*OutOfMemoryError.*\nGive the container more memory/);
});

test('a socket path that is too long', async () => {
  const { status, message } = await start({ RUN_DIRECTORY: join(folder, 'x'.repeat(100)) });

  expect(status).toBe(2);
  expect(message).toMatch(
    /the socket's path would have \d+ bytes, and the system allows 10[37]: .*\nSet runDirectory/,
  );
});

test('a run directory that does not exist', async () => {
  const { status, message } = await start({ RUN_DIRECTORY: join(folder, 'none') });

  expect(status).toBe(2);
  expect(message).toMatch(/no directory can be made in .*none: ENOENT/);
});

test('a handler that can’t be loaded, and one that exports nothing useful', async () => {
  expect(await start({ HANDLER: join(folder, 'none.js') })).toMatchObject({
    status: 2,
    message: expect.stringMatching(/handler: .*none\.js can't be loaded: /),
  });
  writeFileSync(join(folder, 'empty.mjs'), 'export const handle = 1;');
  expect(await start({ HANDLER: join(folder, 'empty.mjs') })).toMatchObject({
    status: 2,
    message: expect.stringMatching(/exports handle; expected a function 'handleRecord'/),
  });
});

test('a value that only KCL can judge', async () => {
  const { status, message } = await start({}, ['--set', 'awsCredentialsProvider=NoSuchProvider']);

  expect(status).toBe(2);
  expect(message).toMatch(/the launcher can't start: .+/);
});

test('several things at once are reported together', async () => {
  const { status, message } = await start({ STREAM_ARN: 'x', TRANSPORT: 'pipe', KCL_MAX_RECRDS: '5' });

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
