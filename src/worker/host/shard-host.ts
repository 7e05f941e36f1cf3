import { createServer, type Server, type Socket } from 'node:net';
import { EnvironmentError } from '../../errors/errors.js';
import { type SessionOptions, ShardSession } from './shard-session.js';

/** Serves every shard of the launcher, one connection each, on a Unix-domain socket. */
export class ShardHost {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: SessionOptions) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      new ShardSession(socket, options);
    });
  }

  /** @throws EnvironmentError if nothing can listen on the path, or something does already */
  static async listen(socketPath: string, options: SessionOptions): Promise<ShardHost> {
    const host = new ShardHost(options);
    await new Promise<void>((resolve, reject) => {
      host.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const reason = cause.code === 'EADDRINUSE' ? 'it is in use' : cause.message;
        reject(
          new EnvironmentError(`can't listen on the socket ${socketPath}: ${reason}`, {
            remedy: 'End the process that uses it, or set runDirectory (RUN_DIRECTORY) to another directory.',
            cause,
          }),
        );
      });
      host.#server.listen(socketPath, resolve);
    });
    host.#server.removeAllListeners('error').on('error', (err) => {
      options.logger.error({ err }, 'a connection from the launcher could not be taken');
    });
    return host;
  }

  /** Ends every connection; what their handlers still do does not count. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
