import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { ConsumerArn, StreamArn } from '../aws/arn.js';
import type { ReaderType } from '../policy/actions.js';
import type { StreamTurns } from './turns.js';

/** A stream that is to be read, and the clients that call as the reader. */
export interface StreamTarget {
  readonly stream: StreamArn;
  readonly consumer?: ConsumerArn | undefined;
  readonly for: ReaderType;
  readonly kinesis: KinesisClient;
  readonly kms: KMSClient;
  /** Shared with the other streams. */
  readonly turns: StreamTurns;
}
