import { EmulatorError } from '../../lab/emulator-error.js';
import { type EmulatorCommand, startEmulator } from '../../lab/emulator-process.js';
import { freePorts } from '../../lab/free-port.js';
import { EnvironmentError } from '../../src/errors/errors.js';
import { descendants } from './helpers/processes.js';

afterEach(() => {
  expect(descendants(process.pid)).toEqual([]);
});

test('one that dies at its start is reported with its exit code and last output', async () => {
  const error = await failureOf("console.error('no such table'); process.exit(7)");
  expect(error).toBeInstanceOf(EmulatorError);
  expect(error).toMatchObject({
    message: 'the emulator ended with exit code 7 before it was stopped; its last output:\n  no such table',
  });
});

test('one that is not healthy in time is reported with its last output, and killed', async () => {
  const error = await failureOf("console.log('loading'); setInterval(() => {}, 1000)", {
    healthyTimeoutMs: 300,
  });
  expect(error).toMatchObject({
    message: 'the emulator was not healthy after 300 ms; its last output:\n  loading',
  });
});

test('one that ignores SIGTERM and the end of its input is killed', async () => {
  const [port = 0] = await freePorts(1);
  const emulator = await startEmulator(
    command(
      port,
      `process.on('SIGTERM', () => {}); require('node:http').createServer((_, r) => r.end()).listen(${port})`,
    ),
  );
  await emulator.stop();
});

test('a command that is not on PATH is named', async () => {
  const error = await failureOf('', { command: 'no-such-command' });
  expect(error).toBeInstanceOf(EnvironmentError);
  expect(error).toMatchObject({
    message: "the emulator can't be started: 'no-such-command' could not be run",
    remedy: 'Install no-such-command or put it on PATH.',
  });
});

async function failureOf(script: string, changes: Partial<EmulatorCommand> = {}): Promise<unknown> {
  const [port = 0] = await freePorts(1);
  return startEmulator({ ...command(port, script), ...changes }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

function command(port: number, script: string): EmulatorCommand {
  return { name: 'the emulator', command: process.execPath, args: ['-e', script], env: {}, port };
}
