import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { EnvironmentError } from '../src/errors/errors.js';

/**
 * Linux, macOS and Windows take the ports of outgoing connections, and those of `listen(0)`, from 32768 on: a port
 * below can't be taken by one of these between now and when it is listened on.
 */
const range = { from: 10_240, to: 32_768 };
/** Processes that start at the same time, with process ids that are close to each other, look in different parts. */
const parts = 64;

/** Ports that nothing listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const size = (range.to - range.from) / parts;
  const first = range.from + (process.pid % parts) * size;
  const start = Math.floor(Math.random() * size);
  const ports: number[] = [];
  for (let step = 0; step < size && ports.length < count; step++) {
    const port = first + ((start + step) % size);
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < count)
    throw new EnvironmentError(`no ${count} free ports from ${first} to ${first + size - 1}`);
  return ports;
}

/**
 * Checked before the start, because an emulator names a taken port only in a stack trace, and because the
 * health probe would be answered by whoever holds the port.
 *
 * @throws EnvironmentError
 */
export async function assertPortFree(port: number, option: string, emulator: string): Promise<void> {
  try {
    await tryToListen(port);
  } catch (cause) {
    const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new EnvironmentError(
      taken
        ? `port ${port} (${option}), which ${emulator} is to listen on, is already in use`
        : `${emulator} can't listen on port ${port} (${option}): ${(cause as Error).message}`,
      {
        cause,
        remedy: `Stop the process that listens on it, or set ${option} to another port or to none at all.`,
      },
    );
  }
}

function isFree(port: number): Promise<boolean> {
  return tryToListen(port).then(
    () => true,
    () => false,
  );
}

async function tryToListen(port: number): Promise<void> {
  // The emulators bind every interface; on some systems that succeeds beside a server on the loopback alone.
  for (const host of [undefined, '127.0.0.1']) await close(await listen(port, host));
}

/** @throws EnvironmentError if the host is no name or address of this machine */
export async function assertOwnHost(host: string, option: string): Promise<void> {
  try {
    await close(await listen(0, host));
  } catch (cause) {
    throw new EnvironmentError(`can't listen on '${host}' (${option}): ${(cause as Error).message}`, {
      cause,
      remedy: `Set ${option} to a name or address of this machine, or to none at all.`,
    });
  }
}

async function listen(port: number, host?: string): Promise<Server> {
  const server = createServer();
  server.listen({ port, exclusive: true, ...(host !== undefined && { host }) });
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
