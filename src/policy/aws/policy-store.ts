import {
  DeleteResourcePolicyCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetResourcePolicyCommand,
  type KinesisClient,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-kinesis';
import { GetKeyPolicyCommand, type KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import type { ConsumerArn, StreamArn } from '../../aws/arn.js';
import { explainCall } from '../../aws/call-error.js';
import { registeredAgain } from '../../aws/consumer-commands.js';
import type { KeyArn } from '../../aws/key-arn.js';
import { isMissing } from '../../aws/known-errors/known-errors.js';
import { PolicyError } from '../../errors/errors.js';
import { nameOf, type PolicyTarget } from '../size.js';

/** A policy in force. A plan needs no more than this. */
export interface PolicyReader {
  readonly target: PolicyTarget;
  /** Of what the policy is attached to. */
  readonly arn: string;
  readonly region: string;
  /** @returns undefined when there is none @throws AccessError, also when what it is attached to is missing */
  read(): Promise<string | undefined>;
}

/** Where a policy is kept. AWS has no conditional write: the last writer wins. */
export interface PolicyStore extends PolicyReader {
  /** Replaces the whole policy. @throws AccessError */
  write(text: string): Promise<void>;
  /** The status of what it is attached to, where that has one: AWS changes and deletes a policy only while it is ACTIVE. @throws AccessError */
  status?(): Promise<string | undefined>;
  /** Leaves none. @throws AccessError, or PolicyError for a key, which must have one */
  delete(): Promise<void>;
}

/** The time limit of a call, retries included. */
export const CALL_TIMEOUT_MS = 15_000;
const timeLimit = () => ({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });

/** @throws PolicyError for a key: without a policy nobody could use it, or change it */
export function assertMayBeDeleted(policy: Pick<PolicyReader, 'target' | 'arn'>): void {
  if (policy.target !== 'key') return;
  throw new PolicyError(`${nameOf(policy)} would have no statement left, and a key must have one`);
}

/** The resource-based policy of a stream, or of its consumer if one is given. */
export function resourcePolicyStore(
  kinesis: KinesisClient,
  stream: StreamArn,
  consumer?: ConsumerArn,
): PolicyStore {
  const { region } = stream;
  const { arn } = consumer ?? stream;
  const about = { target: consumer ? 'consumer' : 'stream', arn } as const;
  const sent = async <T>(action: string, call: Promise<T>) => {
    try {
      return await call;
    } catch (error) {
      throw explainCall(error, {
        failure: `${nameOf(about)} can't be ${/^(Put|Delete)/.test(action) ? 'changed' : 'read'}`,
        service: 'Kinesis',
        action: `kinesis:${action} on it`,
        allowedBy: `The IAM policy of the caller, in the owner's account ${stream.account},`,
        missing: {
          reason: `there is no such ${about.target}`,
          remedy: `Check the ARN, and the credentials of its owner.${consumer ? ` ${registeredAgain(arn, stream.arn, region)}` : ''}`,
        },
        endpointKey: 'kinesisEndpoint (KINESIS_ENDPOINT)',
      });
    }
  };
  const status = async (): Promise<string | undefined> => {
    if (consumer) {
      const command = new DescribeStreamConsumerCommand({ ConsumerARN: arn });
      const answer = await sent('DescribeStreamConsumer', kinesis.send(command, timeLimit()));
      return answer.ConsumerDescription?.ConsumerStatus;
    }
    const command = new DescribeStreamSummaryCommand({ StreamARN: arn });
    const answer = await sent('DescribeStreamSummary', kinesis.send(command, timeLimit()));
    return answer.StreamDescriptionSummary?.StreamStatus;
  };
  return {
    ...about,
    region,
    status,
    async read() {
      const command = new GetResourcePolicyCommand({ ResourceARN: arn });
      // Kinesis answers "not found" for a stream without a policy as well.
      const answer = await sent(
        'GetResourcePolicy',
        kinesis.send(command, timeLimit()).catch(noneIfNotFound),
      );
      if (answer === undefined) await status();
      const text = answer?.Policy;
      return text === undefined || /^\s*(\{\})?\s*$/.test(text) ? undefined : text;
    },
    async write(Policy) {
      const command = new PutResourcePolicyCommand({ ResourceARN: arn, Policy });
      await sent('PutResourcePolicy', kinesis.send(command, timeLimit()));
    },
    async delete() {
      const command = new DeleteResourcePolicyCommand({ ResourceARN: arn });
      await sent('DeleteResourcePolicy', kinesis.send(command, timeLimit()));
    },
  };
}

function noneIfNotFound(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** The only name that KMS knows. */
const POLICY_NAME = 'default';

/** The policy of a key. KMS itself refuses one that would lock out the caller, and that check stays on. */
export function keyPolicyStore(kms: KMSClient, { arn, region, account }: KeyArn): PolicyStore {
  const about = { target: 'key', arn } as const;
  const sent = async <T>(action: 'GetKeyPolicy' | 'PutKeyPolicy', call: Promise<T>) => {
    try {
      return await call;
    } catch (error) {
      throw explainCall(error, {
        failure: `${nameOf(about)} can't be ${action === 'GetKeyPolicy' ? 'read' : 'changed'}`,
        service: 'KMS',
        action: `kms:${action}`,
        allowedBy: `The key's own policy, and with it the IAM policy of the caller in account ${account} (credentials of other accounts do not work),`,
        missing: { reason: 'there is no such key', remedy: `Only account ${account} can read its policy.` },
        endpointKey: 'AWS_ENDPOINT_URL_KMS',
      });
    }
  };
  return {
    ...about,
    region,
    async read() {
      const command = new GetKeyPolicyCommand({ KeyId: arn, PolicyName: POLICY_NAME });
      return (await sent('GetKeyPolicy', kms.send(command, timeLimit()))).Policy;
    },
    async write(Policy) {
      const command = new PutKeyPolicyCommand({ KeyId: arn, PolicyName: POLICY_NAME, Policy });
      await sent('PutKeyPolicy', kms.send(command, timeLimit()));
    },
    async delete() {
      assertMayBeDeleted(about);
    },
  };
}
