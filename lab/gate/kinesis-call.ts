import type { Fields } from '../iam/api-call.js';
import type { Identity } from './identities.js';
import type { Request, Wire } from './wire.js';

/** A call of Kinesis that the policies allow, to be made. */
export interface KinesisCall {
  readonly request: Request;
  readonly wire: Wire;
  readonly operation: string;
  readonly fields: Fields;
  readonly identity: Identity;
  /** The stream or consumer that was asked for. */
  readonly resource: string;
}
