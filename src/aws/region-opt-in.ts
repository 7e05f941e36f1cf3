import { option, shellCommand } from '../errors/shell-command.js';
import { isNamed } from './known-errors/known-errors.js';
import type { CredentialsFailure } from './missing-credentials.js';
import { partitionOf } from './partition.js';

/**
 * Regions of before March 20, 2019 are enabled in every account; every later one must be (AWS Account Management
 * Reference Guide, "Enable or disable AWS Regions"). So nothing will be added here.
 */
const ALWAYS_ENABLED = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1'],
  ...['ap-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2'],
];

const isOptIn = (region: string) => partitionOf(region).name === 'aws' && !ALWAYS_ENABLED.includes(region);

/** What STS answers where the region, or its endpoint in it, is disabled in the account. */
const isDisabled = (error: unknown) => isNamed(error, 'region-disabled');

/** Whether the call's credentials may be valid, and only the region not enabled in their account. */
export function mayNotBeEnabled(error: unknown, region: string): boolean {
  // Services answer so to the credentials of an account without the region.
  return isDisabled(error) || (isNamed(error, 'unknown-credentials') && isOptIn(region));
}

/**
 * @param account that the credentials are of, if that is known
 * @param valid what shows that the credentials are valid; undefined if that is unknown
 */
export function notEnabled(
  error: Error,
  region: string,
  account: string | undefined,
  valid?: string,
): CredentialsFailure {
  const { message } = error;
  const where = account === undefined ? 'the account of these credentials' : `account ${account}`;
  if (isDisabled(error) && !isOptIn(region)) {
    return {
      reason: `the endpoint of STS in ${region} is not active in ${where}: ${message}`,
      remedy:
        'An administrator of the account activates it in the IAM console: Account settings, Security Token Service (STS), Endpoints.',
    };
  }
  const inRegion = option('--region-name', region);
  const first = `${shellCommand(['aws', 'account', 'get-region-opt-status', ...inRegion])} shows it, and ${shellCommand(['aws', 'account', 'enable-region', ...inRegion])} enables it, which takes some minutes.`;
  const token = `Else, a session token of STS's global endpoint is not valid in ${region} unless it is of version 2: get the credentials by a regional endpoint (AWS_STS_REGIONAL_ENDPOINTS=regional where they come from).`;
  if (isDisabled(error))
    return { reason: `the region ${region} is not enabled in ${where}: ${message}`, remedy: first };
  const invalid = valid === undefined ? ['Or the credentials are not valid: get new ones.'] : [];
  return {
    reason: `the region ${region} may not be enabled in ${where}${valid === undefined ? '' : `, since ${valid}`}: ${message}`,
    remedy: [first, token, ...invalid].join(' '),
  };
}
