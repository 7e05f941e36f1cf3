import { checkOrganization } from '../iam/check-organization.js';
import { forwardedContext, networkContext, timeContext } from '../iam/network.js';
import { controlPolicies, type Organization, organizationContext } from '../iam/organization.js';
import type { RequestedAction } from '../iam/request.js';
import type { AccessRequest, PolicySet } from '../iam/types.js';
import type { Identity } from './identities.js';
import type { Keys } from './keys.js';

/** The time that policies are asked with; credentials expire by the machine's own. */
export interface Clock {
  now: () => Date;
}

/** The organizations of the lab's accounts; an account that is in none of them is a member of none. */
export class Organizations {
  readonly #organizations = new Map<string, Organization>();

  /**
   * Adds it, or replaces the one with its id, from the next call on.
   *
   * @throws PolicyError for what AWS Organizations would not have
   */
  set(organization: Organization): void {
    checkOrganization(organization);
    this.#organizations.set(organization.id, organization);
  }

  delete(id: string): void {
    this.#organizations.delete(id);
  }

  get all(): readonly Organization[] {
    return [...this.#organizations.values()];
  }
}

/** What AWS knows of a request besides what the call itself says. */
export class Circumstances {
  readonly #organizations: Organizations;
  readonly #clock: Clock;
  readonly #keys: Keys;

  constructor(organizations: Organizations, clock: Clock, keys: Keys) {
    this.#organizations = organizations;
    this.#clock = clock;
    this.#keys = keys;
  }

  /** The request, with every condition key that the lab knows. */
  request({ caller, network = {}, context: own, ofCall }: Identity, asked: RequestedAction): AccessRequest {
    const request: AccessRequest = { caller, ...asked };
    const context = {
      ...timeContext(this.#clock.now()),
      ...own,
      ...(isForwarded(asked) ? forwardedContext(network) : { ...ofCall, ...networkContext(network) }),
      ...organizationContext(this.#organizations.all, request),
      ...asked.context,
    };
    return { ...request, context };
  }

  /** The policies of the caller, and those over the request; without what is attached to the resource. */
  policies({ policies, limits, network }: Identity, request: AccessRequest): PolicySet {
    const { serviceControl, resourceControl } = controlPolicies(this.#organizations.all, request);
    const vpcEndpoint = isForwarded(request) ? undefined : network?.vpcEndpoint?.policy;
    // "RCPs do not apply to AWS managed keys".
    const ofAws = this.#keys.find(request.resource.arn)?.manager === 'AWS';
    return {
      identity: policies,
      ...limits,
      ...(serviceControl && { serviceControl: [...(limits.serviceControl ?? []), ...serviceControl] }),
      ...(resourceControl && !ofAws && { resourceControl }),
      ...(vpcEndpoint && { vpcEndpoint }),
    };
  }
}

/** A service makes it in the caller's name. */
const isForwarded = ({ context }: Pick<AccessRequest, 'context'>) =>
  context?.['aws:ViaAWSService'] === 'true';
