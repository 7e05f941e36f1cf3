import type { StreamArn } from '../aws/arn.js';

/** The application that reads one stream, unless it is given another name. */
export function defaultApplicationName({ account, streamName }: StreamArn): string {
  return `cross-account-kcl-${account}-${streamName}`;
}
