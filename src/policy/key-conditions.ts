import type { StreamArn } from '../aws/arn.js';
import { partitionOf } from '../aws/partition.js';
import { conditionEntries, sameName } from './condition-entries.js';
import { type Condition, listOf } from './types.js';

/** The stream's ARN is what Kinesis encrypts its records with as context. */
export const STREAM_CONTEXT = 'kms:EncryptionContext:aws:kinesis:arn';

/** Narrows a Decrypt to Kinesis, which decrypts on behalf of the reader and names the stream when it does. */
export function onlyForStream({ arn, region }: StreamArn): Condition {
  const services = kinesisServices(region);
  return {
    StringEquals: {
      'kms:ViaService': services.length === 1 ? (services[0] as string) : services,
      [STREAM_CONTEXT]: arn,
    },
  };
}

/** The values of `kms:ViaService`. Which of two KMS compares, where endpoints end otherwise, is not documented. */
export function kinesisServices(region: string): readonly string[] {
  const suffixes = new Set(['amazonaws.com', partitionOf(region).dnsSuffix]);
  return [...suffixes].map((suffix) => `kinesis.${region}.${suffix}`);
}

/** Whether a condition lets no records be decrypted but those of streams that `ours` names; any does if it names none. */
export function isWithin(condition: Condition | undefined, ours: Condition | undefined): boolean {
  const [given, allowed] = [streamsOf(condition), streamsOf(ours)];
  return allowed.length === 0 || (given.length > 0 && given.every((arn) => allowed.includes(arn)));
}

function streamsOf(condition: Condition | undefined): string[] {
  return conditionEntries(condition)
    .filter(({ operator, key }) => sameName(operator, 'StringEquals') && sameName(key, STREAM_CONTEXT))
    .flatMap(({ values }) => listOf(values).map(String));
}
