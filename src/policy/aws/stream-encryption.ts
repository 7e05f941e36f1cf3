import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis';
import { DescribeKeyCommand, type KeyMetadata, type KMSClient } from '@aws-sdk/client-kms';
import type { StreamArn } from '../../aws/arn.js';
import { explainCall } from '../../aws/call-error.js';
import { isAwsManagedAlias, type KeyArn, namedKey, parseKeyArn } from '../../aws/key-arn.js';
import { AccessError } from '../../errors/errors.js';
import { CALL_TIMEOUT_MS } from './policy-store.js';

/** What a stream's records are encrypted with. */
export type StreamEncryption =
  | { readonly kind: 'none' }
  /** The key of AWS, whose policy can't be changed: the stream can't be shared with it. */
  | { readonly kind: 'aws-managed'; readonly keyId: string; readonly retentionHours: number }
  /** The state is UNKNOWN where KMS did not report it: `failure` is why, if it was asked. */
  | {
      readonly kind: 'customer-managed';
      readonly key: KeyArn;
      readonly state: string;
      readonly failure?: Error;
    }
  /** Nobody was asked, or KMS did not report which key `keyId` is. */
  | {
      readonly kind: 'unknown';
      /** What Kinesis calls the key: its ARN, its id or an alias. One of another account has its ARN. */
      readonly keyId?: string;
      readonly failure?: Error;
    };

/**
 * Asks Kinesis for the stream's key, and KMS whose it is.
 *
 * @param kms undefined asks Kinesis only
 * @throws AccessError from Kinesis; what KMS refuses stands in the answer
 */
export async function encryptionOf(
  stream: StreamArn,
  kinesis: KinesisClient,
  kms: KMSClient | undefined,
  timeoutMs = CALL_TIMEOUT_MS,
): Promise<StreamEncryption> {
  const summary = await summaryOf(stream, kinesis, timeoutMs);
  const { EncryptionType, KeyId: keyId = '', RetentionPeriodHours = 24 } = summary;
  if (EncryptionType !== 'KMS') return { kind: 'none' };
  const awsManaged = { kind: 'aws-managed', keyId, retentionHours: RetentionPeriodHours } as const;
  if (isAwsManagedAlias(keyId)) return awsManaged;
  if (!kms) return { kind: 'unknown', keyId };
  try {
    const { KeyManager, Arn = '', KeyState = 'UNKNOWN' } = await metadataOf(keyId, kms);
    if (KeyManager === 'AWS') return awsManaged;
    return { kind: 'customer-managed', key: parseKeyArn(Arn), state: KeyState };
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    const { key = undefined } = keyId.startsWith('arn:') ? namedKey(keyId) : {};
    // An account's AWS managed key can't encrypt another account's stream, so this one is customer managed.
    if (key && key.account !== stream.account) {
      return { kind: 'customer-managed', key, state: 'UNKNOWN', failure: error };
    }
    return { kind: 'unknown', keyId, failure: error };
  }
}

async function summaryOf(
  { arn, account }: StreamArn,
  kinesis: KinesisClient,
  timeoutMs: number,
): Promise<Partial<StreamDescriptionSummary>> {
  try {
    const command = new DescribeStreamSummaryCommand({ StreamARN: arn });
    const answer = await kinesis.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
    return answer.StreamDescriptionSummary ?? {};
  } catch (error) {
    throw explainCall(error, {
      failure: `the stream ${arn} can't be described`,
      service: 'Kinesis',
      action: 'kinesis:DescribeStreamSummary on it',
      allowedBy: `The IAM policy of the caller, in the owner's account ${account},`,
      missing: {
        reason: 'there is no such stream',
        remedy: 'Check the ARN, and the credentials of its owner.',
      },
      endpointKey: 'kinesisEndpoint (KINESIS_ENDPOINT)',
    });
  }
}

async function metadataOf(KeyId: string, kms: KMSClient): Promise<Partial<KeyMetadata>> {
  try {
    const options = { abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) };
    return (await kms.send(new DescribeKeyCommand({ KeyId }), options)).KeyMetadata ?? {};
  } catch (error) {
    throw explainCall(error, {
      failure: `the stream's key ${KeyId} can't be described`,
      service: 'KMS',
      action: "kms:DescribeKey on it, or give the key's ARN with --key-arn",
      allowedBy: "The key's own policy, and with it the IAM policy of the caller,",
      missing: {
        reason: 'there is no such key',
        remedy: "It was deleted, or the credentials are not those of the stream's owner.",
      },
      endpointKey: 'AWS_ENDPOINT_URL_KMS',
    });
  }
}
