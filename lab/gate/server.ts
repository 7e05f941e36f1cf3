import { once } from 'node:events';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { bufferOf } from './forward.js';
import type { Streamed } from './kinesis.js';
import type { Answer, Request } from './wire.js';

export interface GateServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * HTTP/1.1 and HTTP/2 without TLS on one port: KCL's Kinesis client speaks HTTP/2 with prior knowledge, all the others
 * HTTP/1.1. They are told apart by the first bytes ("Starting HTTP/2 with Prior Knowledge", RFC 9113).
 */
export async function listen(
  port: number,
  serve: (request: Request) => Promise<Answer | Streamed>,
): Promise<GateServer> {
  const handle = (
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ) => {
    void answer(request, response as ServerResponse, serve);
  };
  const http1 = createHttp1(handle);
  const http2 = createHttp2(handle);
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
      (preface ? http2 : http1).emit('connection', socket);
      if (!preface) socket.resume();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse,
  serve: (request: Request) => Promise<Answer | Streamed>,
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
      await pipeline(answered, response);
    }
  } catch {
    // The client or the emulator has gone: there is nobody to tell, or nothing to tell it.
    response.destroy();
  }
}
