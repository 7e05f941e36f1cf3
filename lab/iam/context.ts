import { lowerCaseKeys } from './conditions.js';
import type { AccessRequest, Caller, Context } from './types.js';

export interface CallerIdentity {
  /** Of the one who calls: a session's own, not its role's. */
  arn: string;
  account: string;
  partition: string;
  /** Of a role, and of a session of it. */
  roleArn?: string;
}

export function identityOf(caller: Caller): CallerIdentity {
  if (caller.type === 'root') {
    const { account, partition } = caller;
    return { arn: `arn:${partition}:iam::${account}:root`, account, partition };
  }
  const ownArn = caller.type === 'session' ? caller.roleArn : caller.arn;
  const [, partition = '', , , account = ''] = ownArn.split(':');
  if (caller.type !== 'session') {
    return { arn: ownArn, account, partition, ...(caller.type === 'role' ? { roleArn: ownArn } : {}) };
  }
  const arn = `arn:${partition}:sts::${account}:assumed-role/${lastPart(ownArn)}/${caller.sessionName}`;
  return { arn, account, partition, roleArn: ownArn };
}

const lastPart = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

const TYPES = { user: 'User', role: 'AssumedRole', session: 'AssumedRole', root: 'Account' };

/** The request's own keys, and the global ones that follow from the caller and the resource, unless they are given. */
export function fullContext({ caller, resource, context = {} }: AccessRequest): Context {
  const { arn, account, roleArn } = identityOf(caller);
  const given = lowerCaseKeys(context);
  return {
    'aws:principalarn': roleArn ?? arn,
    'aws:principalaccount': account,
    'aws:principaltype': TYPES[caller.type],
    'aws:principalisawsservice': 'false',
    'aws:viaawsservice': 'false',
    'aws:resourceaccount': resource.account,
    ...(caller.type === 'user' ? { 'aws:username': lastPart(arn) } : {}),
    ...(caller.type === 'user' || caller.type === 'root' ? LONG_TERM : {}),
    // Whether Kinesis is one of the services that set them is not documented.
    ...(given['aws:viaawsservice'] === 'true' ? {} : DIRECT),
    ...given,
  };
}

/** What requests that are signed with long-term credentials lack. */
const LONG_TERM: Context = {
  'aws:federatedprovider': [],
  'aws:multifactorauthage': [],
  'aws:multifactorauthpresent': [],
  'aws:tokenissuetime': [],
  'lambda:sourcefunctionarn': [],
};

/** What requests lack that no service makes for its caller. */
const DIRECT: Context = {
  'aws:calledvia': [],
  'aws:calledviafirst': [],
  'aws:calledvialast': [],
  'aws:calledviaawsmcp': [],
  'aws:viaawsmcpservice': [],
};
