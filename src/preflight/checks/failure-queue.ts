import { GetQueueAttributesCommand, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { isDenied, isMissing, isNamed, KNOWN_ERRORS } from '../../aws/known-errors/known-errors.js';
import { type QueueArn, toQueueArn } from '../../aws/queue-arn.js';
import type { QueueUrl } from '../../aws/queue-url.js';
import { FAILURE_QUEUE_ACTIONS } from '../../policy/actions.js';
import { type NamedReader, namedReader, type ReaderNames } from '../caller.js';
import { type Check, defineCheck, passed, type Verdict } from '../check.js';
import { ownFailure } from '../target.js';
import type { KnownIdentity } from './credentials.js';

/** The queue for records that fail, and the client that calls as the reader. */
export interface FailureQueueTarget {
  readonly queue: QueueUrl;
  /** Where the queue is, if its URL does not say. */
  readonly region: string;
  readonly sqs: SQSClient;
}

/** Of the reader's account where the key's policy lets everybody in who may use the queue (SQS Developer Guide, key management). */
const AWS_MANAGED_KEY = 'alias/aws/sqs';

/** Sends a batch of no messages, so that none is stored. */
export function failureQueueCheck(
  target: FailureQueueTarget,
  identity: Check<KnownIdentity>,
  named: ReaderNames = (caller) => namedReader(caller, undefined),
): Check {
  const { queue, sqs } = target;
  return defineCheck({
    id: 'failure-queue',
    asserts: 'can send records that fail to their queue',
    fixedBy: 'reader',
    needs: [identity],
    async run([caller], abortSignal): Promise<Verdict<undefined>> {
      const failed = (error: unknown, action: string) => failure(error, { target, caller, action, named });
      try {
        await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: [] }), { abortSignal });
      } catch (error) {
        // There is no message in it: SQS says so only to those who may send.
        if (!isNamed(error, 'invalid-value')) return await failed(error, 'sqs:SendMessage');
      }
      const command = new GetQueueAttributesCommand({
        QueueUrl: queue.url,
        AttributeNames: ['MaximumMessageSize', 'KmsMasterKeyId'],
      });
      try {
        const { Attributes = {} } = await sqs.send(command, { abortSignal });
        return judge(Attributes);
      } catch (error) {
        const verdict = await failed(error, 'sqs:GetQueueAttributes');
        if (!isDenied(error)) return verdict;
        const message = `sending is allowed, as far as it can be told without it; whether ${queue.url} exists is unknown: ${verdict.message}`;
        return { ...verdict, status: 'warning', message, value: undefined };
      }
    },
  });
}

function judge({
  MaximumMessageSize: size,
  KmsMasterKeyId: key,
}: Record<string, string>): Verdict<undefined> {
  const facts = `allowed, as far as it can be told without sending one; messages have at most ${size} bytes, so records of more than about ${Math.floor((Number(size) * 3) / 4 / 1000)} kB are sent without their data`;
  if (key === undefined || key.endsWith(AWS_MANAGED_KEY)) return passed(facts, undefined);
  return {
    status: 'warning',
    message: `${facts}; the queue is encrypted with the key ${key}, and whether the reader may use it is unknown`,
    remedy:
      "The reader's IAM policy and the key's policy must allow kms:GenerateDataKey and kms:Decrypt on the key.",
    value: undefined,
  };
}

async function failure(
  error: unknown,
  {
    target,
    caller,
    action,
    named,
  }: {
    target: FailureQueueTarget;
    caller: KnownIdentity;
    action: string;
    named: ReaderNames;
  },
): Promise<Verdict<never>> {
  const { queue } = target;
  if (isMissing(error)) {
    return {
      status: 'failed',
      message: `there is no queue ${queue.url}`,
      remedy: KNOWN_ERRORS['queue-missing'].remedy,
    };
  }
  const arn = failureQueueArn(target, caller?.account);
  const { denied, ...verdict } = ownFailure(error, { action, resource: arn?.arn ?? '*' });
  if (denied === undefined || denied.denial.explicit) return { ...verdict, ...(denied && { denied }) };
  // In another account both sides must allow.
  if (caller === undefined || arn === undefined || arn.account === caller.account)
    return { ...verdict, denied };
  const remedy = remedyOf(arn, await named(caller));
  switch (denied.denial.policy) {
    case 'resource-based policy':
      return { ...verdict, remedy };
    case undefined:
      return { ...verdict, denied, remedy };
    default:
      return { ...verdict, denied };
  }
}

/** What is known of it, with the caller's account if its URL says none. */
export function failureQueueArn(
  { queue, region }: FailureQueueTarget,
  callerAccount: string | undefined,
): QueueArn | undefined {
  const account = queue.account ?? callerAccount;
  if (account === undefined) return undefined;
  return toQueueArn({ region: queue.region ?? region, account, queueName: queue.queueName });
}

function remedyOf({ arn, account }: QueueArn, { reader, note }: NamedReader): string {
  const statement = {
    Sid: 'FailedRecords',
    Effect: 'Allow',
    Principal: { AWS: reader?.arn ?? "<the role's ARN>" },
    Action: FAILURE_QUEUE_ACTIONS.kcl,
    Resource: arn,
  };
  const adds = `Account ${account} adds to the policy of the queue:\n${JSON.stringify(statement, undefined, 2)}`;
  return note === undefined ? adds : `${note}\n${adds}`;
}
