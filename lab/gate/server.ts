import { once } from 'node:events';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2, Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { CutConnection } from './fault.js';
import { bufferOf } from './forward.js';
import type { Streamed } from './kinesis.js';
import type { Answer, Request } from './wire.js';

export interface GateServer {
  readonly endpoint: string;
  /** Cuts every connection that is open now; new ones work. */
  cut(): void;
  /** Cuts every connection, and refuses new ones until open(). */
  shut(): Promise<void>;
  /** On the same port again. */
  open(): Promise<void>;
}

export interface Address {
  /** A name or address of this machine, which it is reached by too; the loopback unless given. */
  host?: string | undefined;
  /** 0: a free one. */
  port: number;
}

/** Node's 10 MB would cut answers of many shards on one connection off; one of GetRecords alone may have 10 MiB. */
const SESSION_MEMORY_MB = 1_000;

/**
 * HTTP/1.1 and HTTP/2 without TLS on one port: KCL's Kinesis client speaks HTTP/2 with prior knowledge, all the others
 * HTTP/1.1. They are told apart by the first bytes ("Starting HTTP/2 with Prior Knowledge", RFC 9113).
 */
export async function listen(
  { host = '127.0.0.1', port }: Address,
  serve: (request: Request) => Promise<Answer | Streamed>,
): Promise<GateServer> {
  const handle = (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => {
    // Asked for now: a stream that has ended has no session any more.
    void answer(request, response as ServerResponse, serve, socketOf(request));
  };
  // The socket that an HTTP/2 session shows is a stand-in that can't be destroyed.
  const ofSessions = new WeakMap<object, Socket>();
  const socketOf = (request: IncomingMessage | Http2ServerRequest) =>
    request instanceof Http2ServerRequest
      ? ofSessions.get(request.stream.session ?? request)
      : request.socket;
  const http1 = createHttp1(handle);
  const http2 = createHttp2({ maxSessionMemory: SESSION_MEMORY_MB }, handle);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A client that goes away is no error of the gate's.
    socket.on('error', () => socket.destroy());
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      const preface = first.subarray(0, 3).toString('latin1') === 'PRI';
      if (preface) http2.once('session', (session) => ofSessions.set(session, socket));
      (preface ? http2 : http1).emit('connection', socket);
      if (!preface) socket.resume();
    });
  });
  const open = async (onPort: number) => {
    if (server.listening) return;
    server.listen(onPort, host);
    await once(server, 'listening');
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  await open(port);
  const { port: given } = server.address() as AddressInfo;
  return {
    endpoint: `http://${host}:${given}`,
    cut,
    async shut() {
      cut();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
    open: () => open(given),
  };
}

async function answer(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse,
  serve: (request: Request) => Promise<Answer | Streamed>,
  socket: Socket | undefined,
): Promise<void> {
  try {
    const body = await bufferOf(request);
    const {
      status,
      headers,
      body: answered,
    } = await serve({
      path: request.url ?? '/',
      headers: request.headers,
      body,
    });
    response.writeHead(status, headers);
    if (typeof answered === 'string' || Buffer.isBuffer(answered)) {
      response.end(answered);
    } else {
      // Before the pipeline ends the answer, which the client could take for a whole one.
      answered.once('error', (error) => {
        if (error instanceof CutConnection) socket?.destroy();
      });
      await pipeline(answered, response);
    }
  } catch (error) {
    if (error instanceof CutConnection) socket?.destroy();
    // Else the client or the emulator has gone: there is nobody to tell, or nothing to tell it.
    response.destroy();
  }
}
