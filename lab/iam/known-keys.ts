import type { Context } from './types.js';

/**
 * Condition keys that AWS leaves out of some requests, and that the lab has in a request's context whenever AWS would
 * ("AWS global condition context keys", IAM User Guide, and the keys of KMS and STS). `*` stands for the rest of a name.
 */
const SOMETIMES_ABSENT = [
  // Only where the account is a member of an organization.
  'aws:PrincipalOrgID',
  'aws:PrincipalOrgPaths',
  'aws:ResourceOrgID',
  'aws:ResourceOrgPaths',
  // Only through a VPC endpoint.
  'aws:SourceVpc',
  'aws:SourceVpce',
  'aws:PrincipalTag/*',
  'aws:RequestTag/*',
  'aws:TagKeys',
  'aws:username',
  'aws:referer',
  // Only where an AWS service calls by itself; in the lab none does.
  'aws:PrincipalServiceName',
  'aws:PrincipalServiceNamesList',
  'aws:SourceAccount',
  'aws:SourceArn',
  'aws:SourceOrgID',
  'aws:SourceOrgPaths',
  // Only in sessions of kinds that the lab does not give out.
  'aws:AssumedRoot',
  'aws:ChatbotSourceArn',
  'aws:SignInSessionArn',
  'aws:SourceIdentity',
  'aws:Ec2InstanceSourceVpc',
  'aws:Ec2InstanceSourcePrivateIPv4',
  'codebuild:*',
  'ec2:*',
  'glue:*',
  'identitystore:UserId',
  'ssm:SourceInstanceArn',
  'kms:EncryptionContext:*',
  'kms:EncryptionContextKeys',
  'kms:RequestAlias',
  'kms:ViaService',
  'sts:ExternalId',
  'sts:SourceIdentity',
].map((name) => name.toLowerCase());

/**
 * Whether the lab can't say what AWS would have for that condition key: neither a value, nor that the request lacks it.
 *
 * @param context with lower-case keys; an empty list is a key that the request lacks
 */
export function isUnknown(key: string, context: Context): boolean {
  const name = key.toLowerCase();
  if (context[name] !== undefined) return false;
  return !SOMETIMES_ABSENT.some((known) =>
    known.endsWith('*') ? name.startsWith(known.slice(0, -1)) : name === known,
  );
}
