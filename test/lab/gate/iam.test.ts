import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Credentials } from '../../../lab/gate/gate.js';
import { allow, deny, OWNER, policy, READER, ROLE, USER } from '../helpers/access.js';
import { answerTo, type GatedLab, startGatedLab } from './helpers/gated-lab.js';

let lab: GatedLab;
const opened: IAMClient[] = [];
beforeAll(async () => {
  lab = await startGatedLab();
});
afterAll(async () => {
  for (const client of opened) client.destroy();
  await lab.stop();
});

function as(credentials: Credentials | { accessKeyId: string; secretAccessKey: string }): IAMClient {
  const client = new IAMClient({
    region: lab.region,
    endpoint: lab.gate.endpoint,
    credentials,
    maxAttempts: 1,
  });
  opened.push(client);
  return client;
}
const root = (accessKeyId: string) => as({ accessKeyId, secretAccessKey: 'lab' });
const getRole = (iam: IAMClient, RoleName: string) => iam.send(new GetRoleCommand({ RoleName }));
const user = (...statements: Parameters<typeof policy>[0][]) =>
  as(
    lab.gate.identities.addUser(
      USER,
      statements.map((statement) => policy(statement)),
    ),
  );

test('GetRole reports a role that was set, with its path and id', async () => {
  const { identities } = lab.gate;
  const role = identities.setRole({ arn: ROLE, policies: [policy(allow({ Action: 'iam:GetRole' }))] });

  const { Role } = await getRole(as(identities.assume(role, 'session')), 'reader');

  expect(Role).toMatchObject({
    Arn: ROLE,
    Path: '/team/',
    RoleName: 'reader',
    RoleId: expect.stringMatching(/^AROA[A-Z0-9]{17}$/),
  });
});

test("only the caller's own policies allow it, for the role with its path", async () => {
  lab.gate.identities.setRole({ arn: ROLE, policies: [] });
  const denial = (why: string) =>
    `AccessDenied: User: ${USER} is not authorized to perform: iam:GetRole on resource: role reader ${why}`;
  const none = 'because no identity-based policy allows the iam:GetRole action';

  expect(await answerTo(getRole(user(), 'reader'))).toBe(denial(none));
  const pathless = allow({ Action: 'iam:GetRole', Resource: `arn:aws:iam::${READER}:role/reader` });
  expect(await answerTo(getRole(user(pathless), 'reader'))).toBe(denial(none));
  expect(await answerTo(getRole(user(allow({ Resource: ROLE })), 'reader'))).toBe('ok');
  expect(await answerTo(getRole(user(allow(), deny({ Action: 'iam:*' })), 'reader'))).toBe(
    denial('with an explicit deny in an identity-based policy'),
  );
});

test('a role of another account and one that does not exist are unknown', async () => {
  lab.gate.identities.setRole({ arn: ROLE, policies: [] });
  const unknown = (name: string) => `NoSuchEntityException: The role with name ${name} cannot be found.`;

  expect(await answerTo(getRole(root(READER), 'reader'))).toBe('ok');
  expect(await answerTo(getRole(root(OWNER), 'reader'))).toBe(unknown('reader'));
  expect(await answerTo(getRole(root(READER), 'none'))).toBe(unknown('none'));
});
