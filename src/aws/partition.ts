import { partition } from './partition-data.js';

/** A partition of AWS, as the AWS SDK knows it. */
export interface Partition {
  /** As in ARNs: aws, aws-cn, aws-us-gov, aws-eusc, aws-iso… */
  readonly name: string;
  /** What the names of its endpoints end in, such as amazonaws.com. */
  readonly dnsSuffix: string;
  /** The same of its dual-stack endpoints, such as api.aws. */
  readonly dualStackDnsSuffix: string;
  /** The region whose endpoints answer for the whole partition. */
  readonly implicitGlobalRegion: string;
}

/** What a region's name looks like. */
export const REGION = /^[a-z]+(?:-[a-z]+)+-\d+$/;

/** The partition of a region. Like the SDK's clients, it takes a region that the SDK does not know for one of `aws`. */
export function partitionOf(region: string): Partition {
  return partition(region);
}

/** Whether an ARN may name both. Only for a region that the SDK does not know, any partition may be right. */
export function isRegionOf(region: string, partitionName: string): boolean {
  const { name, description } = partition(region);
  return name === partitionName || (name === 'aws' && description === undefined);
}

/**
 * What the host name of an AWS endpoint says, VPC endpoints included; undefined for every other host.
 *
 * @returns `service`: the label before the region, such as kinesis, kinesis-fips or data-kinesis
 */
export function parseAwsHost(hostname: string): { service: string; region: string } | undefined {
  const labels = hostname.split('.');
  const at = labels.findIndex((label) => REGION.test(label));
  const region = labels[at];
  if (region === undefined) return undefined;
  const { dnsSuffix, dualStackDnsSuffix } = partitionOf(region);
  const suffix = labels
    .slice(at + 1)
    .join('.')
    .replace(/^vpce\./, '');
  return suffix === dnsSuffix || suffix === dualStackDnsSuffix
    ? { service: labels[at - 1] ?? '', region }
    : undefined;
}
