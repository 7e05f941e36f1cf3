import { ListShardsCommand } from '@aws-sdk/client-kinesis';
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts';
import type { Credentials } from '../../../lab/gate/gate.js';
import type { Policy } from '../../../lab/iam/types.js';
import { createStream } from '../../../lab/lab.js';
import { ALL, allow, deny, OWNER, policy, READER, SESSION, USER } from '../helpers/access.js';
import { answerTo, type Clients, type GatedLab, startGatedLab } from './helpers/gated-lab.js';

/** Of the owner, with a path. */
const ROLE = `arn:aws:iam::${OWNER}:role/team/stream-reader`;

let lab: GatedLab;
let stream: string;
beforeAll(async () => {
  lab = await startGatedLab();
  stream = await createStream(lab.owner, 'orders', 1);
});
afterAll(() => lab.stop());

const trust = (principal: string, condition = {}): Policy =>
  policy({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole', ...condition });
const root = (account: string) => `arn:aws:iam::${account}:root`;

function role(given: Policy | undefined, policies: Policy[] = [ALL], arn = ROLE): void {
  lab.gate.identities.setRole({ arn, policies, ...(given && { trust: given }) });
}
const user = () => lab.user(USER, allow({ Action: 'sts:AssumeRole' }));

const assume = ({ sts }: Clients, input: Partial<AssumeRoleCommandInput> = {}) =>
  sts.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'test', ...input }));

/** A client with what was given out. */
async function assumed(by: Clients, input: Partial<AssumeRoleCommandInput> = {}): Promise<Clients> {
  const { Credentials: given } = await assume(by, input);
  return lab.as({
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  });
}

const whoIs = ({ sts }: Clients) => sts.send(new GetCallerIdentityCommand({}));
const list = ({ kinesis }: Clients) => answerTo(kinesis.send(new ListShardsCommand({ StreamARN: stream })));

describe('GetCallerIdentity', () => {
  test('tells the root user', async () => {
    expect(await whoIs(lab.as(OWNER))).toMatchObject({ Account: OWNER, Arn: root(OWNER), UserId: OWNER });
  });

  test('tells a user with its path', async () => {
    expect(await whoIs(user())).toMatchObject({
      Account: READER,
      Arn: USER,
      UserId: expect.stringMatching(/^AIDA[A-Z0-9]{17}$/),
    });
  });

  test("tells a session without its role's path", async () => {
    expect(await whoIs(lab.session(`arn:aws:iam::${READER}:role/team/reader`, []))).toMatchObject({
      Account: READER,
      Arn: SESSION,
      UserId: expect.stringMatching(/^AROA[A-Z0-9]{17}:session$/),
    });
  });

  test('can be denied to nobody', async () => {
    expect(await answerTo(whoIs(lab.user(USER, deny())))).toBe('ok');
  });

  test('tells roles of the same name in two accounts apart', async () => {
    const ids = [OWNER, READER].map(
      async (account) => (await whoIs(lab.session(`arn:aws:iam::${account}:role/reader`, []))).UserId,
    );
    const [first, second] = await Promise.all(ids);

    expect(first).not.toBe(second);
  });
});

