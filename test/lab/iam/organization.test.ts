import { checkOrganization } from '../../../lab/iam/check-organization.js';
import { forwardedContext, networkContext } from '../../../lab/iam/network.js';
import {
  controlPolicies,
  FULL_AWS_ACCESS,
  type Organization,
  organizationContext,
} from '../../../lab/iam/organization.js';
import type { Caller } from '../../../lab/iam/types.js';
import {
  allow,
  asked,
  deny,
  KEY,
  OWN,
  OWNER,
  policy,
  READER,
  role,
  root,
  SHARED,
  SHARED_KEY,
  session,
} from '../helpers/access.js';

const ID = 'o-exampleorg1';
const MANAGEMENT = '999999999999';
const members = {
  [MANAGEMENT]: `${ID}/r-root/`,
  [OWNER]: `${ID}/r-root/ou-root-owners12/`,
  [READER]: `${ID}/r-root/ou-root-readers1/ou-root-orders12/`,
};
const organization: Organization = { id: ID, accounts: members, managementAccount: MANAGEMENT };
const noKeys = policy(deny({ Principal: '*', Action: 'kms:*' }));
const noStreams = policy(deny({ Action: 'kinesis:*' }));

describe('organizationContext', () => {
  test('of caller and resource', () => {
    expect(organizationContext([organization], asked({ resource: SHARED }))).toEqual({
      'aws:PrincipalOrgID': ID,
      'aws:PrincipalOrgPaths': [members[READER]],
      'aws:ResourceOrgID': ID,
      'aws:ResourceOrgPaths': [members[OWNER]],
    });
  });

  test('of neither, and of two organizations', () => {
    const other = { id: 'o-anotherorg1', accounts: { [OWNER]: 'o-anotherorg1/r-root/' } };
    expect(organizationContext([], asked())).toEqual({});
    const mine = { ...organization, accounts: { [READER]: members[READER] } };
    expect(organizationContext([other, mine], asked({ resource: SHARED }))).toMatchObject({
      'aws:PrincipalOrgID': ID,
      'aws:ResourceOrgID': 'o-anotherorg1',
    });
  });
});

describe('controlPolicies (SCP evaluation; RCP evaluation, AWS Organizations User Guide)', () => {
  const limited: Organization = {
    ...organization,
    serviceControl: { 'ou-root-orders12': [noStreams] },
    resourceControl: { 'r-root': [noKeys] },
  };
  const decrypt = { action: 'kms:Decrypt', resource: SHARED_KEY };
  const managing: Caller = { type: 'root', account: MANAGEMENT, partition: 'aws' };
  const linked: Caller = {
    type: 'role',
    arn: `arn:aws:iam::${READER}:role/aws-service-role/x.amazonaws.com/X`,
  };
  const counts = (organizations: Organization[], request: Parameters<typeof asked>[0]) => {
    const { serviceControl, resourceControl } = controlPolicies(organizations, asked(request));
    return [serviceControl?.length, resourceControl?.length];
  };

  test('root, units and account each have theirs, or everything', () => {
    const { serviceControl, resourceControl } = controlPolicies([limited], asked(decrypt));
    expect(serviceControl).toEqual([[FULL_AWS_ACCESS], [FULL_AWS_ACCESS], [noStreams], [FULL_AWS_ACCESS]]);
    expect(resourceControl?.map((level) => level.length)).toEqual([2, 1, 1]);
  });

  test.each<[string, Parameters<typeof asked>[0], (number | undefined)[]]>([
    ['a session, a key', decrypt, [4, 3]],
    ['a role', { ...decrypt, caller: role }, [4, 3]],
    ['the root user of a member', { ...decrypt, caller: root }, [4, 3]],
    ['a principal of the management account', { ...decrypt, caller: managing }, [undefined, 3]],
    [
      'a resource of the management account',
      { ...decrypt, resource: KEY.replace(READER, MANAGEMENT) },
      [4, undefined],
    ],
    ['a service-linked role', { ...decrypt, caller: linked }, [undefined, undefined]],
    ['a service without resource control policies', { resource: SHARED }, [4, undefined]],
    ['a queue', { action: 'sqs:SendMessage', resource: OWN.replace('kinesis', 'sqs') }, [4, 4]],
    [
      'a resource of no organization',
      { ...decrypt, resource: KEY.replace(READER, '333333333333') },
      [4, undefined],
    ],
  ])('%s', (_who, request, expected) => {
    expect(counts([limited], { caller: session, ...request })).toEqual(expected);
  });

  test('a caller of no organization is limited by the owner’s', () => {
    const { [READER]: _, ...accounts } = members;
    expect(counts([{ ...limited, accounts }], decrypt)).toEqual([undefined, 3]);
  });

  test('policies that are not enabled limit nothing', () => {
    expect(counts([organization], decrypt)).toEqual([undefined, undefined]);
  });
});

