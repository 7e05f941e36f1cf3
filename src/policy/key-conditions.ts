import type { StreamArn } from '../aws/arn.js';
import { partitionOf } from '../aws/partition.js';
import type { Condition } from './types.js';

/** Narrows a Decrypt to Kinesis, which decrypts on behalf of the reader and names the stream when it does. */
export function onlyForStream({ arn, region }: StreamArn): Condition {
  const { dnsSuffix } = partitionOf(region);
  const services = [...new Set(['amazonaws.com', dnsSuffix])].map((suffix) => `kinesis.${region}.${suffix}`);
  return {
    StringEquals: {
      // Which of the two KMS compares in a partition whose endpoints end otherwise is not documented.
      'kms:ViaService': services.length === 1 ? (services[0] as string) : services,
      'kms:EncryptionContext:aws:kinesis:arn': arn,
    },
  };
}
