import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { freePorts } from '../../lab/free-port.js';
import { createStream, startLab } from '../../lab/lab.js';
import { EnvironmentError } from '../../src/errors/errors.js';
import { allGone, descendants, reaped } from './helpers/processes.js';

test('after stop() nothing is left running, and stopping again does nothing', async () => {
  const lab = await startLab();
  const pids = descendants(process.pid).map(({ pid }) => pid);
  expect(pids).toHaveLength(2);
  await lab.stop();
  expect(descendants(process.pid)).toEqual([]);
  await lab.stop();
});

test.each([
  ['kinesisPort', 'kinesis-local'] as const,
  ['dynamodbPort', 'DynamoDB Local'] as const,
  ['gatePort', 'the gate'] as const,
])(
  'a %s that is in use ends in an error that names it, and nothing is left running',
  async (option, emulator) => {
    const server = createServer();
    const port = await listen(server);
    try {
      const error = await startLab({ [option]: port }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(EnvironmentError);
      expect(error).toMatchObject({
        message: `port ${port} (${option}), which ${emulator} is to listen on, is already in use`,
        remedy: expect.stringContaining(`set ${option} to another port`),
      });
      expect(descendants(process.pid)).toEqual([]);
    } finally {
      server.close();
    }
  },
);

test('a gate that cannot listen leaves no emulator running', async () => {
  // of TEST-NET-1, which no machine has
  await expect(startLab({ gateHost: '192.0.2.1' })).rejects.toThrow(/192\.0\.2\.1/);
  expect(descendants(process.pid)).toEqual([]);
});

test('given ports and region are used', async () => {
  const [kinesisPort = 0, dynamodbPort = 0, gatePort = 0] = await freePorts(3);
  const lab = await startLab({ kinesisPort, dynamodbPort, gatePort, region: 'eu-west-1' });
  try {
    expect(lab.kinesisEndpoint).toBe(`http://127.0.0.1:${kinesisPort}`);
    expect(lab.dynamodbEndpoint).toBe(`http://127.0.0.1:${dynamodbPort}`);
    expect(lab.gate.endpoint).toBe(`http://127.0.0.1:${gatePort}`);
    expect(await createStream(lab.owner, 'europe', 1)).toContain(':eu-west-1:');
    await lab.reader.dynamodb.send(new ListTablesCommand({}));
  } finally {
    await lab.stop();
  }
});

test('an emulator that dies is reported by stop(), with nothing left running', async () => {
  const lab = await startLab();
  const victim = descendants(process.pid).find(({ command }) => command.includes('kinesis-local'))?.pid ?? 0;
  process.kill(victim, 'SIGKILL');
  await reaped(victim);
  await expect(lab.stop()).rejects.toThrow(/kinesis-local ended by SIGKILL before it was stopped/);
  expect(descendants(process.pid)).toEqual([]);
});

test('the emulators end when their parent is killed', async () => {
  const { parent, pids } = await holdALab();
  expect(pids).toHaveLength(2);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  expect(await allGone(pids)).toBe(true);
});

test('Ctrl-C reaches the parent alone, so that it can still use its tables to end well', async () => {
  const { parent, pids, kinesisEndpoint } = await holdALab();
  const interrupted = once(parent, 'message');
  process.kill(-(parent.pid ?? 0), 'SIGINT');
  expect(await interrupted).toContain('interrupted');
  await sleep(500);
  expect((await fetch(kinesisEndpoint)).status).toBeGreaterThan(0);
  parent.kill('SIGKILL');
  expect(await allGone(pids)).toBe(true);
});

/** In a process group of its own, as a terminal would start it. */
async function holdALab(): Promise<{ parent: ChildProcess; pids: number[]; kinesisEndpoint: string }> {
  const file = fileURLToPath(new URL('helpers/hold-a-lab.js', import.meta.url));
  const parent = fork(file, { detached: true, execArgv: [] });
  const [kinesisEndpoint] = await once(parent, 'message');
  return { parent, pids: descendants(parent.pid ?? 0).map(({ pid }) => pid), kinesisEndpoint };
}

async function listen(server: Server): Promise<number> {
  server.listen(0);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
