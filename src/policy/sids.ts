import { createHash } from 'node:crypto';
import type { ReaderArn } from '../aws/reader-arn.js';
import { cut } from '../errors/cut.js';
import type { ReadRequest } from './read-request.js';
import type { Statement } from './types.js';

/** What a statement lets its reader do. */
export type Purpose = 'ReadStream' | 'ReadConsumer' | 'DecryptStream';

const HASH_LENGTH = 8;
/** Short enough to read in a console; the hash makes it unique. */
const NAME_LENGTH = 40;

/**
 * The Sid of a reader's statement: the same at every time, and another one for each reader, so that each reader keeps
 * statements of its own. Only A-Z, a-z and 0-9, which is what IAM allows.
 *
 * @param scope what the policy does not say by itself, such as the stream in the policy of a key
 */
export function sidOf(purpose: Purpose, { arn, name }: ReaderArn, scope = ''): string {
  const hash = createHash('sha256').update(`${arn} ${scope}`).digest('hex').slice(0, HASH_LENGTH);
  return `${purpose}For${pascalCase(name).slice(0, NAME_LENGTH)}${hash}`;
}

function pascalCase(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter(Boolean);
  return words.map((word) => (word[0] ?? '').toUpperCase() + word.slice(1)).join('');
}

/** The name of the reader's managed policy: other readers of the account, streams and applications have their own. */
export function readerPolicyName(request: ReadRequest): string {
  const { stream, reader } = request;
  const scope = request.for === 'kcl' ? `${stream.arn} ${request.application}` : stream.arn;
  return `cross-account-kcl-${sidOf('ReadStream', reader, scope)}`;
}

const MAX_SID_LENGTH = 100;

/** The Sid of a statement. An empty one, which AWS accepts in some policies, is none. */
export function sidIn({ Sid }: Pick<Statement, 'Sid'>): string | undefined {
  return Sid === undefined || Sid.trim() === '' ? undefined : Sid;
}

/** By its Sid; by its place, from 1, where it has none, and by both if `repeated`, where the Sid is not unique. */
export function statementName(statement: Pick<Statement, 'Sid'>, place: number, repeated = false): string {
  const sid = sidIn(statement);
  if (sid === undefined) return `statement ${place}`;
  const name = cut(sid, MAX_SID_LENGTH);
  return repeated ? `${name} (statement ${place})` : name;
}
