import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What the AWS SDK's endpoint rules know of a partition. */
interface SdkPartition {
  readonly name: string;
  readonly dnsSuffix: string;
  readonly dualStackDnsSuffix: string;
  readonly implicitGlobalRegion: string;
  /** Only of a region that the SDK lists. */
  readonly description?: string;
}

/**
 * The SDK's own lookup, loaded at its first use: it takes 5 MB, and the process of a single shard never uses it.
 * The bundle for Lambda imports it directly (scripts/lambda-bundle.ts).
 */
export function partition(region: string): SdkPartition {
  const sdk: { partition(region: string): SdkPartition } = require('@aws-sdk/core/client');
  return sdk.partition(region);
}
