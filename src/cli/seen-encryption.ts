import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import type { StreamArn } from '../aws/arn.js';
import { isAwsManagedAlias } from '../aws/key-arn.js';
import { hideSecrets } from '../errors/secrets.js';
import { failureOf } from '../preflight/failure.js';
import { keyOfStream } from '../preflight/stream-key.js';
import type { KnownEncryption } from './owner-message-parts.js';

/** The message can do without the answer. */
const LIMIT_MS = 4_000;

/** How the stream is encrypted, if these credentials may describe it: most readers may only after the owner has allowed it. */
export async function encryptionSeen(stream: StreamArn, kinesis: KinesisClient): Promise<KnownEncryption> {
  try {
    const command = new DescribeStreamSummaryCommand({ StreamARN: stream.arn });
    const answer = await kinesis.send(command, { abortSignal: AbortSignal.timeout(LIMIT_MS) });
    const { EncryptionType, KeyId = '', RetentionPeriodHours = 24 } = answer.StreamDescriptionSummary ?? {};
    if (EncryptionType !== 'KMS') return { kind: 'none' };
    if (isAwsManagedAlias(KeyId)) return { kind: 'aws-managed', retentionHours: RetentionPeriodHours };
    const { key } = keyOfStream(KeyId, stream);
    if (key === undefined) return { kind: 'unknown', why: `Kinesis names its key ${KeyId}` };
    return { kind: 'customer-managed', key };
  } catch (error) {
    const action = 'kinesis:DescribeStreamSummary';
    return { kind: 'unknown', why: hideSecrets(failureOf(error, { action, resource: stream.arn }).message) };
  }
}
