import {
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  PutResourcePolicyCommand,
  StartStreamEncryptionCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import { DecryptCommand } from '@aws-sdk/client-kms';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { Organization } from '../../../lab/gate/gate.js';
import type { Statement } from '../../../lab/iam/types.js';
import { createStream, putRecords } from '../../../lab/lab.js';
import { ALL, allow, deny, OWNER, policy, READER, ROLE, SESSION } from '../helpers/access.js';
import { answerTo, type GatedLab, startGatedLab } from './helpers/gated-lab.js';

const STRANGER = '333333333333';
const STRANGE_ROLE = `arn:aws:iam::${STRANGER}:role/reader`;
const ID = 'o-exampleorg1';
const UNIT = 'ou-root-workload1';
const ORGANIZATION: Organization = {
  id: ID,
  accounts: { [OWNER]: `${ID}/r-root/`, [READER]: `${ID}/r-root/${UNIT}/` },
};
const everyoneOf = (id: string, Action: string): Statement =>
  allow({ Sid: 'Org', Principal: '*', Action, Condition: { StringEquals: { 'aws:PrincipalOrgID': id } } });

let lab: GatedLab;
let stream: string;
let key: string;

beforeAll(async () => {
  lab = await startGatedLab({ organization: ORGANIZATION });
  stream = await createStream(lab.owner, 'orders', 1);
  const admin = allow({ Principal: { AWS: OWNER } });
  key = lab.gate.keys.create(OWNER, lab.region, policy([admin, everyoneOf(ID, 'kms:Decrypt')])).arn;
  await share(everyoneOf(ID, 'kinesis:*'));
  const owner = lab.as(OWNER).kinesis;
  await owner.send(
    new StartStreamEncryptionCommand({ StreamARN: stream, KeyId: key, EncryptionType: 'KMS' }),
  );
  await waitUntilStreamExists(
    { client: lab.owner.kinesis, maxWaitTime: 30, minDelay: 1 },
    { StreamName: 'orders' },
  );
  // Through the gate, which learns of the key.
  await putRecords({ ...lab.owner, kinesis: owner }, stream, [
    { partitionKey: 'k', data: Buffer.from('hello') },
  ]);
});
afterAll(() => lab.stop());
afterEach(() => lab.gate.organizations.set(ORGANIZATION));

const share = (...statements: Statement[]) =>
  lab.owner.kinesis.send(
    new PutResourcePolicyCommand({ ResourceARN: stream, Policy: JSON.stringify(policy(statements)) }),
  );
const reader = () => lab.session(ROLE, [allow()]);
const stranger = () => lab.session(STRANGE_ROLE, [allow()]);
const describeStream = ({ kinesis }: { kinesis: KinesisClient }) =>
  kinesis.send(new DescribeStreamSummaryCommand({ StreamARN: stream }));

async function read({ kinesis }: { kinesis: KinesisClient }): Promise<string> {
  const at = {
    StreamARN: stream,
    ShardId: 'shardId-000000000000',
    ShardIteratorType: 'TRIM_HORIZON' as const,
  };
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(at));
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map(({ Data = [] }) => Buffer.from(Data).toString()).join();
}

