import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createServer } from 'node:tls';
import type { ReplayOptions } from './start.js';

/** Takes TLS off, and passes on what is in it: HTTP/2 or HTTP/1.1, which the plain port tells apart. */
export async function listenWithTls(
  { port, pfxFile, passphrase }: NonNullable<ReplayOptions['tls']>,
  plainPort: number,
): Promise<void> {
  const server = createServer({
    pfx: readFileSync(pfxFile),
    passphrase,
    ALPNProtocols: ['h2', 'http/1.1'],
  });
  server.on('secureConnection', (socket) => {
    const plain = connect(plainPort, '127.0.0.1');
    // Either end may go away at any time, as a client does that is stopped.
    socket.on('error', () => plain.destroy());
    plain.on('error', () => socket.destroy());
    socket.on('close', () => plain.destroy());
    socket.pipe(plain).pipe(socket);
  });
  server.on('tlsClientError', (error) => {
    process.stderr.write(`the replay refused a TLS connection: ${error.message}\n`);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
