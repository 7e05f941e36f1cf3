import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Gate, type GateOptions, startGate } from '../../../../lab/gate/gate.js';

export interface GateBefore {
  gate: Gate;
  /** What reached it, by the names of the calls, without the gate's own questions. */
  calls: string[];
  /** Connections for what was let through that are open. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

/** A gate before an emulator that answers as it is told. */
export async function gateBefore(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options?: GateOptions,
): Promise<GateBefore> {
  const calls: string[] = [];
  const server: Server = createServer(async (request, response) => {
    for await (const _ of request);
    const call = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    if (call === 'GetResourcePolicy' || call === 'DescribeStream') {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1', connection: 'close' });
      response.end('{"__type":"ResourceNotFoundException"}');
      return;
    }
    calls.push(call);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kinesis = new KinesisClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: '111111111111', secretAccessKey: 'lab' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
  const gate = await startGate({ kinesisEndpoint: endpoint, dynamodbEndpoint: endpoint, kinesis }, options);
  return {
    gate,
    calls,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    async stop() {
      kinesis.destroy();
      await gate.stop();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
