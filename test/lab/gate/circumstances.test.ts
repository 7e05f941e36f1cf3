import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  type KinesisServiceException,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-kinesis';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import type { AccessDecision, Network } from '../../../lab/gate/gate.js';
import type { Statement } from '../../../lab/iam/types.js';
import { createStream } from '../../../lab/lab.js';
import { ALL, allow, deny, OWNER, policy, READER, ROLE, USER } from '../helpers/access.js';
import { answerTo, type Clients, type GatedLab, startGatedLab } from './helpers/gated-lab.js';

let lab: GatedLab;
let stream: string;
const decisions: AccessDecision[] = [];

beforeAll(async () => {
  lab = await startGatedLab({ onDecision: (decision) => decisions.push(decision) });
  stream = await createStream(lab.owner, 'orders', 1);
});
afterAll(() => lab.stop());

const setPolicy = (...statements: Statement[]) =>
  lab.owner.kinesis.send(
    new PutResourcePolicyCommand({ ResourceARN: stream, Policy: JSON.stringify(policy(statements)) }),
  );
/** Shared with everyone whose request is so. */
const shareIf = (Condition: NonNullable<Statement['Condition']>) =>
  setPolicy(allow({ Sid: 'If', Principal: '*', Condition }));
const describeStream = ({ kinesis }: { kinesis: KinesisClient }) =>
  kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: stream }));
const reader = () => lab.session(ROLE, [allow()]);

/** The role's session, by a way in of its own. */
async function by(network: Network): Promise<Clients> {
  const { endpoint } = await lab.gate.addDoor(network);
  const role = lab.gate.identities.setRole({ arn: ROLE, policies: [ALL] });
  return lab.as(lab.gate.identities.assume(role, 'session'), lab.region, endpoint);
}

const DENIED = expect.stringMatching(/because no resource-based policy allows the kinesis:\w+ action$/);

describe('time', () => {
  afterEach(() => {
    lab.gate.clock.now = () => new Date();
  });

  test.each([
    ['aws:CurrentTime', '2030-01-01T00:00:00Z'],
    ['aws:EpochTime', '1893456000'],
  ])('a grant that expires by %s', async (key, value) => {
    await shareIf({ DateLessThan: { [key]: value } });
    lab.gate.clock.now = () => new Date('2029-12-31T23:59:59Z');
    expect(await answerTo(describeStream(reader()))).toBe('ok');
    lab.gate.clock.now = () => new Date('2030-01-01T00:00:00Z');
    expect(await answerTo(describeStream(reader()))).toEqual(DENIED);
  });

  test('is the machine’s own unless set', async () => {
    await shareIf({ DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } });
    expect(await answerTo(describeStream(reader()))).toBe('ok');
  });
});

