import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What it was asked, as the callers sent it. */
export interface Sent {
  readonly headers: IncomingHttpHeaders;
  /** Of STS. */
  readonly parameters: URLSearchParams;
}

export interface Given {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/**
 * An STS that lets anyone assume any role, or, as any service, an AWS that refuses every call and repeats in its text
 * what was sent, as AWS does: the canonical request of a wrong signature with its headers, a value that does not fit.
 */
export class EchoingAws {
  readonly sent: Sent[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param given what the roles get; undefined to refuse */
  static async start(given: Given | undefined): Promise<EchoingAws> {
    const server = createServer(async (request, response) => {
      const parameters = new URLSearchParams(await text(request));
      stub.sent.push({ headers: request.headers, parameters });
      const operation = parameters.get('Action');
      if (given !== undefined && operation !== null) {
        response.writeHead(200, { 'content-type': 'text/xml' }).end(credentials(operation, given));
      } else if (operation === null) {
        response
          .writeHead(400, {
            'content-type': 'application/json',
            'x-amzn-errortype': 'InvalidSignatureException',
          })
          .end(
            JSON.stringify({ __type: 'InvalidSignatureException', message: wrongSignature(request.headers) }),
          );
      } else {
        const echoed = [...parameters].map(([name, value]) => `Value '${value}' at '${lower(name)}' failed`);
        const message = `${echoed.length} validation errors detected: ${echoed.join('; ')} ${wrongSignature(request.headers)}`;
        response
          .writeHead(400, { 'content-type': 'text/xml' })
          .end(
            `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${xml(message)}</Message></Error></ErrorResponse>`,
          );
      }
    });
    const stub = new EchoingAws(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return stub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function credentials(operation: string, given: Given): string {
  return `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result>
    <Credentials><AccessKeyId>${given.accessKeyId}</AccessKeyId>
    <SecretAccessKey>${given.secretAccessKey}</SecretAccessKey><SessionToken>${given.sessionToken}</SessionToken>
    <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>
    </${operation}Result></${operation}Response>`;
}

function wrongSignature(headers: IncomingHttpHeaders): string {
  const signed = Object.entries(headers).map(([name, value]) => `${name}:${String(value)}`);
  return (
    'The request signature we calculated does not match the signature you provided. The Canonical String for this ' +
    `request should have been\n'POST\n/\n\n${signed.sort().join('\n')}\n\n${Object.keys(headers).sort().join(';')}\nabc'`
  );
}

const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
const xml = (plain: string) => plain.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
