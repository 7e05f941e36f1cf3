import { CONSUMER_ACTIONS, KEY_ACTIONS, STREAM_ACTIONS } from './actions.js';
import { conditionEntries, conditionOf } from './condition-entries.js';
import {
  checkApplication,
  checkFailureQueue,
  checkShare,
  type ReadRequest,
  type ShareRequest,
} from './read-request.js';
import { readerPolicy } from './reader-policy.js';
import { conditionsOn, onlyForStream } from './share-conditions.js';
import { sidOf } from './sids.js';
import type { PolicyTarget } from './size.js';
import type { Condition, PolicyDocument, Statement } from './types.js';

/** A policy with only a reader's statement, which `mergeStatement` accepts. */
export interface SharingPolicy extends PolicyDocument {
  readonly Statement: readonly [Statement];
}

/** What the owner must allow; nothing for what is not asked for. */
export interface OwnerGrants {
  readonly streamPolicy: SharingPolicy;
  /** For the registered consumer. */
  readonly consumerPolicy?: SharingPolicy;
  /** To be added to the policy of the stream's key. */
  readonly keyPolicyStatement?: Statement;
}

/** What both sides must allow: AWS asks the owner's resource policies, and the IAM policy of the reader. */
export interface ReadGrants extends OwnerGrants {
  /** For the reader, in its own account. */
  readonly readerPolicy: PolicyDocument;
}

/**
 * The policies that let the reader read the stream, and nothing else.
 *
 * @throws PolicyError when parts of the request contradict each other
 */
export function grantRead(request: ReadRequest): ReadGrants {
  if (request.for === 'kcl') checkApplication(request);
  checkFailureQueue(request);
  return { ...grantByOwner(request), readerPolicy: readerPolicy(request) };
}

/** The owner's side of `grantRead`. @throws PolicyError when parts of the request contradict each other */
export function grantByOwner(request: ShareRequest): OwnerGrants {
  checkShare(request);
  const { stream, reader, consumer, key } = request;
  const Principal = { AWS: reader.arn };
  const narrowed = (target: PolicyTarget, own?: Condition) => {
    const Condition = conditionOf([...conditionEntries(own), ...conditionsOn(target, request.conditions)]);
    return Condition && { Condition };
  };
  return {
    streamPolicy: document({
      Sid: sidOf('ReadStream', reader),
      Effect: 'Allow',
      Principal,
      Action: STREAM_ACTIONS[request.for],
      Resource: stream.arn,
      ...narrowed('stream'),
    }),
    ...(consumer && {
      consumerPolicy: document({
        Sid: sidOf('ReadConsumer', reader),
        Effect: 'Allow',
        Principal,
        Action: CONSUMER_ACTIONS,
        Resource: consumer.arn,
        ...narrowed('consumer'),
      }),
    }),
    ...(key && {
      keyPolicyStatement: {
        // One key may encrypt several streams, each with a statement for this reader.
        Sid: sidOf('DecryptStream', reader, stream.arn),
        Effect: 'Allow',
        Principal,
        Action: KEY_ACTIONS,
        // In the policy of a key this is the key itself (KMS Developer Guide, elements of a key policy).
        Resource: '*',
        ...narrowed('key', onlyForStream(stream)),
      },
    }),
  };
}

function document(statement: Statement): SharingPolicy {
  return { Version: '2012-10-17', Statement: [statement] };
}
