import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import type { CallPacer } from '../leases/call-pacer.js';
import type { StreamLookup, TableLookup } from '../leases/lookup.js';
import type { ReaderType } from '../policy/actions.js';
import type { Identity } from './caller.js';
import { type Call, type Failure, failureOf } from './failure.js';

/** A stream that is to be read, and the clients that call as the reader. */
export interface StreamTarget {
  readonly stream: StreamArn;
  readonly consumer?: ConsumerArn | undefined;
  readonly for: ReaderType;
  readonly kinesis: KinesisClient;
  readonly kms: KMSClient;
  readonly lookup: StreamLookup;
  /** Of the calls that Kinesis limits for the whole account; shared with the other streams. */
  readonly pace: { readonly sameName: CallPacer; readonly describe: CallPacer };
}

/** A table of the application, and the client that calls as the reader. */
export interface TableTarget {
  readonly name: string;
  readonly dynamodb: DynamoDBClient;
  readonly lookup: TableLookup;
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
