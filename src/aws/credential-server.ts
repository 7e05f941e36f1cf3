import { createServer, type Server, type Socket } from 'node:net';
import { EnvironmentError } from '../errors/errors.js';
import { hideSecrets } from '../errors/secrets.js';
import type { CredentialChain } from './credential-chain.js';
import { credentialsFailure } from './credentials-failure.js';

interface SdkError extends Error {
  $metadata?: { httpStatusCode?: number };
}

/** What is refused now and may be granted later, although it was answered. */
const TRANSIENT = /Throttl|LimitExceeded|TooManyRequests|^IDPCommunicationError/;

/**
 * Serves what the credential chain of this process finds to the launcher. It sends the access key id that AWS has refused,
 * or nothing, and gets an answer in the form of the container credentials protocol. The socket is in the private directory
 * of the run, which only this user can enter.
 */
export class CredentialServer {
  readonly #server: Server;
  readonly #connections = new Set<Socket>();

  private constructor(answer: (refused: string) => Promise<object>) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
      socket.on('error', () => {}); // the launcher has left
      let refused = '';
      socket.setEncoding('utf8').on('data', (text: string) => {
        refused += text;
      });
      socket.once('end', async () => socket.end(JSON.stringify(await answer(refused))));
    });
  }

  /**
   * @param region whose STS the chain asks, unless the profile or the environment names another
   * @throws EnvironmentError
   */
  static async listen(path: string, chain: CredentialChain, region: string): Promise<CredentialServer> {
    const own = new CredentialServer((refused) => answerOf(chain, region, refused));
    await new Promise<void>((resolve, reject) => {
      own.#server.once('error', (cause) => reject(cantListen(path, cause)));
      own.#server.listen(path, resolve);
    });
    return own;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#connections) socket.destroy();
  }
}

function cantListen(path: string, cause: Error): EnvironmentError {
  return new EnvironmentError(`can't listen on the socket ${path}: ${cause.message}`, {
    remedy: 'Set runDirectory (RUN_DIRECTORY, --run-directory) to a directory whose file system has sockets.',
    cause,
  });
}

/** @returns credentials, or why there are none */
async function answerOf(chain: CredentialChain, region: string, refused: string): Promise<object> {
  try {
    const found = await chain({
      callerClientConfig: { region: async () => region },
      ...(refused !== '' && { forceRefresh: true, refused }),
    });
    return {
      AccessKeyId: found.accessKeyId,
      SecretAccessKey: found.secretAccessKey,
      Token: found.sessionToken,
      Expiration: found.expiration?.toISOString(),
      AccountId: found.accountId,
    };
  } catch (error) {
    const { name, message, $metadata } = error as SdkError;
    const failure = credentialsFailure(error);
    const status = $metadata?.httpStatusCode ?? 0;
    const answered = status >= 400 && status < 500 && !TRANSIENT.test(name);
    const refused = failure === undefined ? answered : failure.transient !== true;
    const text = failure ? `${failure.reason.replace(/\.$/, '')}. ${failure.remedy}` : `${name}: ${message}`;
    return { Code: name, Message: hideSecrets(text), Refused: refused };
  }
}
