import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import type { StreamArn } from '../aws/arn.js';
import { AccessError } from '../errors/errors.js';

const TIMEOUT_MS = 15_000;

export interface StreamSummary {
  status: string;
  openShards: number | undefined;
}

/**
 * Asks for the stream by its ARN, as KCL will: what does not work here would make KCL try again for minutes.
 *
 * @throws AccessError saying what was refused and what to do
 */
export async function checkStream(client: KinesisClient, stream: StreamArn): Promise<StreamSummary> {
  try {
    const { StreamDescriptionSummary: summary } = await client.send(
      new DescribeStreamSummaryCommand({ StreamARN: stream.arn }),
      { abortSignal: AbortSignal.timeout(TIMEOUT_MS) },
    );
    return { status: summary?.StreamStatus ?? 'UNKNOWN', openShards: summary?.OpenShardCount };
  } catch (error) {
    throw explain(error as NamedError, stream);
  }
}

interface NamedError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

function explain(error: NamedError, { arn, account }: StreamArn): AccessError {
  const refused = (reason: string, hint: string) =>
    new AccessError(`the stream ${arn} can't be read: ${reason}`, { hint, cause: error });
  switch (error.name) {
    case 'ResourceNotFoundException':
      return refused('there is no such stream', `Check the ARN with the stream's owner, account ${account}.`);
    case 'AccessDeniedException':
      return refused(
        error.message,
        `Both sides must allow kinesis:DescribeStreamSummary: the stream's resource policy in account ${account}, and the IAM policy of this role.`,
      );
    case 'CredentialsProviderError':
      return refused(
        `there are no AWS credentials (${error.message})`,
        'Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached.',
      );
    case 'ExpiredTokenException':
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'InvalidClientTokenId':
      return refused(
        `the AWS credentials are not valid: ${error.message}`,
        'Get new credentials; if they are right, check the clock of this machine.',
      );
  }
  if (error.$metadata?.httpStatusCode === undefined) {
    return refused(
      `Kinesis can't be reached (${error.name === 'Error' ? '' : `${error.name}: `}${error.message})`,
      'Check the network and the region; kinesisEndpoint (KINESIS_ENDPOINT), if set, must be running.',
    );
  }
  return refused(`${error.name}: ${error.message}`, 'See the AWS documentation for this error.');
}