describe('the network', () => {
  const VPC: Network = { vpcEndpoint: { id: 'vpce-1a2b3c4d', vpc: 'vpc-11aa22bb', sourceIp: '10.0.0.7' } };

  test.each<[string, NonNullable<Statement['Condition']>]>([
    ['aws:SourceVpce', { StringEquals: { 'aws:SourceVpce': 'vpce-1a2b3c4d' } }],
    ['aws:SourceVpc', { StringEquals: { 'aws:SourceVpc': 'vpc-11aa22bb' } }],
    ['aws:VpcSourceIp', { IpAddress: { 'aws:VpcSourceIp': '10.0.0.0/8' } }],
    ['no aws:SourceIp', { Null: { 'aws:SourceIp': 'true' } }],
  ])('a door that is a VPC endpoint: %s', async (_key, condition) => {
    await shareIf(condition);
    expect(await answerTo(describeStream(await by(VPC)))).toBe('ok');
    expect(await answerTo(describeStream(await by({ sourceIp: '203.0.113.7' })))).toEqual(DENIED);
  });

  test('an endpoint’s policy limits what goes through it', async () => {
    await setPolicy(allow({ Principal: '*' }));
    const through = (...statements: Statement[]) =>
      by({ vpcEndpoint: { id: 'vpce-1a2b3c4d', vpc: 'vpc-11aa22bb', policy: policy(statements) } });
    const other = await through(allow({ Principal: '*', Action: 'kinesis:GetRecords' }));
    expect(await answerTo(describeStream(other))).toMatch(
      /because no VPC endpoint policy allows the kinesis:DescribeStreamSummary action$/,
    );
    const denying = await through(allow({ Principal: '*' }), deny({ Principal: { AWS: ROLE } }));
    expect(await answerTo(describeStream(denying))).toMatch(
      /with an explicit deny in a VPC endpoint policy$/,
    );
    expect(await answerTo(describeStream(await through(allow({ Principal: { AWS: READER } }))))).toBe('ok');
  });

  test('a door takes no policy that a VPC endpoint would not have', async () => {
    const vpcEndpoint = { id: 'vpce-1', vpc: 'vpc-1', policy: policy(allow()) };

    await expect(lab.gate.addDoor({ vpcEndpoint })).rejects.toThrow('the policy of vpce-1 is not valid: ');
  });

  test('aws:SourceIp is the door’s', async () => {
    await shareIf({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } });
    expect(await answerTo(describeStream(await by({ sourceIp: '203.0.113.7' })))).toBe('ok');
    expect(await answerTo(describeStream(await by({ sourceIp: '198.51.100.7' })))).toEqual(DENIED);
  });

  test('aws:SecureTransport is true, as of an SDK’s call of AWS, unless the door says otherwise', async () => {
    await setPolicy(
      allow({ Principal: '*' }),
      deny({ Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
    expect(await answerTo(describeStream(reader()))).toBe('ok');
    expect(await answerTo(describeStream(await by({ secureTransport: false })))).toMatch(
      /with an explicit deny/,
    );
  });
});

describe('the caller', () => {
  test('tags of a role, a session and a user', async () => {
    await shareIf({ StringEquals: { 'aws:PrincipalTag/Team': 'orders' } });
    const { identities } = lab.gate;
    const tagged = identities.setRole({ arn: ROLE, policies: [ALL], tags: { team: 'orders' } });
    expect(await answerTo(describeStream(lab.as(identities.assume(tagged, 's'))))).toBe('ok');
    const otherwise = identities.assume(tagged, 's', { tags: { Team: 'sales' } });
    expect(await answerTo(describeStream(lab.as(otherwise)))).toEqual(DENIED);
    const user = (tags: Record<string, string>) => lab.as(identities.addUser(USER, [ALL], { tags }));
    expect(await answerTo(describeStream(user({ team: 'orders' })))).toBe('ok');
    expect(await answerTo(describeStream(user({})))).toEqual(DENIED);
    identities.setRole({ arn: ROLE, policies: [ALL] });
    expect(await answerTo(describeStream(reader()))).toEqual(DENIED);
  });

  test('aws:userid is what STS says', async () => {
    await shareIf({ StringLike: { 'aws:userid': 'AROA*:session' } });
    expect(await answerTo(describeStream(reader()))).toBe('ok');
    expect(await answerTo(describeStream(lab.as(lab.gate.identities.addUser(USER, [ALL]))))).toEqual(DENIED);
  });

  test('aws:TokenIssueTime and aws:UserAgent', async () => {
    await shareIf({
      DateGreaterThan: { 'aws:TokenIssueTime': '2020-01-01T00:00:00Z' },
      StringLike: { 'aws:UserAgent': '*aws-sdk-js*' },
    });
    expect(await answerTo(describeStream(reader()))).toBe('ok');
  });
});

describe('what the lab does not know', () => {
  const MFA = 'aws:MultiFactorAuthPresent';
  const note = `[the lab does not know ${MFA} (statement 'If' of a resource-based policy)]`;

  test('is named in the answer, its header and the decision, and lets nobody in', async () => {
    await shareIf({ BoolIfExists: { [MFA]: 'true' } });
    const error = await describeStream(reader()).catch((thrown: unknown) => thrown);
    const { message: answer, $response: response } = error as KinesisServiceException;

    expect(answer).toMatch(
      /because no resource-based policy allows the kinesis:DescribeStreamSummary action \[/,
    );
    expect(answer.endsWith(note)).toBe(true);
    expect(response?.headers).toMatchObject({ 'x-lab-unknown': note.slice(1, -1) });
    expect(decisions.at(-1)).toMatchObject({ allowed: false, unknown: [MFA], denial: answer });
  });

  test.each<[string, string, Statement]>([
    [
      'tags of a resource',
      'aws:ResourceTag/team',
      deny({ Condition: { StringEquals: { 'aws:ResourceTag/team': 'x' } } }),
    ],
    [
      'an address',
      'aws:SourceIp',
      deny({ Condition: { NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } }),
    ],
    [
      'a key that does not exist',
      'aws:PrincipalOrgId2',
      deny({ Condition: { Null: { 'aws:PrincipalOrgId2': 'true' } } }),
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    ['a variable', 'saml:sub', deny({ Resource: 'arn:aws:kinesis:*:*:stream/${saml:sub}' })],
  ])('a Deny by %s denies', async (_what, key, statement) => {
    await setPolicy(allow({ Principal: '*' }), { ...statement, Principal: '*' });
    expect(await answerTo(describeStream(reader()))).toContain(
      `with an explicit deny in a resource-based policy [the lab does not know ${key} (statement 2 of a resource-based policy)]`,
    );
  });

  test('is not named where the call is allowed whatever it is, or denied', async () => {
    await setPolicy(
      allow({ Principal: '*' }),
      allow({ Principal: '*', Condition: { Bool: { [MFA]: 'true' } } }),
    );
    expect(await answerTo(describeStream(reader()))).toBe('ok');
    await setPolicy(
      deny({ Principal: '*' }),
      allow({ Principal: '*', Condition: { Bool: { [MFA]: 'true' } } }),
    );
    expect(await answerTo(describeStream(reader()))).toMatch(
      /with an explicit deny in a resource-based policy$/,
    );
    expect(decisions.at(-1)).not.toHaveProperty('unknown');
  });

  test('is named where STS gives no reason', async () => {
    const arn = `arn:aws:iam::${OWNER}:role/stream-reader`;
    const assumes: Statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: READER } };
    const trust = policy({ ...assumes, Condition: { Bool: { [MFA]: 'true' } } });
    lab.gate.identities.setRole({ arn, policies: [ALL], trust });
    const call = reader().sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'there' }));
    expect(await answerTo(call)).toMatch(
      /^AccessDenied: .* on resource: \S+ \[the lab does not know aws:Multi\w+ \(statement 1 of the role trust policy\)\]$/,
    );
  });

  test('is named where a token’s claims decide', async () => {
    const { identities, webIdentityTokens } = lab.gate;
    const arn = `arn:aws:iam::${READER}:role/pod`;
    const trust = policy({
      Sid: 'Pod',
      Effect: 'Allow',
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: webIdentityTokens.provider },
      Condition: { StringEquals: { 'oidc.example:sub': 'system:serviceaccount:orders:reader' } },
    });
    identities.setRole({ arn, policies: [ALL], trust });
    const WebIdentityToken = webIdentityTokens.issue();
    const ask = new AssumeRoleWithWebIdentityCommand({
      RoleArn: arn,
      RoleSessionName: 'pod',
      WebIdentityToken,
    });
    expect(await answerTo(lab.as(READER).sts.send(ask))).toBe(
      'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity ' +
        "[the lab does not know oidc.example:sub (statement 'Pod' of the role trust policy)]",
    );
  });
});
