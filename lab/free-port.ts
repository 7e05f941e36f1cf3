import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { EnvironmentError } from '../src/errors/errors.js';

/** Ports that nothing listens on. All are held until the last is known, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

/**
 * Checked before the start, because an emulator names a taken port only in a stack trace, and because the
 * health probe would be answered by whoever holds the port.
 *
 * @throws EnvironmentError
 */
export async function assertPortFree(port: number, option: string, emulator: string): Promise<void> {
  // The emulators bind every interface; on some systems that succeeds beside a server on the loopback alone.
  for (const host of [undefined, '127.0.0.1']) {
    try {
      await close(await listen(port, host));
    } catch (cause) {
      const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
      throw new EnvironmentError(
        taken
          ? `port ${port} (${option}), which ${emulator} is to listen on, is already in use`
          : `${emulator} can't listen on port ${port} (${option}): ${(cause as Error).message}`,
        {
          cause,
          hint: `Stop the process that listens on it, or set ${option} to another port or to none at all.`,
        },
      );
    }
  }
}

/** @throws EnvironmentError if the host is no name or address of this machine */
export async function assertOwnHost(host: string, option: string): Promise<void> {
  try {
    await close(await listen(0, host));
  } catch (cause) {
    throw new EnvironmentError(`can't listen on '${host}' (${option}): ${(cause as Error).message}`, {
      cause,
      hint: `Set ${option} to a name or address of this machine, or to none at all.`,
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

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}
