import { identityOf } from './context.js';
import type { AccessRequest, Context, Policy, PolicySet } from './types.js';

/** An organization of AWS Organizations, as far as it decides about access. */
export interface Organization {
  /** Such as o-exampleorg1. */
  readonly id: string;
  /**
   * Account → its path, as `aws:PrincipalOrgPaths` has it: `o-exampleorg1/r-root/ou-root-workload1/`. An account that is
   * not here is not a member.
   */
  readonly accounts: Readonly<Record<string, string>>;
  /** One of the accounts: neither its principals nor its resources are limited by the organization's policies. */
  readonly managementAccount?: string;
  /** Without it service control policies are not enabled. What has no list has FULL_AWS_ACCESS. */
  readonly serviceControl?: Attachments;
  /** Without it resource control policies are not enabled. RCPFullAWSAccess is always there. */
  readonly resourceControl?: Attachments;
}

/** Id of the root, a unit or an account → all that is attached to it. */
export type Attachments = Readonly<Record<string, readonly Policy[]>>;

const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' } as const;

/** AWS attaches it to every root, unit and account, until it is replaced. */
export const FULL_AWS_ACCESS: Policy = { Version: '2012-10-17', Statement: EVERYTHING };
/** It can't be detached. */
const RCP_FULL_AWS_ACCESS: Policy = {
  Version: '2012-10-17',
  Statement: { ...EVERYTHING, Principal: '*' },
};

/**
 * Of the services that the lab has, those whose resources the policies limit ("List of AWS services that support RCPs",
 * AWS Organizations User Guide, November 2026). Kinesis Data Streams is not among them.
 */
const RESOURCE_CONTROLLED = ['dynamodb', 'kms', 'sqs', 'sts'];

/** `aws:PrincipalOrgID` and its likes, of the members only. */
export function organizationContext(
  organizations: readonly Organization[],
  { caller, resource }: AccessRequest,
): Context {
  return {
    ...membership('aws:Principal', organizations, identityOf(caller).account),
    ...membership('aws:Resource', organizations, resource.account),
  };
}

function membership(prefix: string, organizations: readonly Organization[], account: string): Context {
  const found = organizationOf(organizations, account);
  if (found === undefined) return {};
  return { [`${prefix}OrgID`]: found.id, [`${prefix}OrgPaths`]: [found.accounts[account] ?? ''] };
}

/** The policies of the organizations that limit a request: by the caller's account, and by the resource's. */
export function controlPolicies(
  organizations: readonly Organization[],
  { caller, action, resource }: AccessRequest,
): Pick<PolicySet, 'serviceControl' | 'resourceControl'> {
  const { account, roleArn = '' } = identityOf(caller);
  // Neither kind limits roles that are linked to a service.
  if (roleArn.includes(':role/aws-service-role/')) return {};
  const callers = limiting(organizations, account);
  const owners = limiting(organizations, resource.account);
  const supported = RESOURCE_CONTROLLED.includes(action.split(':')[0] ?? '');
  return {
    ...(callers?.serviceControl && {
      serviceControl: levels(callers, account).map((id) => callers.serviceControl?.[id] ?? [FULL_AWS_ACCESS]),
    }),
    ...(supported &&
      owners?.resourceControl && {
        resourceControl: levels(owners, resource.account).map((id) => [
          RCP_FULL_AWS_ACCESS,
          ...(owners.resourceControl?.[id] ?? []),
        ]),
      }),
  };
}

const organizationOf = (organizations: readonly Organization[], account: string) =>
  organizations.find(({ accounts }) => Object.hasOwn(accounts, account));

function limiting(organizations: readonly Organization[], account: string): Organization | undefined {
  const found = organizationOf(organizations, account);
  return found?.managementAccount === account ? undefined : found;
}

/** The ids of root, units and account. */
export function levels({ accounts }: Organization, account: string): string[] {
  return [...(accounts[account] ?? '').split('/').slice(1, -1), account];
}
