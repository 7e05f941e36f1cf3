import {
  DeleteResourcePolicyCommand,
  DescribeStreamSummaryCommand,
  GetResourcePolicyCommand,
  type KinesisClient,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-kinesis';
import { PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import type { Upstream } from '../../../lab/gate/forward.js';
import type { KinesisCall } from '../../../lab/gate/kinesis-call.js';
import { ResourcePolicies } from '../../../lab/gate/resource-policies.js';
import { StoredPolicies } from '../../../lab/gate/stored-policies.js';
import type { Statement } from '../../../lab/iam/types.js';
import { createStream, registerConsumer } from '../../../lab/lab.js';
import { parseConsumerArn, parseStreamArn } from '../../../src/aws/arn.js';
import { parseKeyArn } from '../../../src/aws/key-arn.js';
import { parseReaderArn } from '../../../src/aws/reader-arn.js';
import { grantByOwner } from '../../../src/policy/grants.js';
import { mergeStatement, type ReaderStatement } from '../../../src/policy/merge.js';
import { parsePolicy } from '../../../src/policy/parse.js';
import { ALL, allow, deny, OWNER, policy, READER, ROLE, sharedWith } from '../helpers/access.js';
import { answerTo, type Clients, type GatedLab, startGatedLab } from './helpers/gated-lab.js';

let lab: GatedLab;
let owner: Clients;
let stream: string;
let consumer: string;
beforeAll(async () => {
  lab = await startGatedLab();
  owner = lab.as(OWNER);
  stream = await createStream(lab.owner, 'orders', 1);
  consumer = await registerConsumer(lab.owner, stream, 'shared');
});
afterAll(() => lab.stop());

const put = (document: unknown, ResourceARN = stream) =>
  answerTo(
    owner.kinesis.send(
      new PutResourcePolicyCommand({
        ResourceARN,
        Policy: typeof document === 'string' ? document : JSON.stringify(document),
      }),
    ),
  );
const shown = async (ResourceARN = stream) =>
  (await owner.kinesis.send(new GetResourcePolicyCommand({ ResourceARN }))).Policy;
const remove = (ResourceARN = stream) =>
  answerTo(owner.kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN })));
const summary = ({ kinesis }: Clients, StreamARN = stream) =>
  answerTo(kinesis.send(new DescribeStreamSummaryCommand({ StreamARN })));
const reader = () => lab.session(ROLE, [allow({ Action: 'kinesis:*' })]);

/** A valid statement, but for these elements; undefined leaves one out. */
const statement = (elements: Record<string, unknown>) => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: READER },
      Action: 'kinesis:GetRecords',
      Resource: stream,
      ...elements,
    },
  ],
});
const at = (what: string) =>
  `InvalidArgumentException: Policy validation error: Resource policy contains invalid statement at line 1, column 38: ${what}`;
const error = (what: string) => `InvalidArgumentException: Policy validation error: ${what}`;

