import type { ReadRequest } from './read-request.js';
import { sidOf } from './sids.js';

/** The name of the reader's managed policy: other readers of the account, streams and applications have their own. */
export function readerPolicyName(request: ReadRequest): string {
  const { stream, reader } = request;
  const scope = request.for === 'kcl' ? `${stream.arn} ${request.application}` : stream.arn;
  return `cross-account-kcl-${sidOf('ReadStream', reader, scope)}`;
}
