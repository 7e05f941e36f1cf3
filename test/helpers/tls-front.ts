import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { listen } from './connect-proxy.js';

const run = promisify(execFile);
const PASSWORD = 'changeit';

/** A certificate for AWS's names that nobody trusts but who is given its file: as of a proxy that signs anew. */
export interface Certificate {
  readonly pfx: Buffer;
  /** The file, in PEM form, for NODE_EXTRA_CA_CERTS. */
  readonly pemFile: string;
}

/** Made by the JDK's keytool. @param folder for its files */
export async function makeCertificate(folder: string, names: readonly string[]): Promise<Certificate> {
  const keytool = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'keytool') : 'keytool';
  const pfxFile = join(folder, 'front.p12');
  const pemFile = join(folder, 'front.pem');
  const store = ['-alias', 'front', '-keystore', pfxFile, '-storetype', 'PKCS12', '-storepass', PASSWORD];
  const san = names.map((name) => `dns:${name}`).join(',');
  await run(keytool, [
    ...['-genkeypair', ...store, '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '2'],
    ...['-dname', 'CN=proxy.test', '-ext', `san=${san}`, '-ext', 'bc:c=ca:true'],
  ]);
  await run(keytool, ['-exportcert', ...store, '-rfc', '-file', pemFile]);
  return { pfx: readFileSync(pfxFile), pemFile };
}

/** Takes TLS off, HTTP/2 as HTTP/1.1, and sends what comes to the port for the name that was asked for. */
export async function startTlsFront({ pfx }: Certificate, portOf: (name: string) => number) {
  const server = createServer({ pfx, passphrase: PASSWORD, ALPNProtocols: ['h2', 'http/1.1'] });
  server.on('secureConnection', (socket: TLSSocket & { servername?: string | false }) => {
    const upstream = connect(portOf(socket.servername || ''), '127.0.0.1');
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  server.on('tlsClientError', () => {}); // one that does not trust it
  return await listen(server);
}
