import { KinesisServiceException } from '@aws-sdk/client-kinesis';
import { UnknownCallError } from '../iam/api-call.js';

/** An answer that AWS would give instead of a result. */
export class AwsError extends Error {
  override readonly name = 'AwsError';

  constructor(
    /** As the SDKs name it: AccessDeniedException. */
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Besides those of the protocol. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** An error whose code is the query protocol's own already: ExpiredTokenException is another error than ExpiredToken there. */
export class QueryError extends AwsError {}

/** What to answer to whatever went wrong. */
export function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UnknownCallError) {
    const operation = error.unknown === 'operation';
    return new AwsError(operation ? 'UnknownOperationException' : 'ValidationException', message);
  }
  // The emulator refused a question of the gate's, about what the caller named: it would refuse the caller as well.
  if (error instanceof KinesisServiceException && error.$fault === 'client') {
    return new AwsError(error.name, message);
  }
  // A fault of the lab's, or a policy that can't be evaluated.
  return new AwsError('InternalFailure', `the lab: ${message}`, 500);
}
