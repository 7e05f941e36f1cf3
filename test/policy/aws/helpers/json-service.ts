import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An error as AWS answers it. */
export class Refused extends Error {
  constructor(
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

export interface JsonCall {
  readonly operation: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The account of the caller: in the lab the access key id is its number. */
  readonly account: string;
}

export interface JsonService {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Answers the calls of a service that speaks AWS's JSON 1.1, on the loopback. What `answer` throws as Refused is AWS's error. */
export async function startJsonService(answer: (call: JsonCall) => object): Promise<JsonService> {
  const server = createServer(async (request, response) => {
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    try {
      send(200, answer(await callOf(request)));
    } catch (error) {
      const { type, message } = error instanceof Refused ? error : new Refused('InternalFailure', `${error}`);
      send(400, { __type: type, message });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function callOf(request: IncomingMessage): Promise<JsonCall> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return {
    operation: String(request.headers['x-amz-target']).split('.')[1] ?? '',
    fields: JSON.parse(text),
    account: /Credential=(\d{12})\//.exec(request.headers.authorization ?? '')?.[1] ?? '',
  };
}