describe('checkOrganization', () => {
  test('takes what AWS takes', () => {
    expect(() =>
      checkOrganization({
        ...organization,
        serviceControl: { [READER]: [FULL_AWS_ACCESS, noStreams] },
        resourceControl: { 'ou-root-readers1': [noKeys] },
      }),
    ).not.toThrow();
  });

  // biome-ignore format: a case is a line
  test.each<[string, Partial<Organization>, RegExp]>([
    ['a path of another organization', { accounts: { [OWNER]: 'o-anotherorg1/r-root/' } }, /not the path of an account in 'o-exampleorg1'/],
    ['a path without its slash', { accounts: { [OWNER]: `${ID}/r-root` } }, /not the path/],
    ['an account of 11 digits', { accounts: { 11111111111: `${ID}/r-root/` } }, /needs 12 digits/],
    ['a management account that is no member', { managementAccount: '444444444444' }, /has no path/],
    ['policies of a unit that nobody is in', { serviceControl: { 'ou-root-nobody12': [noStreams] } }, /no account .* 'ou-root-nobody12'/],
    ['a service control policy for an address that does not exist', { serviceControl: { 'r-root': [policy(deny({ Condition: { IpAddress: { 'aws:SourceIp': 'x' } } }))] } }, /a policy of r-root is not valid: .*"x", which is not an IP address/],
    ['a service control policy with a Principal', { serviceControl: { 'r-root': [noKeys] } }, /must have no Principal/],
    ['a resource control policy that allows', { resourceControl: { 'r-root': [policy(allow({ Principal: '*', Action: 'kms:*' }))] } }, /Deny only/],
    ['a resource control policy for one account', { resourceControl: { 'r-root': [policy(deny({ Principal: { AWS: OWNER }, Action: 'kms:*' }))] } }, /needs Principal '\*'/],
    ['a resource control policy for every action', { resourceControl: { 'r-root': [policy(deny({ Principal: '*' }))] } }, /names of services/],
  ])('refuses %s', (_what, change, expected) => {
    expect(() => checkOrganization({ ...organization, ...change })).toThrow(expected);
  });
});

describe('the network (AWS global condition context keys; Forward access sessions)', () => {
  const vpcEndpoint = { id: 'vpce-1', vpc: 'vpc-1' };

  test('a public address, and a VPC endpoint', () => {
    expect(networkContext({ sourceIp: '203.0.113.7' })).toMatchObject({
      'aws:SourceIp': '203.0.113.7',
      'aws:SourceVpce': [],
      'aws:SecureTransport': 'true',
    });
    expect(networkContext({ sourceIp: '203.0.113.7', vpcEndpoint })).toEqual({
      'aws:SecureTransport': 'true',
      'aws:SourceIp': [],
      'aws:SourceVpc': 'vpc-1',
      'aws:SourceVpce': 'vpce-1',
    });
  });

  test('what a service makes for its caller keeps the address, and not the endpoint', () => {
    expect(forwardedContext({ sourceIp: '203.0.113.7', secureTransport: false })).toMatchObject({
      'aws:SourceIp': '203.0.113.7',
      'aws:SecureTransport': 'true',
    });
    expect(forwardedContext({ vpcEndpoint })).toMatchObject({ 'aws:SourceIp': [], 'aws:SourceVpce': [] });
  });

  test('an address that is not given is not there: unknown', () => {
    expect(networkContext({})).not.toHaveProperty(['aws:SourceIp']);
  });
});
