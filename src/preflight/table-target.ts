import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Identity } from './caller.js';
import { type Call, type Failure, failureOf } from './failure.js';

/** A table of the application, and the client that calls as the reader. */
export interface TableTarget {
  readonly name: string;
  readonly dynamodb: DynamoDBClient;
  /** Its ARN, or that of what begins with it, such as an index; the account is that of the caller. */
  arn(caller: Identity | undefined, rest?: string): string;
}

/**
 * As failureOf, for what is the reader's own: nobody else can allow it, whatever AWS's text says of the reason.
 */
export function ownFailure(error: unknown, call: Call): Failure {
  const failure = failureOf(error, call);
  const { denied } = failure;
  if (denied === undefined) return failure;
  const denial = { ...denied.denial, fixedBy: 'reader' } as const;
  return { ...failure, fixedBy: 'reader', denied: { ...denied, denial } };
}
