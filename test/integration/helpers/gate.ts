import { PutResourcePolicyCommand } from '@aws-sdk/client-kinesis';
import { type Lab, registerConsumer } from '../../../lab/lab.js';

const allowed = (account: string, Resource: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kinesis:*', Resource },
    ],
  });

/** Lets the reader's account read the stream through the gate. @returns what the worker needs in its environment */
export async function throughGate(
  { gate, owner, reader }: Lab,
  streamArn: string,
  { fanOut = false } = {},
): Promise<Record<string, string>> {
  const consumerArn = fanOut ? await registerConsumer(owner, streamArn, 'through-gate') : undefined;
  for (const ResourceARN of [streamArn, consumerArn].filter((arn) => arn !== undefined)) {
    await owner.kinesis.send(
      new PutResourcePolicyCommand({ ResourceARN, Policy: allowed(reader.id, ResourceARN) }),
    );
  }
  return {
    KINESIS_ENDPOINT: gate.endpoint,
    ...(consumerArn && { CONSUMER_ARN: consumerArn }),
  };
}
