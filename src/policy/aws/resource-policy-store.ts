import {
  DeleteResourcePolicyCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetResourcePolicyCommand,
  type KinesisClient,
  PutResourcePolicyCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import type { ConsumerArn, StreamArn } from '../../aws/arn.js';
import { explainCall } from '../../aws/call-error.js';
import { registeredAgain } from '../../aws/consumer-commands.js';
import { CALL_TIMEOUT_MS, nameOf, type PolicyStore } from './policy-store.js';

/** The resource-based policy of a stream, or of its consumer if one is given. */
export function resourcePolicyStore(
  kinesis: KinesisClient,
  stream: StreamArn,
  consumer?: ConsumerArn,
): PolicyStore {
  const { region } = stream;
  const { arn } = consumer ?? stream;
  const target = consumer ? 'consumer' : 'stream';
  const ResourceARN = arn;
  const sent = async <T>(action: string, call: (options: { abortSignal: AbortSignal }) => Promise<T>) => {
    try {
      return await call({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    } catch (error) {
      throw explainCall(error, {
        failure: `${nameOf({ target, arn })} can't be ${/^(Put|Delete)/.test(action) ? 'changed' : 'read'}`,
        service: 'Kinesis',
        action: `kinesis:${action} on it`,
        allowedBy: `The IAM policy of the caller, in the owner's account ${stream.account},`,
        missing: {
          reason: `there is no such ${target}`,
          hint: `Check the ARN, and the credentials of its owner.${consumer ? ` ${registeredAgain(arn, stream.arn, region)}` : ''}`,
        },
        endpointKey: 'kinesisEndpoint (KINESIS_ENDPOINT)',
      });
    }
  };
  const status = async (): Promise<string | undefined> => {
    if (consumer) {
      const answer = await sent('DescribeStreamConsumer', (options) =>
        kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN: arn }), options),
      );
      return answer.ConsumerDescription?.ConsumerStatus;
    }
    const answer = await sent('DescribeStreamSummary', (options) =>
      kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: arn }), options),
    );
    return answer.StreamDescriptionSummary?.StreamStatus;
  };
  return {
    target,
    arn,
    region,
    status,
    async read() {
      const answer = await sent('GetResourcePolicy', async (options) => {
        try {
          return await kinesis.send(new GetResourcePolicyCommand({ ResourceARN }), options);
        } catch (error) {
          if (error instanceof ResourceNotFoundException) return undefined;
          throw error;
        }
      });
      // Kinesis says "not found" of a stream without a policy as well.
      if (answer === undefined) await status();
      const text = answer?.Policy?.trim() ?? '';
      return text === '' || text === '{}' ? undefined : answer?.Policy;
    },
    async write(Policy) {
      await sent('PutResourcePolicy', (options) =>
        kinesis.send(new PutResourcePolicyCommand({ ResourceARN, Policy }), options),
      );
    },
    async delete() {
      await sent('DeleteResourcePolicy', (options) =>
        kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN }), options),
      );
    },
  };
}
