import type { ReadRequest } from '../policy/read-request.js';
import type { Denied, Place } from './place.js';
import { ofIdentity } from './place-of-identity.js';
import { earlierKey, ofResource } from './place-of-resource.js';
import { ofEndpoint, ofOrganization, ofSession } from './places-of-limits.js';

/** Every kind of policy that can deny the action, the likeliest first. */
export function placesToLook(denied: Denied, request: ReadRequest): Place[] {
  const { reader, stream } = request;
  const [service = ''] = denied.action.split(':');
  const [, , , , resourceAccount = ''] = denied.resource.split(':');
  const ofStream = service === 'kinesis' || service === 'kms';
  const owner = resourceAccount || (ofStream ? stream : reader).account;
  return [
    ...ofResource(service, denied, request),
    ofIdentity(denied, request),
    ofOrganization('service control policy', reader.account, "the reader's organization"),
    ofOrganization('resource control policy', owner, `the organization of account ${owner}`),
    ...(reader.kind === 'role' ? [ofSession(reader.account, stream.region)] : []),
    // Kinesis itself calls KMS, and by no endpoint of the reader's.
    ...(service === 'kms' ? [earlierKey(reader.name)] : ofEndpoint(service, stream.region)),
  ];
}
