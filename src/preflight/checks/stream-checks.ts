import type { Check } from '../check.js';
import type { StreamTarget } from '../target.js';
import { consumerCheck, subscribeCheck } from './consumer.js';
import type { KnownIdentity } from './credentials.js';
import { decryptCheck } from './decrypt.js';
import { encryptionCheck, keyStateCheck, type StreamKey } from './encryption.js';
import { listShardsCheck } from './list-shards.js';
import { getRecordsCheck, shardIteratorCheck } from './read-records.js';
import { sameNameCheck } from './same-name.js';
import { streamArnCheck } from './stream-arn.js';
import { describeStreamCheck, type Summary, streamSummaryCheck } from './stream-summary.js';

export interface StreamChecks {
  readonly checks: readonly Check[];
  readonly summary: Check<Summary>;
  /** That its shards may be listed. */
  readonly shards: Check;
  /** Hands on the stream's key. */
  readonly encryption: Check<StreamKey>;
}

/** What is checked of each stream. */
export function streamChecks(
  target: StreamTarget,
  options: { readonly region: string; readonly leaveOutSubscribe?: string | undefined },
  identity: Check<KnownIdentity>,
): StreamChecks {
  const summary = streamSummaryCheck(target, identity);
  const shards = listShardsCheck(target, identity);
  const iterators = shardIteratorCheck(target, shards);
  const read = getRecordsCheck(target, iterators);
  const encryption = encryptionCheck(target, summary);
  const { consumer } = target;
  const active = consumer && consumerCheck(target, consumer, identity);
  const checks = [
    streamArnCheck(target.stream, options.region, identity),
    sameNameCheck(target, identity),
    summary,
    describeStreamCheck(target, identity),
    shards,
    iterators,
    read,
    encryption,
    keyStateCheck(target, encryption),
    decryptCheck(target, encryption, read),
    ...(consumer && active
      ? [active, subscribeCheck(target, { consumer, leaveOut: options.leaveOutSubscribe }, active, shards)]
      : []),
  ];
  return { checks, summary, shards, encryption };
}