describe('PutResourcePolicy refuses', () => {
  const VENDOR = 'Action field includes AWS services that are inconsistent with specified vendor';
  const ACTIONS = 'The resource policy cannot contain invalid actions.';
  const RESOURCE = "The resource policy's resource must be the same as the resource ARN.";

  test.each<[string, () => unknown, () => string | RegExp]>([
    ['no JSON', () => '{"Statement":', () => /^InvalidArgumentException: Policy validation error: .*JSON/],
    ['no object', () => [], () => /^InvalidArgumentException: .* not an object/],
    ['nothing', () => '', () => /^InvalidArgumentException: /],
    ['another version', () => ({ ...statement({}), Version: '2013' }), () => /no policy version '2013'/],
    ['no statements', () => policy([]), () => error('Missing required field Statement')],
    ['no Statement', () => ({ Version: '2012-10-17' }), () => /has no Statement/],
    [
      'no Principal',
      () => statement({ Principal: undefined }),
      () => error('Missing required field Principal'),
    ],
    ['no Action', () => statement({ Action: undefined }), () => error('Missing required field Action')],
    ['no Resource', () => statement({ Resource: undefined }), () => error('Missing required field Resource')],
    ['no Effect', () => statement({ Effect: undefined }), () => /needs the Effect Allow or Deny/],
    [
      'NotPrincipal',
      () => statement({ Principal: undefined, NotPrincipal: { AWS: READER } }),
      () => error('Has prohibited field NotPrincipal'),
    ],
    ['an element that does not exist', () => statement({ Principals: '*' }), () => /no element 'Principals'/],
    [
      'an operator that does not exist',
      () => statement({ Condition: { StringIs: { a: 'b' } } }),
      () => /'StringIs'/,
    ],
    [
      'an address that does not exist',
      () => statement({ Condition: { IpAddress: { 'aws:SourceIp': '300.1.2.3/40' } } }),
      () => /IpAddress of aws:SourceIp has the value "300.1.2.3\/40", which is not an IP address or range$/,
    ],
    [
      'a value that is an object',
      () => statement({ Condition: { StringEquals: { 'aws:username': {} } } }),
      () => /has the value \{\}/,
    ],
    ['an Id that is a number', () => ({ ...statement({}), Id: 5 }), () => /an Id is not a text/],
    [
      'an element beside Statement',
      () => ({ ...statement({}), Foo: 5 }),
      () => /no element 'Foo' in a policy/,
    ],
    ['another service', () => statement({ Action: ['kinesis:GetRecords', 'kms:Decrypt'] }), () => at(VENDOR)],
    ['every action', () => statement({ Action: '*' }), () => at(VENDOR)],
    ['a wildcard in an action', () => statement({ Action: 'kinesis:*' }), () => at(ACTIONS)],
    [
      'an action that can not be shared',
      () => statement({ Action: 'kinesis:ListStreams' }),
      () => at(ACTIONS),
    ],
    [
      'one that is denied too',
      () => statement({ Effect: 'Deny', Action: 'kinesis:DeleteStream' }),
      () => at(ACTIONS),
    ],
    ['another resource', () => statement({ Resource: `${stream}-2` }), () => at(RESOURCE)],
    ['a wildcard for the resource', () => statement({ Resource: '*' }), () => at(RESOURCE)],
    ['a consumer of it', () => statement({ Resource: [stream, consumer] }), () => at(RESOURCE)],
    [
      'everybody',
      () => statement({ Principal: '*' }),
      () => at('The resource policy cannot contain wildcard principals.'),
    ],
    ['everybody of AWS', () => statement({ Principal: { AWS: ['*'] } }), () => /wildcard principals/],
    [
      'a service',
      () => statement({ Principal: { Service: 'lambda.amazonaws.com' } }),
      () => /cannot contain Service principals/,
    ],
    [
      'a part of a name',
      () => statement({ Principal: { AWS: `arn:aws:iam::${READER}:role/*` } }),
      () => /Invalid principal in policy/,
    ],
    [
      'a group',
      () => statement({ Principal: { AWS: `arn:aws:iam::${READER}:group/readers` } }),
      () => /Invalid principal in policy/,
    ],
    [
      'no principal at all',
      () => statement({ Principal: { AWS: 'orders-reader' } }),
      () => at('Invalid principal in policy: "AWS":"orders-reader"'),
    ],
    [
      'more than 20 KB',
      () => ({ ...statement({}), Id: 'x'.repeat(20_480) }),
      () => /larger than 20480 bytes/,
    ],
  ])('%s', async (_what, document, refusal) => {
    const expected = refusal();
    const answer = await put(document());

    if (typeof expected === 'string') expect(answer).toBe(expected);
    else expect(answer).toMatch(expected);
    expect(await shown()).toBe('{}');
    expect(await summary(owner)).toBe('ok');
  });

  test('and says where the statement is', async () => {
    const [good] = statement({}).Statement;
    const text = JSON.stringify(
      { Id: 'a "Statement": [{', Statement: [good, { ...good, Action: 'kms:Decrypt' }] },
      null,
      2,
    );

    expect(await put(text)).toContain('invalid statement at line 12, column 5: Action field');
  });
});

