import type { Context, Policy } from './types.js';

/** How a request has come: what a policy's conditions may ask of it. */
export interface Network {
  /** The public address that it comes from; unknown unless given. A VPC endpoint hides it. */
  readonly sourceIp?: string;
  /** Whether AWS would be called over TLS: true unless given, as of an SDK's request. */
  readonly secureTransport?: boolean;
  /** The interface endpoint that it has come through, to whichever service. */
  readonly vpcEndpoint?: VpcEndpoint;
}

export interface VpcEndpoint {
  /** vpce-… */
  readonly id: string;
  /** vpc-… */
  readonly vpc: string;
  /** The private address that the request comes from; unknown unless given. */
  readonly sourceIp?: string;
  /** What may go through it: everything unless given, as on AWS. */
  readonly policy?: Policy;
}

/** "Properties of the network" ("AWS global condition context keys", IAM User Guide). */
export function networkContext({ sourceIp, secureTransport = true, vpcEndpoint }: Network): Context {
  const secure = { 'aws:SecureTransport': String(secureTransport) };
  if (vpcEndpoint === undefined) {
    return { ...secure, ...NO_VPC_ENDPOINT, ...(sourceIp !== undefined && { 'aws:SourceIp': sourceIp }) };
  }
  // aws:SourceVpcArn and the keys of the endpoint's account are for some services only, and stay unknown.
  return {
    ...secure,
    'aws:SourceIp': [],
    'aws:SourceVpc': vpcEndpoint.vpc,
    'aws:SourceVpce': vpcEndpoint.id,
    ...(vpcEndpoint.sourceIp !== undefined && { 'aws:VpcSourceIp': vpcEndpoint.sourceIp }),
  };
}

/**
 * That of the request which a service makes for the caller ("Forward access sessions"): the public address is that of
 * the caller's own request, and the VPC endpoint is not.
 */
export function forwardedContext(network: Network): Context {
  const { 'aws:SourceIp': sourceIp } = networkContext(network);
  return {
    'aws:SecureTransport': 'true',
    ...NO_VPC_ENDPOINT,
    ...(sourceIp !== undefined && { 'aws:SourceIp': sourceIp }),
  };
}

const NO_VPC_ENDPOINT: Context = {
  'aws:SourceVpc': [],
  'aws:SourceVpcArn': [],
  'aws:SourceVpce': [],
  'aws:VpceAccount': [],
  'aws:VpceOrgID': [],
  'aws:VpceOrgPaths': [],
  'aws:VpcSourceIp': [],
};

export function timeContext(now: Date): Context {
  return {
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
  };
}
