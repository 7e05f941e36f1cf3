import type { IncomingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { cbor } from '@smithy/core/cbor';
import { rpcV2Target } from '../iam/request.js';
import { AwsError, QueryError } from './aws-error.js';

export interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}

/** A protocol in which AWS's SDKs call: where the operation stands, and how values and errors are written. */
export interface Wire {
  /** As in the header X-Amz-Target: `Kinesis_20131202.GetRecords`. */
  target(request: Request): string;
  decode(body: Buffer): unknown;
  encode(value: object, target: string): Answer;
  error(error: AwsError): Answer;
}

/** As it was before it was packed: Java packs large bodies for CloudWatch. @throws AwsError */
export function unpacked({ path, headers, body }: Request): Request {
  const { 'content-encoding': encoding, ...others } = headers;
  if (encoding !== 'gzip') return { path, headers, body };
  return { path, headers: others, body: parsed(() => gunzipSync(body)) };
}

/** JSON, in which also what the lab does not speak is answered. */
export function wireOf({ headers }: Request): Wire {
  const type = String(headers['content-type'] ?? '');
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return rpcV2;
  if (type.startsWith('application/x-amz-cbor-1.1')) return cborWire;
  if (type.startsWith('application/x-www-form-urlencoded')) return query;
  return json(
    type.startsWith('application/x-amz-json') ? type : 'application/x-amz-json-1.1',
    headers['x-amzn-query-mode'] === 'true',
  );
}

const headerTarget = ({ headers }: Request) => String(headers['x-amz-target'] ?? '');

function json(type: string, queryMode: boolean): Wire {
  const answer = (status: number, value: object, headers: Record<string, string> = {}): Answer => ({
    status,
    headers: { 'content-type': type, ...headers },
    body: JSON.stringify(value),
  });
  return {
    target: headerTarget,
    decode: (body) => parsed(() => JSON.parse(body.toString('utf8') || '{}') as unknown),
    encode: (value) => answer(200, value),
    error: ({ status, code, message }) =>
      answer(status, { __type: code, message }, queryMode ? { 'x-amzn-query-error': queryError(code) } : {}),
  };
}

function cborAnswer(status: number, type: string, value: object, headers = {}): Answer {
  return {
    status,
    headers: { 'content-type': type, ...headers },
    body: Buffer.from(cbor.serialize(value)),
  };
}

const fromCbor = (body: Buffer) =>
  parsed(() => (body.length === 0 ? {} : (cbor.deserialize(body) as unknown)));

const cborWire: Wire = {
  target: headerTarget,
  decode: fromCbor,
  encode: (value) => cborAnswer(200, 'application/x-amz-cbor-1.1', value),
  error: ({ status, code, message }) =>
    cborAnswer(status, 'application/x-amz-cbor-1.1', { __type: code, message }),
};

const RPC_V2 = { 'smithy-protocol': 'rpc-v2-cbor' };
const rpcV2: Wire = {
  target({ path }) {
    const target = rpcV2Target(path) ?? '';
    // They would do what another header says.
    if (/^(Kinesis|DynamoDB)_/.test(target)) {
      throw new AwsError('UnknownOperationException', `the emulators know no rpc-v2-cbor, for ${target}`);
    }
    return target;
  },
  decode: fromCbor,
  encode: (value) => cborAnswer(200, 'application/cbor', value, RPC_V2),
  error: ({ status, code, message }) =>
    cborAnswer(status, 'application/cbor', { __type: code, message }, RPC_V2),
};

/** STS, IAM and older clients of CloudWatch: a form, answered with XML. Its names of errors have no `Exception`. */
const QUERY_VERSIONS: Readonly<Record<string, string>> = {
  '2011-06-15': 'AWSSecurityTokenServiceV20110615',
  '2010-05-08': 'AWSIdentityManagementV20100508',
  '2010-08-01': 'GraniteServiceVersion20100801',
};
const QUERY_CODES: Readonly<Record<string, string>> = {
  UnrecognizedClientException: 'InvalidClientTokenId',
  ExpiredTokenException: 'ExpiredToken',
  AccessDeniedException: 'AccessDenied',
  MissingAuthenticationTokenException: 'MissingAuthenticationToken',
  IncompleteSignatureException: 'IncompleteSignature',
};

/**
 * The name that SQS had for an error before it spoke JSON, which it still says to SDKs that ask for it ("AWS query
 * compatible protocol", Smithy).
 */
function queryError(code: string): string {
  const known: Readonly<Record<string, string>> = {
    ...QUERY_CODES,
    InvalidParameterValueException: 'InvalidParameterValue',
    QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
    EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  };
  return `${known[code] ?? code};Sender`;
}

const query: Wire = {
  target({ body }) {
    const form = new URLSearchParams(body.toString('utf8'));
    return `${QUERY_VERSIONS[form.get('Version') ?? ''] ?? ''}.${form.get('Action') ?? ''}`;
  },
  decode: (body) => Object.fromEntries(new URLSearchParams(body.toString('utf8'))),
  encode(value, target) {
    const operation = target.slice(target.indexOf('.') + 1);
    return xml(
      200,
      `<${operation}Response><${operation}Result>${elements(value)}</${operation}Result>${METADATA}</${operation}Response>`,
    );
  },
  error(error) {
    const { status, code, message } = error;
    const named = error instanceof QueryError ? undefined : QUERY_CODES[code];
    return xml(
      named === undefined ? status : 403,
      `<ErrorResponse><Error><Type>Sender</Type>${elements({ Code: named ?? code, Message: message })}</Error></ErrorResponse>`,
    );
  },
};

const METADATA = '<ResponseMetadata><RequestId>lab</RequestId></ResponseMetadata>';

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function elements(value: object): string {
  return Object.entries(value)
    .map(([name, part]) => {
      const inner =
        part instanceof Date
          ? part.toISOString()
          : typeof part === 'object' && part !== null
            ? elements(part as object)
            : String(part).replace(/[&<>]/g, (character) => ESCAPES[character] ?? '');
      return `<${name}>${inner}</${name}>`;
    })
    .join('');
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new AwsError('SerializationException', `the body can't be read: ${(cause as Error).message}`);
  }
}