describe('AssumeRole', () => {
  test('gives credentials of the role, for an hour', async () => {
    role(trust(USER));
    const before = Date.now();
    const { Credentials: given, AssumedRoleUser: who } = await assume(user());
    const lasts = (given?.Expiration?.getTime() ?? 0) - before;

    expect(who).toEqual({
      Arn: `arn:aws:sts::${OWNER}:assumed-role/stream-reader/test`,
      AssumedRoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}:test$/),
    });
    expect(given?.AccessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
    expect(lasts).toBeGreaterThan(3_598_000);
    expect(lasts).toBeLessThan(3_660_000);
    const session = await assumed(user());
    expect(await whoIs(session)).toMatchObject({ Arn: who?.Arn, UserId: who?.AssumedRoleId });
    expect(await list(session)).toBe('ok');
    expect(await list(user())).toMatch(/^AccessDeniedException: /);
  });

  const denied = (who: string) =>
    `AccessDenied: User: ${who} is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`;

  test.each([
    ['that trusts another', () => role(trust(`${USER}-2`))],
    ['that trusts nobody', () => role(undefined)],
    ['whose trust policy denies', () => role(policy([...[trust('*').Statement].flat(), denying]))],
  ])('a role %s is denied, without a reason', async (_what, prepare) => {
    prepare();

    expect(await answerTo(assume(user()))).toBe(denied(USER));
  });

  const denying = { Effect: 'Deny' as const, Principal: { AWS: USER }, Action: 'sts:AssumeRole' };

  test('a role that does not exist is denied in the same words', async () => {
    const missing = `${ROLE}-2`;

    expect(await answerTo(assume(user(), { RoleArn: missing }))).toBe(`${denied(USER)}-2`);
    expect(await answerTo(assume(lab.as(OWNER), { RoleArn: missing }))).toBe(`${denied(root(OWNER))}-2`);
  });

  test('the caller needs a policy of its own as well, across accounts', async () => {
    role(trust(root(READER)));

    expect(await answerTo(assume(user()))).toBe('ok');
    expect(await answerTo(assume(lab.user(USER)))).toBe(denied(USER));
  });

  test("the external id is the one of the role's trust policy", async () => {
    role(trust(root(READER), { Condition: { StringEquals: { 'sts:ExternalId': 'secret' } } }));

    expect(await answerTo(assume(user(), { ExternalId: 'secret' }))).toBe('ok');
    for (const ExternalId of [undefined, 'guess']) {
      expect(await answerTo(assume(user(), { ExternalId }))).toBe(denied(USER));
    }
  });

  test("the session's name can be told by the trust policy", async () => {
    role(trust(USER, { Condition: { StringLike: { 'sts:RoleSessionName': 'job-*' } } }));

    expect(await answerTo(assume(user(), { RoleSessionName: 'job-1' }))).toBe('ok');
    expect(await answerTo(assume(user(), { RoleSessionName: 'mine' }))).toBe(denied(USER));
  });

  test('a session policy limits what was given', async () => {
    role(trust(USER));
    const session = (action: string) =>
      assumed(user(), { Policy: JSON.stringify(policy(allow({ Action: action }))) });

    expect(await list(await session('kinesis:List*'))).toBe('ok');
    expect(await list(await session('kinesis:Get*'))).toContain('because no session policy allows');
  });

  test('a session can assume a further role', async () => {
    const second = `arn:aws:iam::${READER}:role/second`;
    role(trust(USER));
    role(trust(ROLE), [ALL], second);

    expect(await answerTo(assume(await assumed(user()), { RoleArn: second }))).toBe('ok');
    expect(await answerTo(assume(user(), { RoleArn: second }))).toMatch(/^AccessDenied: /);
  });

  test('what can not be used is refused before anything is given out', async () => {
    role(trust(USER));
    const refusals = async (...inputs: Partial<AssumeRoleCommandInput>[]) =>
      Promise.all(inputs.map(async (input) => (await answerTo(assume(user(), input))).split(':')[0]));

    const nowhere = policy(allow({ Condition: { IpAddress: { 'aws:SourceIp': 'x' } } }));
    const texts = ['{', '[]', '{}', JSON.stringify(nowhere)];
    expect(await refusals(...texts.map((Policy) => ({ Policy })))).toEqual(
      Array(4).fill('MalformedPolicyDocumentException'),
    );
    const durations = [899, 43_201, Number.NaN, -1].map((DurationSeconds) => ({ DurationSeconds }));
    const names = ['x', 'a b', 'a/b', ''].map((RoleSessionName) => ({ RoleSessionName }));
    expect(await refusals(...durations, ...names)).toEqual(Array(8).fill('ValidationError'));
    // They would have to limit the session.
    const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
    expect(await refusals({ PolicyArns: [{ arn }] })).toEqual(['ValidationError']);
  });

  test('the duration is as asked', async () => {
    role(trust(USER));
    const { Credentials: given } = await assume(user(), { DurationSeconds: 900 });
    const lasts = (given?.Expiration?.getTime() ?? 0) - Date.now();

    expect(lasts).toBeGreaterThan(840_000);
    expect(lasts).toBeLessThanOrEqual(900_000);
  });
});

test('a role of which nobody was told may be assumed by the code that starts the lab', async () => {
  const { identities } = lab.gate;
  const credentials: Credentials = identities.assume(
    identities.setRole({ arn: ROLE, policies: [ALL] }),
    'code',
  );

  expect(await list(lab.as(credentials))).toBe('ok');
});

test('what the lab does not know of STS is refused', async () => {
  expect(await answerTo(lab.as(OWNER).sts.send(new GetSessionTokenCommand({})))).toMatch(
    /^InvalidAction: .*GetSessionToken/,
  );
});

describe('AssumeRoleWithWebIdentity', () => {
  const trusted = () =>
    role(
      policy({
        Effect: 'Allow',
        Principal: { Federated: lab.gate.webIdentityTokens.provider },
        Action: 'sts:AssumeRoleWithWebIdentity',
      }),
    );
  const ask = (WebIdentityToken: string) =>
    lab
      .as(OWNER)
      .sts.send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn: ROLE, RoleSessionName: 'pod', WebIdentityToken }),
      );

  test('gives a session of the role for a token, and nobody signs it', async () => {
    trusted();
    const { Credentials: given, AssumedRoleUser: who } = await ask(lab.gate.webIdentityTokens.issue());
    const session = lab.as({
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
    });

    expect(await whoIs(session)).toMatchObject({ Arn: who?.Arn });
  });

  test('says in the words of STS that a token has expired, or is not known', async () => {
    trusted();
    const token = lab.gate.webIdentityTokens.issue();
    lab.gate.webIdentityTokens.expire(token);

    expect(await answerTo(ask(token))).toMatch(
      /^ExpiredTokenException: Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
    );
    expect(await answerTo(ask('another'))).toMatch(/^InvalidIdentityTokenException: /);
  });

  test('is refused by a role that does not trust the provider', async () => {
    role(trust(USER));

    expect(await answerTo(ask(lab.gate.webIdentityTokens.issue()))).toBe(
      'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity',
    );
  });
});

test('sessions that are ended early are expired, and users stay', async () => {
  role(trust(USER));
  const caller = user();
  const session = await assumed(caller);
  lab.gate.identities.expireSessions();

  expect(await list(session)).toBe(
    'ExpiredTokenException: The security token included in the request is expired',
  );
  expect(await answerTo(whoIs(session))).toMatch(/^ExpiredToken: /);
  expect(await answerTo(whoIs(caller))).toBe('ok');
});
