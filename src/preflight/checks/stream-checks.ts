import type { Check } from '../check.js';
import type { StreamKey } from '../stream-key.js';
import type { StreamTarget } from '../target.js';
import { consumerCheck } from './consumer.js';
import type { KnownIdentity } from './credentials.js';
import { decryptCheck } from './decrypt.js';
import { encryptionCheck, keyStateCheck } from './encryption.js';
import { listShardsCheck } from './list-shards.js';
import { getRecordsCheck, shardIteratorCheck } from './read-records.js';
import { recordsCheck } from './records.js';
import { sameNameCheck } from './same-name.js';
import { streamArnCheck } from './stream-arn.js';
import { describeStreamCheck, type Summary, streamSummaryCheck } from './stream-summary.js';

export interface StreamChecks {
  readonly checks: readonly Check[];
  readonly summary: Check<Summary>;
  /** Hands on the stream's key. */
  readonly encryption: Check<StreamKey>;
  /** Hands on the ids of some shards. */
  readonly shards: Check<readonly string[]>;
  /** Of the registered consumer, if there is one. */
  readonly active: Check | undefined;
}

/** What is checked of each stream. */
export function streamChecks(
  target: StreamTarget,
  { region }: { readonly region: string },
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
    streamArnCheck(target.stream, region, identity),
    sameNameCheck(target, identity),
    summary,
    recordsCheck(target, summary),
    describeStreamCheck(target, identity),
    shards,
    iterators,
    read,
    encryption,
    keyStateCheck(target, encryption),
    decryptCheck(target, encryption, read),
    ...(active ? [active] : []),
  ];
  return { checks, summary, encryption, shards, active };
}