describe('PutResourcePolicy takes', () => {
  test.each([
    ['an account', [READER]],
    ['its root', [`arn:aws:iam::${READER}:root`]],
    ['a session, which no list knows', [`arn:aws:sts::${READER}:assumed-role/reader/any`]],
    ['a role of an account that the lab knows nothing of', ['arn:aws:iam::444444444444:role/theirs']],
    ['several', [READER, '333333333333']],
  ])('%s', async (_what, AWS) => {
    const document = JSON.stringify(statement({ Principal: { AWS } }));

    expect(await put(document)).toBe('ok');
    expect(await shown()).toBe(document);
    expect(await remove()).toBe('ok');
    expect(await shown()).toBe('{}');
  });

  test('one statement that is no list, and one that denies', async () => {
    const arn = await createStream(lab.owner, 'denied', 1);
    const action = 'kinesis:DescribeStreamSummary';
    const document = policy(deny({ Principal: { AWS: OWNER }, Action: action, Resource: arn }));

    expect(await put(document, arn)).toBe('ok');
    expect(await summary(owner, arn)).toContain('with an explicit deny in a resource-based policy');
  });

  test("a consumer's own actions on its own ARN", async () => {
    expect(await put(sharedWith(consumer, READER), consumer)).toBe('ok');
    expect(await put(sharedWith(stream, READER), consumer)).toContain('must be the same as the resource ARN');
  });
});

describe('a principal', () => {
  const gone = `arn:aws:iam::${READER}:role/gone`;
  const id = () => lab.gate.identities.ids.idOf(gone);

  test('that does not exist is refused, once its account has roles or users', async () => {
    lab.session(ROLE, []);

    expect(await put(sharedWith(stream, gone))).toBe(
      at(`Invalid principal in policy: "AWS":"${gone}"`).replace('line 1, column 38', 'line 1, column 37'),
    );
    expect(await put(sharedWith(stream, ROLE))).toBe('ok');
    // With its path only.
    expect(await put(sharedWith(stream, `arn:aws:iam::${READER}:role/reader`))).toContain(
      'Invalid principal',
    );
  });

  test('that is created again under its name is another one', async () => {
    const { identities } = lab.gate;
    const session = () => lab.session(gone, [allow({ Action: 'kinesis:*' })]);
    const first = session();
    await put(sharedWith(stream, [gone, READER]));
    expect(await summary(first)).toBe('ok');

    identities.deleteRole(gone);
    const deleted = id();
    expect(deleted).toMatch(/^AROA[0-9A-Z]{17}$/);
    const principalsOf = (text = '{}') => JSON.parse(text).Statement.Principal.AWS;
    expect(principalsOf(await shown())).toEqual([deleted, READER]);
    expect(await summary(first)).toMatch(/^UnrecognizedClientException: /);

    await put(sharedWith(stream, ROLE));
    identities.setRole({ arn: gone, policies: [ALL] });
    await put(sharedWith(stream, gone));
    identities.deleteRole(gone);
    const second = session();
    expect(principalsOf(await shown())).not.toBe(id());
    expect(await summary(second)).toContain('because no resource-based policy allows');
    // What is shown of it can't be put again.
    expect(await put((await shown()) ?? '')).toContain('Invalid principal in policy: "AWS":"AROA');

    expect(await put(sharedWith(stream, id()))).toBe('ok');
    expect(principalsOf(await shown())).toBe(gone);
    expect(await summary(second)).toBe('ok');
  });

  test('may be created after a policy that was stored past the gate', async () => {
    const later = 'arn:aws:iam::555555555555:role/later';
    await lab.owner.kinesis.send(
      new PutResourcePolicyCommand({
        ResourceARN: stream,
        Policy: JSON.stringify(sharedWith(stream, later)),
      }),
    );
    expect(await summary(lab.session(later, [ALL.Statement].flat()))).toBe('ok');
    lab.gate.identities.deleteRole(later);

    expect(await shown()).toContain('"AROA');
  });
});

