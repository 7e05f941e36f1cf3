import type { StreamArn } from '../../aws/arn.js';
import { isRegionOf, partitionOf } from '../../aws/partition.js';
import { type Check, defineCheck, passed } from '../check.js';
import type { KnownIdentity } from './credentials.js';

/** What a well-formed ARN can still contradict. */
export function streamArnCheck(stream: StreamArn, region: string, identity: Check<KnownIdentity>): Check {
  return defineCheck({
    id: 'stream-arn',
    asserts: 'has the ARN of a stream that these credentials can reach',
    fixedBy: 'reader',
    needs: [identity],
    async run([caller]) {
      const partition = caller?.arn.split(':')[1];
      if (partition !== undefined && partition !== stream.partition) {
        return {
          status: 'failed' as const,
          message: `the stream is in the partition ${stream.partition}, these credentials are of ${partition}`,
          remedy: `Use credentials of an account in ${stream.partition}: a stream can't be shared between partitions.`,
        };
      }
      if (!isRegionOf(stream.region, stream.partition)) {
        const { name } = partitionOf(stream.region);
        return {
          status: 'failed' as const,
          message: `the ARN is of the partition ${stream.partition}, and ${stream.region} is in ${name}`,
          remedy: `Compare the ARN with the owner's; it begins with arn:${name}:kinesis:${stream.region}:, or has another region.`,
        };
      }
      if (region !== stream.region) {
        return {
          status: 'failed' as const,
          message: `the stream is in ${stream.region}, and the client calls ${region}`,
          remedy: 'Leave regionName out: it is the region of the ARN.',
        };
      }
      return passed(
        `stream ${stream.streamName} of account ${stream.account} in ${stream.region}`,
        undefined,
      );
    },
  });
}
