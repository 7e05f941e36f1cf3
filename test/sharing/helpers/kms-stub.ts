import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StubKey {
  arn: string;
  policy: string;
  manager?: 'AWS' | 'CUSTOMER';
  state?: string;
  /** Other names: its id, aliases. */
  names?: string[];
}

export interface KmsStub {
  /** For AWS_ENDPOINT_URL_KMS. */
  endpoint: string;
  keys: StubKey[];
  /** The calls, in order. */
  calls: string[];
  /** Answers every call of this name with AccessDeniedException. */
  denied: Set<string>;
  /** Runs before a call is answered. */
  before: (call: string) => void;
  stop(): Promise<void>;
}

/** DescribeKey, GetKeyPolicy and PutKeyPolicy of KMS, and nothing else. */
export async function startKmsStub(): Promise<KmsStub> {
  const server = createServer(async (request, response) => {
    const call = String(request.headers['x-amz-target']).replace('TrentService.', '');
    const { KeyId, Policy } = (await json(request)) as { KeyId: string; Policy?: string };
    stub.calls.push(call);
    stub.before(call);
    const key = stub.keys.find(({ arn, names = [] }) => arn === KeyId || names.includes(KeyId));
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    if (stub.denied.has(call)) {
      const message = `User: x is not authorized to perform: kms:${call} on resource: ${KeyId}`;
      return answer(400, { __type: 'AccessDeniedException', message });
    }
    if (!key) return answer(400, { __type: 'NotFoundException', message: `Key '${KeyId}' does not exist` });
    switch (call) {
      case 'DescribeKey': {
        const { arn: Arn, manager: KeyManager = 'CUSTOMER', state: KeyState = 'Enabled' } = key;
        return answer(200, { KeyMetadata: { KeyId: Arn.split('/')[1], Arn, KeyManager, KeyState } });
      }
      case 'GetKeyPolicy':
        return answer(200, { Policy: key.policy, PolicyName: 'default' });
      case 'PutKeyPolicy':
        // The ids of roles and users that are gone are no principals, though KMS itself shows them.
        if (/"A(?:RO|ID)A/.test(Policy ?? '')) {
          const message = 'Policy contains a statement with one or more invalid principals.';
          return answer(400, { __type: 'MalformedPolicyDocumentException', message });
        }
        key.policy = Policy ?? '';
        return answer(200, {});
      default:
        return answer(400, { __type: 'UnknownOperationException' });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stub: KmsStub = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys: [],
    calls: [],
    denied: new Set(),
    before: () => {},
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return stub;
}

async function json(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return JSON.parse(text);
}