describe('a stream that is shared with an organization, and its key', () => {
  test('a member reads', async () => {
    expect(await read(reader())).toBe('hello');
  });

  test('another account is denied', async () => {
    expect(await answerTo(describeStream(stranger()))).toBe(
      `AccessDeniedException: User: arn:aws:sts::${STRANGER}:assumed-role/reader/session is not authorized to perform: ` +
        `kinesis:DescribeStreamSummary on resource: ${stream} because no resource-based policy allows the ` +
        'kinesis:DescribeStreamSummary action',
    );
  });

  test('an account that leaves is denied from the next call on', async () => {
    const clients = reader();
    lab.gate.organizations.delete(ID);
    expect(await answerTo(describeStream(clients))).toMatch(/because no resource-based policy allows/);
    lab.gate.organizations.set(ORGANIZATION);
    expect(await answerTo(describeStream(clients))).toBe('ok');
  });

  test('the key is asked for the member, too', async () => {
    await share(allow({ Principal: '*', Action: 'kinesis:*' }));
    expect(await answerTo(read(stranger()))).toMatch(
      /^KMSAccessDeniedException: .* is not authorized to decrypt/,
    );
    expect(await read(reader())).toBe('hello');
    await share(everyoneOf(ID, 'kinesis:*'));
  });

  test('by unit: aws:PrincipalOrgPaths', async () => {
    const inUnit = (path: string) =>
      allow({ Principal: '*', Condition: { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': path } } });
    await share(inUnit(`${ID}/*/${UNIT}/*`));
    expect(await answerTo(describeStream(reader()))).toBe('ok');
    await share(inUnit(`${ID}/r-root/ou-root-sandboxes/*`));
    expect(await answerTo(describeStream(reader()))).toMatch(/because no resource-based policy allows/);
    await share(everyoneOf(ID, 'kinesis:*'));
  });
});

test('a key’s policy sees the VPC endpoint of a caller, and not in what Kinesis asks for the caller', async () => {
  const open = lab.gate.keys.find(key);
  const before = open?.policy ?? '';
  const through = (Condition: NonNullable<Statement['Condition']>) =>
    JSON.stringify(policy(allow({ Principal: '*', Condition })));
  const { endpoint } = await lab.gate.addDoor({ vpcEndpoint: { id: 'vpce-1a2b3c4d', vpc: 'vpc-11aa22bb' } });
  const role = lab.gate.identities.setRole({ arn: ROLE, policies: [ALL] });
  const inside = lab.as(lab.gate.identities.assume(role, 'session'), lab.region, endpoint);
  const CiphertextBlob = lab.gate.keys.encrypt(key, Buffer.from('x'));
  const decrypt = new DecryptCommand({ KeyId: key, CiphertextBlob });

  if (open) open.policy = through({ StringEquals: { 'aws:SourceVpce': 'vpce-1a2b3c4d' } });
  expect(await answerTo(inside.kms.send(decrypt))).toBe('ok');
  expect(await answerTo(read(inside))).toMatch(/^KMSAccessDeniedException: .* is not authorized to decrypt/);
  if (open) open.policy = through({ Bool: { 'aws:ViaAWSService': 'true' } });
  expect(await answerTo(inside.kms.send(decrypt))).toMatch(/^AccessDeniedException: /);
  expect(await read(inside)).toBe('hello');
  if (open) open.policy = through({ Null: { 'aws:CalledVia': 'false' } });
  expect(await answerTo(read(inside))).toMatch(/ \[the lab does not know aws:CalledVia \(statement 1 of /);
  if (open) open.policy = before;
});

describe('the policies of the organization', () => {
  const outsideNobody = (Action: string): Statement =>
    deny({
      Sid: 'OwnOnly',
      Principal: '*',
      Action,
      Condition: { StringNotEqualsIfExists: { 'aws:PrincipalOrgID': ID } },
    });
  const controlled = (resourceControl: NonNullable<Organization['resourceControl']>) =>
    lab.gate.organizations.set({ ...ORGANIZATION, resourceControl });

  test('a resource control policy keeps the key from strangers, also when Kinesis asks for them', async () => {
    const open = lab.gate.keys.find(key);
    const before = open?.policy ?? '';
    if (open) open.policy = JSON.stringify(policy(allow({ Principal: '*' })));
    await share(allow({ Principal: '*', Action: 'kinesis:*' }));
    const there = stranger();
    expect(await read(there)).toBe('hello');
    controlled({ 'r-root': [policy(outsideNobody('kms:*'))] });

    expect(await answerTo(read(there))).toMatch(/^KMSAccessDeniedException: .* is not authorized to decrypt/);
    const decrypt = new DecryptCommand({
      KeyId: key,
      CiphertextBlob: lab.gate.keys.encrypt(key, Buffer.from('x')),
    });
    expect(await answerTo(there.kms.send(decrypt))).toBe(
      `AccessDeniedException: User: arn:aws:sts::${STRANGER}:assumed-role/reader/session is not authorized to perform: ` +
        `kms:Decrypt on resource: ${key} with an explicit deny in a resource control policy`,
    );
    expect(await read(reader())).toBe('hello');
    if (open) open.policy = before;
    await share(everyoneOf(ID, 'kinesis:*'));
  });

  test('none limits a stream: Kinesis is not among the services', async () => {
    await share(allow({ Principal: '*', Action: 'kinesis:*' }));
    controlled({ 'r-root': [policy(outsideNobody('kinesis:*'))] });
    expect(await answerTo(describeStream(stranger()))).toBe('ok');
    await share(everyoneOf(ID, 'kinesis:*'));
  });

  test('a resource control policy keeps strangers from a role, without a reason', async () => {
    const arn = `arn:aws:iam::${OWNER}:role/stream-reader`;
    const trust = policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: STRANGER } });
    lab.gate.identities.setRole({ arn, policies: [ALL], trust });
    const assume = new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'there' });
    expect(await answerTo(stranger().sts.send(assume))).toBe('ok');
    controlled({ [OWNER]: [policy(outsideNobody('sts:*'))] });
    expect(await answerTo(stranger().sts.send(assume))).toMatch(
      /^AccessDenied: .* sts:AssumeRole on resource: \S+$/,
    );
  });

  test('a service control policy limits the reader, by its unit', async () => {
    const serviceControl = { [UNIT]: [policy([allow(), deny({ Action: 'kinesis:Describe*' })])] };
    lab.gate.organizations.set({ ...ORGANIZATION, serviceControl });
    expect(await answerTo(describeStream(reader()))).toBe(
      `AccessDeniedException: User: ${SESSION} is not authorized to perform: kinesis:DescribeStreamSummary on resource: ` +
        `${stream} with an explicit deny in a service control policy`,
    );
    expect(await answerTo(describeStream(lab.as(OWNER)))).toBe('ok');
  });
});
