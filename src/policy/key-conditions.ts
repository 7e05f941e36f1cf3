import type { StreamArn } from '../aws/arn.js';
import type { Condition } from './types.js';

/** Narrows a Decrypt to Kinesis, which decrypts on behalf of the reader and names the stream when it does. */
export function onlyForStream({ arn, region, partition }: StreamArn): Condition {
  const service = `kinesis.${region}.amazonaws.com`;
  return {
    StringEquals: {
      // Endpoints in China end in .cn; which of the two KMS compares there is not documented.
      'kms:ViaService': partition === 'aws-cn' ? [service, `${service}.cn`] : service,
      'kms:EncryptionContext:aws:kinesis:arn': arn,
    },
  };
}
