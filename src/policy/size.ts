import { PolicyError } from '../errors/errors.js';
import type { PolicyDocument } from './types.js';

/** What a policy can be attached to. */
export type PolicyTarget = 'stream' | 'consumer' | 'key';

/** The name of a policy in messages. */
export function nameOf({ target, arn }: { target: PolicyTarget; arn: string }): string {
  return `the policy of the ${target} ${arn}`;
}

/**
 * The most bytes that AWS accepts. For a key 32 KB (KMS Developer Guide, key policy format). For a stream and a consumer 20 KB;
 * the Kinesis API reference does not name it, and answers LimitExceededException to what is too large.
 */
export const SIZE_LIMITS: Readonly<Record<PolicyTarget, number>> = {
  stream: 20_480,
  consumer: 20_480,
  key: 32_768,
};

/** A policy as it is written: without the blanks that would count. */
export function policyText(document: PolicyDocument): string {
  return JSON.stringify(document);
}

export function policySize(document: PolicyDocument): number {
  return Buffer.byteLength(policyText(document));
}

/** @throws PolicyError when AWS would refuse it */
export function checkSize(document: PolicyDocument, target: PolicyTarget, name: string): void {
  const size = policySize(document);
  const limit = SIZE_LIMITS[target];
  if (size <= limit) return;
  throw new PolicyError(`${name} would have ${size} bytes; AWS accepts at most ${limit} for a ${target}`, {
    remedy:
      'Nothing was written. Remove readers that are no longer needed, or share with one role that several readers assume.',
  });
}
