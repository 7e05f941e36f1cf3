import type { ReadRequest } from '../policy/read-request.js';
import type { Denied, Place } from './place.js';
import { ofIdentity } from './place-of-identity.js';
import { earlierKey, ofResource } from './place-of-resource.js';
import { ofEndpoint, ofOrganization, ofSession } from './places-of-limits.js';

/** Of those that are called here: Kinesis and CloudWatch have none (AWS Organizations User Guide, resource control policies). */
const RESOURCE_CONTROL = 'resource control policy';
const HAVE_RESOURCE_CONTROL = ['kms', 'sqs', 'sts', 'dynamodb'];

/** Every kind of policy that can deny the action, the most likely first. @param policy what AWS names it by, if it does */
export function placesToLook(denied: Denied, request: ReadRequest, policy?: string): Place[] {
  const { reader, stream } = request;
  const [service = ''] = denied.action.split(':');
  const [, , , , resourceAccount = ''] = denied.resource.split(':');
  const ofStream = service === 'kinesis' || service === 'kms';
  const owner = resourceAccount || (ofStream ? stream : reader).account;
  return [
    ...ofResource(service, denied, request),
    ofIdentity(denied, request),
    ofOrganization('service control policy', reader.account, "the reader's organization"),
    ...(HAVE_RESOURCE_CONTROL.includes(service) || policy === RESOURCE_CONTROL
      ? [ofOrganization(RESOURCE_CONTROL, owner, `the organization of account ${owner}`)]
      : []),
    ...(reader.kind === 'role' ? [ofSession(reader.account, stream.region)] : []),
    // Kinesis itself calls KMS, and by no endpoint of the reader's.
    ...(service === 'kms' ? [earlierKey(reader.name)] : ofEndpoint(service, stream.region)),
  ];
}
