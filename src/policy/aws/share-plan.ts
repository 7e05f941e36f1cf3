import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { KMSClient } from '@aws-sdk/client-kms';
import { isNamed } from '../../aws/known-errors/known-errors.js';
import { CrossAccountKclError } from '../../errors/errors.js';
import { CONSUMER_ACTIONS, KEY_ACTIONS, STREAM_ACTIONS } from '../actions.js';
import { conditionOf } from '../condition-entries.js';
import { grantByOwner } from '../grants.js';
import type { ReaderStatement } from '../merge.js';
import type { ShareRequest } from '../read-request.js';
import { conditionsOn } from '../share-conditions.js';
import type { PolicyTarget } from '../size.js';
import { listOf } from '../types.js';
import { type ElsewhereChange, elsewhereChange, keyPartOf, notesOn } from './key-part.js';
import { type Intent, type PolicyChange, planChange } from './policy-change.js';
import { keyPolicyStore, type PolicyReader, type PolicyStore, resourcePolicyStore } from './policy-store.js';
import { remainingElsewhere } from './remaining-elsewhere.js';
import { encryptionOf, type StreamEncryption } from './stream-encryption.js';

/** A part that could not be worked out. */
export interface PlanFailure {
  readonly policy: Pick<PolicyReader, 'target' | 'arn'>;
  readonly error: CrossAccountKclError;
}

export interface SharePlan {
  readonly encryption: StreamEncryption;
  /** The stream's policy, and those of its consumer and key where there are such. */
  readonly changes: readonly PolicyChange[];
  /** The key's part where the key belongs to another account than the stream. */
  readonly elsewhere: readonly ElsewhereChange[];
  /** Empty unless they were asked for. With `apply` nothing should be written then, with `remove` all that can be. */
  readonly failures: readonly PlanFailure[];
  /** What else is to be known. */
  readonly notes: readonly string[];
  /** With `remove`: what else may let the reader read, besides what the cautions are about. */
  readonly remaining: readonly string[];
}

export interface PlanOptions {
  /** One part only. With `key` the clients' credentials are taken for those of the key's owner. */
  readonly only?: PolicyTarget | undefined;
  /** Puts what can't be worked out into `failures`, instead of throwing it. */
  readonly collectFailures?: boolean;
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
  { only, collectFailures = false }: PlanOptions = {},
): Promise<SharePlan> {
  const { stream, consumer, reader } = request;
  const removal = intent === 'remove';
  const wants = (part: PolicyTarget) => only === undefined || only === part;
  const failures: PlanFailure[] = [];
  const failed = (policy: PlanFailure['policy'], error: unknown) => {
    if (!collectFailures || !(error instanceof CrossAccountKclError)) throw error;
    failures.push({ policy, error });
  };
  const encryption = await knownEncryption();
  const keyPart = keyPartOf(request, encryption, only);
  const key = keyPart.kind === 'own' ? keyPart.key : undefined;
  const { streamPolicy, consumerPolicy, keyPolicyStatement } = grantByOwner({ ...request, key });

  const gone: string[] = [];
  const plan = async (store: PolicyStore, statement: ReaderStatement | undefined, owner: string) => {
    if (!statement || !wants(store.target)) return [];
    const decryptsFor = store.target === 'key' ? stream : undefined;
    // What KCL does not call lets a reader read all the same.
    const actions = removal ? ACTIONS_OF[store.target] : listOf(statement.Action);
    const narrowedBy = conditionOf(conditionsOn(store.target, request.conditions));
    const access = { reader, actions, resource: store.arn, decryptsFor };
    const options = { ...access, owner, removal, narrowedBy, for: request.for };
    try {
      return [await planChange(store, intent, statement, options)];
    } catch (error) {
      // Of a consumer nothing but Kinesis's ResourceNotFoundException says so, which is also the stream's.
      if (removal && store.target === 'consumer' && isNamed((error as Error).cause, 'stream-missing')) {
        gone.push(`the consumer ${store.arn} does not exist any more, nor does its policy`);
      } else failed(store, error);
      return [];
    }
  };
  if (keyPart.kind === 'failed' || (keyPart.kind === 'deleted' && intent === 'apply')) {
    failed({ target: 'key', arn: keyPart.keyId }, keyPart.failure);
  }
  // All are waited for, so that no call continues after a failure.
  const parts = await Promise.allSettled([
    plan(resourcePolicyStore(kinesis, stream), streamPolicy.Statement[0], stream.account),
    consumer
      ? plan(resourcePolicyStore(kinesis, stream, consumer), consumerPolicy?.Statement[0], stream.account)
      : [],
    key ? plan(keyPolicyStore(kms, key), keyPolicyStatement, key.account) : [],
  ]);
  const changes = parts.flatMap((part) => {
    if (part.status === 'rejected') throw part.reason;
    return part.value;
  });
  return {
    encryption,
    changes,
    elsewhere: keyPart.kind === 'elsewhere' ? [elsewhereChange(request, intent, keyPart.key)] : [],
    failures,
    notes: [...gone, ...notesOn(request, intent, encryption, keyPart)],
    remaining: removal && only === undefined ? await remainingElsewhere(request, kinesis) : [],
  };

  /** Without it the policies of stream and consumer can be looked at, and changed by a removal. */
  async function knownEncryption(): Promise<StreamEncryption> {
    if (only === 'key' && request.key) return { kind: 'unknown' };
    try {
      return await encryptionOf(stream, kinesis, wants('key') ? kms : undefined);
    } catch (error) {
      const needed = wants('key') && !(removal && request.key);
      if (needed || !collectFailures) failed({ target: 'key', arn: request.key?.arn ?? '' }, error);
      return { kind: 'unknown' };
    }
  }
}

const ACTIONS_OF: Readonly<Record<PolicyTarget, readonly string[]>> = {
  stream: STREAM_ACTIONS.lambda,
  consumer: CONSUMER_ACTIONS,
  key: KEY_ACTIONS,
};
