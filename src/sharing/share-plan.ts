import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KMSClient } from '@aws-sdk/client-kms';
import { CONSUMER_ACTIONS, KEY_ACTIONS, STREAM_ACTIONS } from '../policy/actions.js';
import { grantByOwner } from '../policy/grants.js';
import type { ReaderStatement } from '../policy/merge.js';
import type { ShareRequest } from '../policy/read-request.js';
import type { PolicyTarget } from '../policy/size.js';
import { listOf } from '../policy/types.js';
import { keyPolicyStore } from './key-policy-store.js';
import { type Intent, type PolicyChange, planChange } from './policy-change.js';
import type { PolicyStore } from './policy-store.js';
import { remainingElsewhere } from './remaining-elsewhere.js';
import { resourcePolicyStore } from './resource-policy-store.js';
import { encryptionOf, type StreamEncryption } from './stream-encryption.js';

export interface SharePlan {
  readonly encryption: StreamEncryption;
  /** The stream's policy, and those of its consumer and key where there are such. */
  readonly changes: readonly PolicyChange[];
  /** What else is to be known. */
  readonly notes: readonly string[];
  /** With `remove`: what else may let the reader read, besides what the cautions are about. */
  readonly remaining: readonly string[];
}

/**
 * Works out what must change on the owner's side, with the owner's credentials. Writes nothing. Who uses it must look at
 * the encryption: with the AWS managed key the plan would let the reader ask, and not read.
 *
 * @param request its key, if given, is taken instead of the stream's own: that of a stream which is to move to it
 * @throws AccessError or PolicyError
 */
export async function planShare(
  request: ShareRequest,
  intent: Intent,
  kinesis: KinesisClient,
  kms: KMSClient,
): Promise<SharePlan> {
  const { stream, consumer, reader } = request;
  const encryption = await encryptionOf(stream, kinesis, kms);
  const key = request.key ?? (encryption.kind === 'customer-managed' ? encryption.key : undefined);
  const { streamPolicy, consumerPolicy, keyPolicyStatement } = grantByOwner({ ...request, key });
  const plan = (store: PolicyStore, statement: ReaderStatement | undefined, owner: string) => {
    if (!statement) return [];
    const removal = intent === 'remove';
    const decryptsFor = store.target === 'key' ? stream : undefined;
    // What KCL does not call lets a reader read all the same.
    const actions = removal ? ACTIONS_OF[store.target] : listOf(statement.Action);
    const around = { reader, actions, resource: store.arn, owner, removal, decryptsFor };
    return [planChange(store, intent, statement, around)];
  };
  const changes = await Promise.all([
    ...plan(resourcePolicyStore(kinesis, stream), streamPolicy.Statement[0], stream.account),
    ...(consumer
      ? plan(resourcePolicyStore(kinesis, stream, consumer), consumerPolicy?.Statement[0], stream.account)
      : []),
    ...(key ? plan(keyPolicyStore(kms, key), keyPolicyStatement, key.account) : []),
  ]);
  return {
    encryption,
    changes,
    notes: intent === 'apply' ? notesOn(encryption, request) : [],
    remaining: intent === 'remove' ? await remainingElsewhere(request, kinesis) : [],
  };
}

const ACTIONS_OF: Readonly<Record<PolicyTarget, readonly string[]>> = {
  stream: STREAM_ACTIONS.lambda,
  consumer: CONSUMER_ACTIONS,
  key: KEY_ACTIONS,
};

function notesOn(encryption: StreamEncryption, { stream, key }: ShareRequest): string[] {
  const notes: string[] = [];
  if (encryption.kind === 'customer-managed' && encryption.state !== 'Enabled') {
    notes.push(`the key ${encryption.key.arn} is ${encryption.state}: nobody can read the stream with it`);
  }
  const current = encryption.kind === 'customer-managed' ? encryption.key.arn : undefined;
  if (key && key.arn !== current) {
    const how =
      encryption.kind === 'aws-managed' ? 'with the AWS managed key' : `with ${current ?? 'no key'}`;
    notes.push(
      `the stream ${stream.arn} is encrypted ${how}, not with ${key.arn}, which is shared here all the same`,
    );
  }
  return notes;
}
