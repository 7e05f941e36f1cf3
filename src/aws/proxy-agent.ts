import type { AgentOptions, ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { withTimeout } from '../errors/time-limit.js';
import { ConnectionError, untrustedCertificate } from './connection-error.js';
import { describeProxy, type ProxySetting } from './proxy.js';

/** Of a proxy that is there but slow; the SDK itself sets no limit. */
const TIMEOUT_MS = 10_000;

type Options = Parameters<HttpsProxyAgent<string>['connect']>[1];
interface ConnectAnswer {
  readonly statusCode: number;
  readonly statusText: string;
}

/**
 * Connects through a proxy by CONNECT, for http as for https, as KCL does. Unlike the library, it fails when the proxy
 * does not connect; there the proxy's answer would be taken for that of AWS.
 */
export class ProxyAgent extends HttpsProxyAgent<string> {
  readonly #proxy: ProxySetting;

  readonly #timeoutMs: number;

  constructor(proxy: ProxySetting, options: AgentOptions = {}, timeoutMs = TIMEOUT_MS) {
    super(proxy.url.href, options);
    this.#proxy = proxy;
    this.#timeoutMs = timeoutMs;
  }

  override async connect(request: ClientRequest, options: Options) {
    const target = `${options.host}:${options.port}`;
    let answer: ConnectAnswer | undefined;
    request.once('proxyConnect', (given: ConnectAnswer) => {
      answer = given;
    });
    const socket = await this.#withinTime((signal) => {
      // It is read at once, for the connection to the proxy.
      this.connectOpts = { ...this.connectOpts, signal };
      return super.connect(request, options);
    });
    if (answer?.statusCode === 200) return socket;
    socket.destroy();
    throw this.#refusal(answer, target);
  }

  async #withinTime(connect: (signal: AbortSignal) => Promise<Socket>): Promise<Socket> {
    const giving = new AbortController();
    const connecting = connect(giving.signal);
    try {
      return await withTimeout(connecting, this.#timeoutMs, () => {
        throw Object.assign(new Error(), { code: 'ETIMEDOUT' });
      });
    } catch (error) {
      giving.abort();
      // Nobody takes a socket that comes now, nor listens for its errors, which would end the process.
      connecting.then(
        (late) => late.on('error', () => {}).destroy(),
        () => {},
      );
      throw this.#unreachable(error as NodeJS.ErrnoException);
    }
  }

  #unreachable(cause: NodeJS.ErrnoException): ConnectionError {
    const { variable } = this.#proxy;
    const proxy = `the proxy ${describeProxy(this.#proxy)},`;
    const look = `Look at ${variable}, and at the way from here to the proxy.`;
    const untrusted = untrustedCertificate(cause, proxy);
    if (untrusted) return untrusted;
    if (cause.code === 'ETIMEDOUT' && cause.syscall === undefined) {
      // Without its cause: the SDK would wait as long again, four times.
      return new ConnectionError(`${proxy} does not answer`, { remedy: look });
    }
    if (cause.code === undefined) {
      const remedy = `Does a proxy listen at that port? Look at ${variable}: an https:// there means TLS to the proxy itself.`;
      return new ConnectionError(`${proxy} does not answer as a proxy does: ${cause.message}`, {
        remedy,
        cause,
      });
    }
    const message = cause.message.includes(cause.code) ? cause.message : `${cause.code} ${cause.message}`;
    return new ConnectionError(`${proxy} can't be reached: ${message}`, { remedy: look, cause });
  }

  #refusal(answer: ConnectAnswer | undefined, target: string): ConnectionError {
    const { url, variable } = this.#proxy;
    const proxy = `the proxy ${describeProxy(this.#proxy)},`;
    const status = `HTTP ${answer?.statusCode} ${answer?.statusText}`.trim();
    if (answer === undefined || Number.isNaN(answer.statusCode)) {
      return new ConnectionError(`${proxy} does not answer with HTTP`, {
        remedy: `Does a proxy listen at that port? Look at ${variable}.`,
      });
    }
    if (answer.statusCode === 407) {
      const given = url.username !== '' || url.password !== '';
      return new ConnectionError(
        given
          ? `${proxy} does not accept the user and the password of ${variable} (${status})`
          : `${proxy} asks for a user and a password (${status})`,
        {
          remedy: given
            ? `Correct them in ${variable}; the proxy must take Basic authentication. Special characters stand there percent-encoded, such as %40 for @.`
            : `Write them into ${variable}, before the host as user:password@; the proxy must take Basic authentication.`,
        },
      );
    }
    if (answer.statusCode >= 500) {
      return new ConnectionError(`${proxy} can't connect to ${target} (${status})`, {
        remedy: "Look at the region and the endpoint, and at the proxy's log: its DNS and its way out.",
        retryable: true,
      });
    }
    return new ConnectionError(`${proxy} refuses to connect to ${target} (${status})`, {
      remedy:
        'Let the proxy allow CONNECT to this host and port, or name the host in NO_PROXY if there is a way without the proxy.',
    });
  }
}
