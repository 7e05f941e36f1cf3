import { type ClientHttp2Session, connect } from 'node:http2';
import { bufferOf } from '../../../../lab/gate/forward.js';

export interface RawAnswer {
  status: number;
  type: string;
  body: Buffer;
}

/** Headers of a call of an AWS JSON or CBOR protocol, signed by name only: the gate checks no signature. */
export function headersOf(
  target: string,
  { key = '111111111111', type = 'application/x-amz-json-1.1', service = 'kinesis' } = {},
): Record<string, string> {
  return {
    'content-type': type,
    'x-amz-target': target,
    'x-amz-date': '20261125T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261125/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
  };
}

/** One request as it stands, over HTTP/1.1. */
export async function post(
  endpoint: string,
  headers: Record<string, string>,
  body: string | Uint8Array<ArrayBuffer>,
  path = '/',
): Promise<RawAnswer> {
  const answer = await fetch(endpoint + path, { method: 'POST', headers, body });
  return {
    status: answer.status,
    type: answer.headers.get('content-type') ?? '',
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

/** One request over HTTP/2 with prior knowledge. */
export async function postHttp2(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body: string | Uint8Array,
): Promise<RawAnswer> {
  const stream = session.request({ ':method': 'POST', ':path': '/', ...headers });
  const answered = new Promise<Omit<RawAnswer, 'body'>>((resolve, reject) => {
    stream.once('response', (found) =>
      resolve({ status: Number(found[':status']), type: String(found['content-type']) }),
    );
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('the stream ended without an answer')));
  });
  stream.end(body);
  const head = await answered;
  return { ...head, body: await bufferOf(stream) };
}

export async function withHttp2<T>(
  endpoint: string,
  use: (session: ClientHttp2Session) => Promise<T>,
): Promise<T> {
  const session = connect(endpoint);
  try {
    return await use(session);
  } finally {
    session.destroy();
  }
}