test('a policy that was stored past the gate and is none can be read, replaced and deleted', async () => {
  const arn = await createStream(lab.owner, 'broken', 1);
  const past = (Policy: string) =>
    lab.owner.kinesis.send(new PutResourcePolicyCommand({ ResourceARN: arn, Policy }));
  const conditions = [null, { StringEquals: null }, { IpAddress: { 'aws:SourceIp': '300.1.2.3/40' } }];
  const granting = conditions.map((Condition) => ({ ...allow({ Principal: '*' }), Condition }) as Statement);
  for (const document of [null, policy(allow()), ...granting.map((one) => policy(one)), '{"Statement":']) {
    const text = typeof document === 'string' ? document : JSON.stringify(document);
    await past(text);
    expect(await summary(owner, arn)).toMatch(/^InternalFailure: the lab: /);
    expect(await shown(arn)).toBe(text);
    expect(await remove(arn)).toBe('ok');
    expect(await summary(owner, arn)).toBe('ok');

    await past(text);
    expect(await put(sharedWith(arn, READER), arn)).toBe('ok');
    expect(await summary(reader(), arn)).toBe('ok');
  }
  await past('{');
  expect(
    await answerTo(reader().kinesis.send(new DeleteResourcePolicyCommand({ ResourceARN: arn }))),
  ).toContain('because no resource-based policy allows the kinesis:DeleteResourcePolicy action');
});

test('the endpoint of another region takes no policy', async () => {
  const elsewhere = lab.as(OWNER, 'eu-west-1').kinesis;
  const command = new PutResourcePolicyCommand({
    ResourceARN: stream,
    Policy: JSON.stringify(sharedWith(stream, READER)),
  });

  expect(await answerTo(elsewhere.send(command))).toBe(
    `InvalidArgumentException: The region specified in the ARN '${stream}' does not match the endpoint region`,
  );
});

test('a consumer that is not ACTIVE takes no policy yet', async () => {
  const policies = new ResourcePolicies({
    client: {
      send: async () => ({ ConsumerDescription: { ConsumerStatus: 'CREATING' } }),
    } as unknown as KinesisClient,
    upstream: {} as Upstream,
    stored: new StoredPolicies(lab.gate.identities.ids),
    ids: lab.gate.identities.ids,
  });
  const resource = `${stream}/consumer/new:1700000000`;
  const identity = { ofCall: { 'aws:RequestedRegion': 'us-east-1' } };
  const fields = { ResourceARN: resource, Policy: JSON.stringify(sharedWith(resource, READER)) };

  expect(
    await answerTo(
      policies.serve({
        operation: 'PutResourcePolicy',
        fields,
        identity,
        resource,
      } as unknown as KinesisCall),
    ),
  ).toBe(
    `AwsError: Consumer new with creation timestamp 1700000000 under stream orders and account ${OWNER} is not in ACTIVE status.`,
  );
});

test.each(['kcl', 'lambda'] as const)('what policy print prints for %s is taken', async (by) => {
  const key = lab.gate.keys.create(OWNER, lab.region);
  const grants = grantByOwner({
    for: by,
    stream: parseStreamArn(stream),
    consumer: parseConsumerArn(consumer),
    key: parseKeyArn(key.arn),
    reader: parseReaderArn('arn:aws:iam::666666666666:role/apps/orders-reader'),
  });
  const keyPolicy = mergeStatement(parsePolicy(key.policy), grants.keyPolicyStatement as ReaderStatement);

  expect(await put(grants.streamPolicy)).toBe('ok');
  expect(await put(grants.consumerPolicy, consumer)).toBe('ok');
  const command = new PutKeyPolicyCommand({ KeyId: key.arn, Policy: JSON.stringify(keyPolicy) });
  expect(await answerTo(owner.kms.send(command))).toBe('ok');
});
